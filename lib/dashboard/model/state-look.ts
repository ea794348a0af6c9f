/** What a state of the lifecycle is shown as. Several states may look alike. */
export interface StateLook {
  /** Names its colour and its sign. */
  readonly key: string;
  readonly label: string;
}

/** Every look, in the order of the legend. */
export const LOOKS = [
  { key: 'running', label: 'running' },
  { key: 'asleep', label: 'asleep' },
  { key: 'starting', label: 'starting' },
  { key: 'stopping', label: 'stopping' },
  { key: 'backoff', label: 'waits for its restart' },
  { key: 'held', label: 'held by its group' },
  { key: 'failed', label: 'failed' },
  { key: 'completed', label: 'completed' },
  { key: 'stopped', label: 'stopped' },
] as const satisfies readonly StateLook[];

type LookKey = (typeof LOOKS)[number]['key'];

const BY_PATH: Readonly<Record<string, LookKey>> = {
  'up.starting': 'starting',
  'up.running': 'running',
  'up.stopping': 'stopping',
  'up.leaving': 'stopping',
  asleep: 'asleep',
  ended: 'backoff',
  backoff: 'backoff',
  held: 'held',
  stopped: 'stopped',
  completed: 'completed',
  failed: 'failed',
  startFailed: 'failed',
};

/** The look of a state; one that is not known looks failed rather than well. */
export function lookOf(lifecycle: string): StateLook {
  const key = Object.hasOwn(BY_PATH, lifecycle) ? BY_PATH[lifecycle] : 'failed';
  return LOOKS.find((look) => look.key === key) as StateLook;
}

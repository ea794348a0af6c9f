import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { ExecutionEvent, ExecutionEventType } from '../../lib/core/execution-event.ts';

/** A crash, and when its fact was heard. */
export interface HeardCrash {
  readonly instanceId: string;
  readonly atMs: number;
}

type Standing = 'unknown' | 'up' | 'down';

/** What an instance has to be for a fact, and what it is afterwards. */
const STEPS: Partial<Record<ExecutionEventType, readonly [readonly Standing[], Standing]>> = {
  instance_started: [['unknown'], 'up'],
  // Also of a restart that failed.
  instance_crashed: [['up', 'down'], 'down'],
  instance_restarted: [['down'], 'up'],
  instance_failed: [['down'], 'down'],
  instance_stopped: [['up', 'down'], 'unknown'],
};

/** Follows every instance by its facts: one life after another, and each begun after the last has ended. */
export class LifeFacts {
  readonly #over = new AbortController();
  readonly #standings = new Map<string, Standing>();
  readonly #onFault: (fault: string) => void;
  #heard: Promise<void> = Promise.resolve();
  #crashes: HeardCrash[] = [];

  constructor(onFault: (fault: string) => void) {
    this.#onFault = onFault;
  }

  /** Hears the facts of a supervisor until it is closed. */
  follow(supervisor: Supervisor): void {
    this.#heard = this.#follow(supervisor);
  }

  async #follow(supervisor: Supervisor): Promise<void> {
    for await (const fact of supervisor.events({ signal: this.#over.signal })) this.take(fact);
  }

  /** Takes in the next fact. */
  take({ type, instanceId, seq }: Pick<ExecutionEvent, 'type' | 'instanceId' | 'seq'>): void {
    const step = STEPS[type];
    if (step === undefined || instanceId === undefined) return;
    const [wanted, next] = step;
    const standing = this.#standings.get(instanceId) ?? 'unknown';
    if (!wanted.includes(standing)) {
      this.#onFault(`fact ${seq}: ${type} of an instance that was ${standing}`);
    }
    this.#standings.set(instanceId, next);
    if (type === 'instance_crashed') this.#crashes.push({ instanceId, atMs: performance.now() });
  }

  /** The crashes since the last time. */
  takeCrashes(): readonly HeardCrash[] {
    const crashes = this.#crashes;
    this.#crashes = [];
    return crashes;
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#heard.catch((error: unknown) => this.#onFault(`facts: ${String(error)}`));
  }
}

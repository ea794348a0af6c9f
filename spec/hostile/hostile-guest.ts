import type { ErrorCode } from '../../lib/core/error-codes.ts';
import type { InstanceExit } from '../../lib/core/exit.ts';
import type { InstanceSpec } from '../../lib/core/instance-spec.ts';

/** Where a hostile guest showed what it is; `alive` is the one that came to nothing. */
type Stage = 'start' | 'call' | 'life' | 'alive';

/** What became of a hostile guest. In an expectation, what is left out may be anything. */
export interface Outcome {
  readonly stage: Stage;
  readonly code?: ErrorCode;
  /** Of the error; an expectation names those that matter. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** How the life ended, of guests that had started; `none` for one that lives on. */
  readonly exit?: InstanceExit['reason'] | 'none';
  readonly exitCode?: number;
  /** Of the last call. */
  readonly answer?: unknown;
}

/** One row of the corpus. */
export interface HostileGuest {
  /** What it does, unique in the corpus. */
  readonly title: string;
  /** The property or promise that it is after. */
  readonly promise: string;
  readonly module: () => Uint8Array | Promise<Uint8Array>;
  /** How it is started, beside the corpus's own short limits. */
  readonly spec?: Omit<InstanceSpec, 'module'>;
  /** What is called, in order; all but the last have to answer. */
  readonly calls?: readonly (readonly [exportName: string, args?: readonly unknown[]])[];
  /** A message that is published to it once it runs. */
  readonly message?: { readonly topic: string; readonly body: Uint8Array };
  readonly expected: Outcome;
}

/** Guests of one kind. */
export type HostileFamily = readonly HostileGuest[];

/** The outcome of a call that is killed at its deadline. */
export const KILLED_CALL: Outcome = {
  stage: 'call',
  code: 'TIMEOUT',
  details: { phase: 'running' },
  exit: 'timeout',
};

/** The outcome of a start that is killed at its deadline. */
export const KILLED_START: Outcome = {
  stage: 'start',
  code: 'TIMEOUT',
  details: { phase: 'starting' },
};

/** The outcome of a call that traps. */
export const TRAPPED_CALL: Outcome = {
  stage: 'call',
  code: 'WASM_RUNTIME_ERROR',
  details: { kind: 'trap' },
  exit: 'trap',
};

/** The outcome of a start that traps. */
export const TRAPPED_START: Outcome = {
  stage: 'start',
  code: 'WASM_RUNTIME_ERROR',
  details: { kind: 'trap' },
};

/** The outcome of a module that the engine itself refuses. */
export const NOT_COMPILED: Outcome = { stage: 'start', code: 'WASM_RUNTIME_ERROR' };

/** The outcome of a module that admission refuses. */
export function refused(details: Readonly<Record<string, unknown>> = {}): Outcome {
  return { stage: 'start', code: 'VALIDATION_ERROR', details };
}

/** The outcome of a guest that is held to its bounds and lives. */
export function lives(answer?: unknown): Outcome {
  return { stage: 'alive', exit: 'none', ...(answer === undefined ? {} : { answer }) };
}

/** An outcome in one line. */
export function outcomeText(outcome: Outcome): string {
  const { stage, code, details = {}, exit, exitCode, answer } = outcome;
  const parts: string[] = [stage];
  if (code !== undefined) parts.push(code);
  for (const [name, value] of Object.entries(details)) parts.push(`${name}=${shown(value)}`);
  if (answer !== undefined) parts.push(`answers ${shown(answer)}`);
  if (exit !== undefined && exit !== 'none') parts.push(`ends by ${exit}`);
  if (exitCode !== undefined) parts.push(`with ${exitCode}`);
  return parts.join(' ');
}

function shown(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  const text = Array.isArray(value) ? `[${value.map(shown).join(', ')}]` : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

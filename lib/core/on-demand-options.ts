import { invalidField } from './errors.ts';
import { integerIn, knownFields, within } from './field-checks.ts';

/**
 * How instances with `residency: 'on-demand'` are carried: they share a few threads, which each of them
 * has for itself while it has something to do.
 *
 * @public
 */
export interface OnDemandOptions {
  /** Threads at most, and hence instances that are active at once. @defaultValue 8 */
  readonly maxThreads?: number;
  /**
   * Milliseconds that an instance keeps its thread after its last call; less when others wait for one.
   * @defaultValue 1,000
   */
  readonly idleMs?: number;
  /**
   * Milliseconds after which a busy instance, between two of its calls, makes way for others that wait for a
   * thread. @defaultValue 50
   */
  readonly turnMs?: number;
  /**
   * Whether a thread carries another instance after one that came to rest cleanly. Where it does not, each
   * activation takes a fresh thread, at about 10 ms of a processor. @defaultValue true
   */
  readonly threadReuse?: boolean;
  /** Instances that one thread carries before it is replaced. @defaultValue 4,096 */
  readonly maxLeases?: number;
  /** Instances that may wait for a thread; more calls fail at once. @defaultValue 10,000 */
  readonly maxWaiting?: number;
  /** Such instances in all, idle ones included. @defaultValue 1,000,000 */
  readonly maxInstances?: number;
}

const RANGES = {
  maxThreads: { min: 1, max: 10_000, fallback: 8 },
  idleMs: { min: 0, max: 86_400_000, fallback: 1_000 },
  turnMs: { min: 1, max: 60_000, fallback: 50 },
  maxLeases: { min: 1, max: 1_000_000, fallback: 4_096 },
  maxWaiting: { min: 1, max: 10_000_000, fallback: 10_000 },
  maxInstances: { min: 0, max: 100_000_000, fallback: 1_000_000 },
} as const;

/**
 * Fills in the defaults and checks every option.
 *
 * @throws `INVALID_REQUEST` naming the option.
 * @internal
 */
export function resolveOnDemand(value: unknown, field = 'onDemand'): Required<OnDemandOptions> {
  const names = Object.keys(RANGES) as (keyof typeof RANGES)[];
  const given = value === undefined ? {} : knownFields(value, field, [...names, 'threadReuse']);
  const threadReuse = given['threadReuse'] ?? true;
  if (typeof threadReuse !== 'boolean') {
    throw invalidField(within(field, 'threadReuse'), 'must be a boolean');
  }
  const counts = names.map(
    (name) => [name, integerIn(given[name], within(field, name), RANGES[name])] as const,
  );
  return { ...(Object.fromEntries(counts) as Record<keyof typeof RANGES, number>), threadReuse };
}

import { integerIn, knownFields, within } from './field-checks.ts';

/** What `setTimeout` can count. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const MIB = 1024 * 1024;

/**
 * What one instance may use. Every limit has a default and is enforced.
 *
 * @public
 */
export interface InstanceLimits {
  /** Bytes over all linear memories, initial and grown. @defaultValue 64 MiB */
  readonly memoryBytes?: number;
  /** Entries over all tables, initial and grown. @defaultValue 1,000,000 */
  readonly tableEntries?: number;
  /** Milliseconds that one call may run; it may wait as long again in the mailbox. @defaultValue 10,000 */
  readonly callTimeoutMs?: number;
  /** Milliseconds for instantiation, start function and `_initialize`. @defaultValue 10,000 */
  readonly startTimeoutMs?: number;
  /** Milliseconds that a running call may go on after a stop was asked for. @defaultValue 1,000 */
  readonly stopGraceMs?: number;
  /** Calls that may wait behind the running one. @defaultValue 64 */
  readonly mailbox?: number;
  /** Bytes of one argument, one result or one capability message. @defaultValue 1 MiB */
  readonly payloadBytes?: number;
  /**
   * Units of fuel that each call may spend, and the start, and the whole run of a command. A unit is one
   * instruction of the guest: a function costs all instructions of its body outside loops each time it
   * is entered, a loop all of its own each time it goes round, whichever way is taken through them. Bulk
   * instructions cost one unit more per 64 bytes or 8 table entries, growing a memory 1,024 per page.
   * Whoever spends it all fails with `RESOURCE_EXHAUSTED` and its life ends. @defaultValue off
   */
  readonly fuel?: number;
  /**
   * Milliseconds that one life may last once it runs, above all the run of a WASI command; it ends as by
   * a deadline then. @defaultValue off
   */
  readonly lifetimeMs?: number;
  /** Bytes kept of standard output and error, half each, per life. @defaultValue 1 MiB */
  readonly outputBytes?: number;
  /**
   * How many HTTP requests one instantiation of a component answers at the most before a fresh one takes its
   * place. With 1 no request sees anything of another; with more the memory and globals that one has left are
   * those that the next one finds, and an answer takes a fraction of the time. One that traps, answers with an error or
   * holds more resources than after its first request is never used again. `wasmtime serve` has the same
   * as `--max-instance-reuse-count`. @defaultValue 1
   */
  readonly requestsPerInstantiation?: number;
}

/** Limits that stay out unless they are given. */
type OptionalLimit = 'fuel' | 'lifetimeMs' | 'requestsPerInstantiation';

/**
 * Limits with every default filled in; what is off stays out, and so does `requestsPerInstantiation`.
 *
 * @public
 */
export type ResolvedLimits = Required<
  Omit<InstanceLimits, 'fuel' | 'lifetimeMs' | 'requestsPerInstantiation'>
> &
  Pick<InstanceLimits, 'fuel' | 'lifetimeMs' | 'requestsPerInstantiation'>;

type Range = Parameters<typeof integerIn>[2];

const RANGES: Readonly<Record<Exclude<keyof ResolvedLimits, OptionalLimit>, Range>> = {
  memoryBytes: { min: 0, max: 4096 * MIB, fallback: 64 * MIB },
  tableEntries: { min: 0, max: 10_000_000, fallback: 1_000_000 },
  callTimeoutMs: { min: 1, max: LONGEST_TIMER_MS, fallback: 10_000 },
  startTimeoutMs: { min: 1, max: LONGEST_TIMER_MS, fallback: 10_000 },
  stopGraceMs: { min: 0, max: LONGEST_TIMER_MS, fallback: 1_000 },
  mailbox: { min: 0, max: 65_536, fallback: 64 },
  payloadBytes: { min: 1, max: 256 * MIB, fallback: MIB },
  outputBytes: { min: 0, max: 64 * MIB, fallback: MIB },
};

const OPTIONAL_RANGES: Readonly<Record<OptionalLimit, Omit<Range, 'fallback'>>> = {
  fuel: { min: 1, max: Number.MAX_SAFE_INTEGER },
  lifetimeMs: { min: 1, max: LONGEST_TIMER_MS },
  requestsPerInstantiation: { min: 1, max: 1_000_000_000 },
};

/**
 * Fills in the defaults and checks every limit.
 *
 * @throws `INVALID_REQUEST` naming the limit.
 * @internal
 */
export function resolveLimits(value: unknown, field = 'limits'): ResolvedLimits {
  const names = Object.keys(RANGES) as (keyof typeof RANGES)[];
  const optional = Object.keys(OPTIONAL_RANGES) as OptionalLimit[];
  const given = value === undefined ? {} : knownFields(value, field, [...names, ...optional]);
  const limits = new Map<string, number>();
  for (const name of names) {
    limits.set(name, integerIn(given[name], within(field, name), RANGES[name]));
  }
  for (const name of optional) {
    if (given[name] === undefined) continue;
    const range = { ...OPTIONAL_RANGES[name], fallback: OPTIONAL_RANGES[name].max };
    limits.set(name, integerIn(given[name], within(field, name), range));
  }
  return Object.fromEntries(limits) as unknown as ResolvedLimits;
}

/**
 * What a module may have at the most, whichever limits its instance will get.
 *
 * @internal
 */
export const LARGEST_LIMITS: Pick<ResolvedLimits, 'memoryBytes' | 'tableEntries'> = {
  memoryBytes: RANGES.memoryBytes.max,
  tableEntries: RANGES.tableEntries.max,
};

/**
 * A deadline given with one call, or the instance's own.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function callTimeout(value: unknown, limits: ResolvedLimits, field = 'timeoutMs'): number {
  return integerIn(value, field, { ...RANGES.callTimeoutMs, fallback: limits.callTimeoutMs });
}

/**
 * A grace given with one stop, or the instance's own.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function stopGrace(value: unknown, fallback: number, field = 'graceMs'): number {
  return integerIn(value, field, { ...RANGES.stopGraceMs, fallback });
}

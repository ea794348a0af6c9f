import { integerIn, knownFields, within } from '../core/field-checks.ts';

const MIB = 1024 * 1024;

/**
 * What callers of the API may take of the host. Every limit has a default.
 *
 * @public
 */
export interface HostLimits {
  /** Bytes of the body of one request, uploads of modules excepted. @defaultValue 8 MiB */
  readonly bodyBytes?: number;
  /** Bytes of the bodies of all requests that are not answered yet, uploads excepted. @defaultValue 256 MiB */
  readonly bodiesBytes?: number;
  /** Bytes of one module that is uploaded. @defaultValue 256 MiB */
  readonly moduleBytes?: number;
  /** Bytes of all modules that are kept; the one unused for the longest goes. @defaultValue 1 GiB */
  readonly modulesBytes?: number;
  /** Modules that are kept. @defaultValue 1,000 */
  readonly modules?: number;
  /** Connections at a time, to the API and to the triggers each. @defaultValue 1,000 */
  readonly connections?: number;
  /** Connections of one address at a time, likewise; 0: any number. @defaultValue 0 on loopback, else 250 */
  readonly connectionsPerAddress?: number;
  /** Event streams at a time. @defaultValue 100 */
  readonly eventStreams?: number;
  /** Requests of one address in a second; 0: any number. @defaultValue 0 on loopback, else 1,000 */
  readonly requestsPerSecond?: number;
  /** Bytes of the headers of one request. @defaultValue 16 KiB */
  readonly headerBytes?: number;
  /** Milliseconds until the headers of a request are there. @defaultValue 10,000 */
  readonly headersTimeoutMs?: number;
  /** Milliseconds until a whole request is there, uploads included. @defaultValue 60,000 */
  readonly requestTimeoutMs?: number;
  /** Milliseconds that a connection may be idle between requests. @defaultValue 5,000 */
  readonly keepAliveMs?: number;
  /** Milliseconds that a reader of events may keep the host from writing. @defaultValue 30,000 */
  readonly slowReaderMs?: number;
  /** Milliseconds between signs of life on an event stream. @defaultValue 15,000 */
  readonly heartbeatMs?: number;
  /** Triggers that there may be. @defaultValue 1,000 */
  readonly triggers?: number;
}

/** @internal */
export type ResolvedHostLimits = Required<HostLimits>;

const TIMER = { min: 1, max: 2 ** 31 - 1 };

const RANGES: Readonly<Record<keyof HostLimits, { min: number; max: number; fallback: number }>> = {
  bodyBytes: { min: 1_024, max: 512 * MIB, fallback: 8 * MIB },
  bodiesBytes: { min: 1_024, max: Number.MAX_SAFE_INTEGER, fallback: 256 * MIB },
  moduleBytes: { min: 8, max: 256 * MIB, fallback: 256 * MIB },
  modulesBytes: { min: 8, max: Number.MAX_SAFE_INTEGER, fallback: 1_024 * MIB },
  modules: { min: 1, max: 1_000_000, fallback: 1_000 },
  connections: { min: 1, max: 100_000, fallback: 1_000 },
  connectionsPerAddress: { min: 0, max: 100_000, fallback: 250 },
  eventStreams: { min: 0, max: 10_000, fallback: 100 },
  requestsPerSecond: { min: 0, max: 1_000_000, fallback: 1_000 },
  headerBytes: { min: 1_024, max: MIB, fallback: 16_384 },
  headersTimeoutMs: { ...TIMER, fallback: 10_000 },
  requestTimeoutMs: { ...TIMER, fallback: 60_000 },
  keepAliveMs: { ...TIMER, fallback: 5_000 },
  slowReaderMs: { ...TIMER, fallback: 30_000 },
  heartbeatMs: { ...TIMER, fallback: 15_000 },
  triggers: { min: 0, max: 100_000, fallback: 1_000 },
};

/** On loopback everybody has the same address. */
const OF_ONE_ADDRESS: ReadonlySet<keyof HostLimits> = new Set([
  'requestsPerSecond',
  'connectionsPerAddress',
]);

/**
 * Fills in the defaults and checks every limit.
 *
 * @throws `INVALID_REQUEST` naming the limit.
 * @internal
 */
export function resolveHostLimits(value: unknown, isLocal: boolean): ResolvedHostLimits {
  const names = Object.keys(RANGES) as (keyof HostLimits)[];
  const given = value === undefined ? {} : knownFields(value, 'limits', names);
  const limits = names.map((name) => {
    const isFree = isLocal && OF_ONE_ADDRESS.has(name);
    const range = isFree ? { ...RANGES[name], fallback: 0 } : RANGES[name];
    return [name, integerIn(given[name], within('limits', name), range)];
  });
  return Object.fromEntries(limits) as ResolvedHostLimits;
}

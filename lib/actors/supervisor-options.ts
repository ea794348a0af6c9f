import {
  type CapacityOptions,
  DEFAULT_MAX_THREADS,
  resolveCapacity,
} from '../core/capacity-options.ts';
import type { Clock } from '../core/clock.ts';
import { invalidField } from '../core/errors.ts';
import { integerIn, knownFields, oneOf, within } from '../core/field-checks.ts';
import { guardedLogger } from '../core/guarded-logger.ts';
import { freshId, plainId } from '../core/ids.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import { type OnDemandOptions, resolveOnDemand } from '../core/on-demand-options.ts';
import type { OutputListener } from '../core/output-listener.ts';
import type { ProviderDefinition } from '../core/provider.ts';
import { checkedDefinition } from '../core/provider-check.ts';
import { systemClock } from '../core/system-clock.ts';
import {
  type ResolvedTelemetry,
  resolveTelemetry,
  type TelemetryOptions,
} from '../core/telemetry-options.ts';
import { LOG_LEVELS, type LogLevel, pinoLogger } from '../telemetry/pino-logger.ts';

/**
 * How a supervisor is made. Everything has a default.
 *
 * @public
 */
export interface SupervisorOptions {
  /** @defaultValue generated */
  readonly nodeId?: string;
  /**
   * Where the host's own lines go: a logger of yours (pino fits as it is), or a level for JSON lines
   * on standard error. Every fact is a line of level `debug`, every line that a guest writes one of level
   * `info`. @defaultValue nowhere
   */
  readonly logger?: Logger | LogLevel;
  /**
   * Called with what guests write, soon after they did, and with all of it: a guest that writes faster waits.
   * Only what comes from another process, as with `isolation: 'process'` and `shards`, is not waited for.
   * @defaultValue nobody listens
   */
  readonly onOutput?: OutputListener;
  /** Kinds of providers beyond the built-in ones, see `defineProvider()`. @defaultValue none */
  readonly providers?: readonly ProviderDefinition[];
  /** Facts kept in memory; the oldest go. @defaultValue 100,000 */
  readonly maxFacts?: number;
  /** Whether every capability call is recorded as a fact. @defaultValue false */
  readonly recordCapabilityCalls?: boolean;
  /**
   * Guest threads of one process at most, spares included: of this one, and of each shard, which has no
   * more than 1,000 in any case; `maxProcesses` bounds the others. @defaultValue 1,500
   */
  readonly maxThreads?: number;
  /**
   * Child processes that carry the instances with `isolation: 'thread'`, each some hundreds: as many as
   * are given here, made at once and again when they die; with `'auto'` this process has the instances, and
   * up to 16 shards those that it has no room for. @defaultValue 0: all instances live in this process
   */
  readonly shards?: number | 'auto';
  /** Processes at most for instances with `isolation: 'process'`. @defaultValue 64 */
  readonly maxProcesses?: number;
  /**
   * Instances that share one such process; an engine that aborts takes all of them with it.
   * @defaultValue 1
   */
  readonly guestsPerProcess?: number;
  /**
   * Limits of your own for what starts have to share, below those of the machine; a start that would
   * exceed one is refused. @defaultValue the machine's
   */
  readonly capacity?: CapacityOptions;
  /** Threads kept ready for the next starts, while there is plenty of room. @defaultValue 2 */
  readonly warmSpares?: number;
  /** How instances with `residency: 'on-demand'` share their threads. */
  readonly onDemand?: OnDemandOptions;
  /** Threads that admit and compile modules. @defaultValue 2 */
  readonly compileThreads?: number;
  /** Compiled modules kept for the next start. @defaultValue 128 */
  readonly maxModules?: number;
  /** Ended instances that can still be queried. @defaultValue 1,000 */
  readonly maxEnded?: number;
  /** What is measured beyond the facts. @defaultValue nothing */
  readonly telemetry?: TelemetryOptions;
  /** Time; for tests. @defaultValue the system's */
  readonly clock?: Clock;
  /** Chance in [0, 1), for ids and jitter; for tests. @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** @internal */
export type ResolvedSupervisorOptions = Required<Omit<SupervisorOptions, 'onOutput'>> & {
  readonly onOutput: OutputListener | undefined;
  readonly logger: Logger;
  readonly capacity: Required<CapacityOptions>;
  readonly onDemand: Required<OnDemandOptions>;
  readonly telemetry: ResolvedTelemetry;
};

const COUNTS = {
  maxFacts: { min: 1, max: 10_000_000, fallback: 100_000 },
  maxThreads: { min: 1, max: 100_000, fallback: DEFAULT_MAX_THREADS },
  maxProcesses: { min: 0, max: 10_000, fallback: 64 },
  guestsPerProcess: { min: 1, max: 1_000, fallback: 1 },
  warmSpares: { min: 0, max: 256, fallback: 2 },
  compileThreads: { min: 1, max: 64, fallback: 2 },
  maxModules: { min: 1, max: 100_000, fallback: 128 },
  maxEnded: { min: 0, max: 1_000_000, fallback: 1_000 },
} as const;

const SHARDS = { min: 0, max: 64, fallback: 0 } as const;

/**
 * Fills in the defaults and checks every option.
 *
 * @throws `INVALID_REQUEST` naming the option.
 * @internal
 */
export function resolveSupervisorOptions(value: unknown): ResolvedSupervisorOptions {
  const flags = ['recordCapabilityCalls', 'capacity', 'onDemand', 'telemetry'];
  const others = ['nodeId', 'logger', 'onOutput', 'providers', 'shards', 'clock', 'random'];
  const known = [...Object.keys(COUNTS), ...flags, ...others];
  const options = (
    value === undefined ? {} : knownFields(value, 'options', known)
  ) as SupervisorOptions;
  const random = resolveRandom(options.random);
  const { recordCapabilityCalls = false } = options;
  if (typeof recordCapabilityCalls !== 'boolean') {
    throw invalidField('recordCapabilityCalls', 'must be a boolean');
  }
  const counts = Object.fromEntries(
    Object.entries(COUNTS).map(([name, range]) => [
      name,
      integerIn(options[name as keyof typeof COUNTS], name, range),
    ]),
  ) as Record<keyof typeof COUNTS, number>;
  const nodeId =
    options.nodeId === undefined ? freshId('node', random) : plainId(options.nodeId, 'nodeId');
  return {
    ...counts,
    nodeId,
    logger: resolveLogger(options.logger, nodeId),
    onOutput: resolveListener(options.onOutput),
    providers: resolveProviders(options.providers),
    recordCapabilityCalls,
    shards: options.shards === 'auto' ? 'auto' : integerIn(options.shards, 'shards', SHARDS),
    capacity: resolveCapacity(options.capacity),
    onDemand: resolveOnDemand(options.onDemand),
    telemetry: resolveTelemetry(options.telemetry),
    clock: resolveClock(options.clock),
    random,
  };
}

function resolveRandom(random: unknown): () => number {
  if (random === undefined) return Math.random;
  if (typeof random !== 'function') throw invalidField('random', 'must be a function');
  const chance: unknown = random();
  if (typeof chance !== 'number' || !(chance >= 0 && chance < 1)) {
    throw invalidField('random', 'must return a number of at least 0 and less than 1');
  }
  return random as () => number;
}

function resolveListener(listener: unknown): OutputListener | undefined {
  if (listener !== undefined && typeof listener !== 'function') {
    throw invalidField('onOutput', 'must be a function');
  }
  return listener as OutputListener | undefined;
}

function resolveProviders(providers: unknown): readonly ProviderDefinition[] {
  if (providers === undefined) return [];
  if (!Array.isArray(providers)) throw invalidField('providers', 'must be an array of definitions');
  // `Array.from` visits the holes of a sparse array too.
  return Array.from(providers, (each, index) => checkedDefinition(each, `providers[${index}]`));
}

function resolveClock(clock: unknown): Clock {
  if (clock === undefined) return systemClock;
  checkMethods(clock, 'clock', ['now', 'setTimeout', 'clearTimeout']);
  return clock as Clock;
}

/**
 * The logger that an option means.
 *
 * @throws `INVALID_REQUEST` naming what it lacks.
 * @internal
 */
export function resolveLogger(logger: unknown, nodeId: string): Logger {
  if (logger === undefined) return silentLogger;
  if (typeof logger === 'string') {
    return guardedLogger(pinoLogger(oneOf(logger, 'logger', LOG_LEVELS, 'info'), { nodeId }));
  }
  checkMethods(logger, 'logger', ['debug', 'info', 'warn', 'error']);
  return guardedLogger(logger as Logger);
}

function checkMethods(value: unknown, field: string, names: readonly string[]): void {
  if (typeof value !== 'object' || value === null) throw invalidField(field, 'must be an object');
  for (const name of names) {
    if (typeof (value as Readonly<Record<string, unknown>>)[name] !== 'function') {
      throw invalidField(within(field, name), 'must be a function');
    }
  }
}

import { createSecureContext } from 'node:tls';
import type { Supervisor } from '../actors/supervisor.ts';
import type { SupervisorOptions } from '../actors/supervisor-options.ts';
import { invalidField, messageOf } from '../core/errors.ts';
import {
  boundedString,
  integerIn,
  knownFields,
  plainRecord,
  within,
} from '../core/field-checks.ts';
import type { Logger } from '../core/logger.ts';
import {
  type ResolvedTelemetry,
  resolveTelemetry,
  type TelemetryOptions,
} from '../core/telemetry-options.ts';
import type { LogLevel } from '../telemetry/pino-logger.ts';
import { hostName } from './browser-guard.ts';
import { type HostLimits, type ResolvedHostLimits, resolveHostLimits } from './host-limits.ts';
import { isLoopback, type ListenAddress, listenAddress } from './listen-address.ts';
import { type HostToken, TokenBook } from './token-book.ts';
import { type Trigger, TriggerTable } from './trigger-table.ts';

/**
 * Certificate and key of a server, in PEM.
 *
 * @public
 */
export interface HostTls {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
}

/**
 * How a host is made. Everything has a default.
 *
 * @public
 */
export interface HostOptions {
  /** The supervisor to serve; the host does not close it. @defaultValue one of the host's own */
  readonly supervisor?: Supervisor;
  /** How the host's own supervisor is made. */
  readonly supervisorOptions?: SupervisorOptions;
  /**
   * `host:port` of the API; a port of 0 is any that is free. Any other address than a loopback one needs
   * tokens. @defaultValue `127.0.0.1:7070`
   */
  readonly listen?: string;
  /**
   * `host:port` for requests from outside that triggers lead to instances, without a token. Never that of the
   * API: what a guest answers would be of one origin with the API for a browser. @defaultValue none
   */
  readonly triggerListen?: string;
  /** Who may use the API; where there are any, each request needs one. @defaultValue none */
  readonly tokens?: readonly HostToken[];
  /** Serves the API, and the triggers, by TLS. @defaultValue plain HTTP */
  readonly tls?: HostTls;
  /**
   * Names that requests may have in their `Host` header, beside those of the loopback address.
   * @defaultValue none on a loopback address, else any
   */
  readonly hostNames?: readonly string[];
  /** Triggers that are there from the start. */
  readonly triggers?: readonly Trigger[];
  /** Where uploaded modules are kept. @defaultValue a temporary folder, removed at the end */
  readonly modulesFolder?: string;
  /**
   * Whether callers of the API may name files of the host: modules of instances and of providers, and the
   * path of a store. Whoever may give a provider's module runs code as the host. @defaultValue false
   */
  readonly allowHostPaths?: boolean;
  readonly limits?: HostLimits;
  /** Where the host's lines go, as for `createSupervisor()`. @defaultValue nowhere */
  readonly logger?: Logger | LogLevel;
  /**
   * What is measured: `metrics` is on where nothing is said, and serves `/metrics`; the host's own supervisor is
   * made with the same.
   */
  readonly telemetry?: TelemetryOptions;
  /** Milliseconds that `/readyz` says no before the host stops to listen. @defaultValue 0 */
  readonly drainDelayMs?: number;
}

/** @internal */
export interface ResolvedHostOptions {
  readonly supervisor: Supervisor | undefined;
  readonly supervisorOptions: SupervisorOptions;
  readonly listen: ListenAddress;
  readonly triggerListen: ListenAddress | undefined;
  readonly tokens: TokenBook;
  readonly tls: HostTls | undefined;
  /** Undefined: any name. */
  readonly hostNames: ReadonlySet<string> | undefined;
  readonly triggers: TriggerTable;
  readonly modulesFolder: string | undefined;
  readonly allowHostPaths: boolean;
  readonly limits: ResolvedHostLimits;
  readonly logger: Logger | LogLevel | undefined;
  readonly telemetry: ResolvedTelemetry;
  readonly drainDelayMs: number;
}

const KNOWN: readonly (keyof HostOptions)[] = [
  'supervisor',
  'supervisorOptions',
  'listen',
  'triggerListen',
  'tokens',
  'tls',
  'hostNames',
  'triggers',
  'modulesFolder',
  'allowHostPaths',
  'limits',
  'logger',
  'telemetry',
  'drainDelayMs',
];

/**
 * Fills in the defaults and checks every option.
 *
 * @throws `INVALID_REQUEST` naming the option.
 * @internal
 */
export function resolveHostOptions(value: unknown): ResolvedHostOptions {
  const given = value === undefined ? {} : knownFields(value, 'options', KNOWN);
  const options = given as HostOptions;
  if (options.supervisor !== undefined && options.supervisorOptions !== undefined) {
    throw invalidField('supervisorOptions', 'or a supervisor, not both');
  }
  const listen = listenAddress(options.listen ?? '127.0.0.1:7070', 'listen');
  const isLocal = isLoopback(listen.host);
  const tokens = new TokenBook(options.tokens);
  if (!isLocal && tokens.isEmpty) {
    throw invalidField('tokens', `are needed to listen on ${listen.host}: others can reach it`);
  }
  const { triggerListen, allowHostPaths = false } = options;
  if (typeof allowHostPaths !== 'boolean')
    throw invalidField('allowHostPaths', 'must be a boolean');
  const limits = resolveHostLimits(options.limits, isLocal);
  return {
    supervisor: options.supervisor,
    supervisorOptions: options.supervisorOptions ?? {},
    listen,
    triggerListen:
      triggerListen === undefined ? undefined : listenAddress(triggerListen, 'triggerListen'),
    tokens,
    tls: options.tls === undefined ? undefined : checkedTls(options.tls),
    hostNames: checkedNames(options.hostNames, isLocal),
    triggers: checkedTriggers(options, limits.triggers),
    modulesFolder: checkedFolder(options.modulesFolder),
    allowHostPaths,
    limits,
    logger: options.logger,
    telemetry: resolveTelemetry(options.telemetry, { metrics: true }),
    drainDelayMs: integerIn(options.drainDelayMs, 'drainDelayMs', {
      min: 0,
      max: 600_000,
      fallback: 0,
    }),
  };
}

function checkedTls(value: unknown): HostTls {
  const given = knownFields(value, 'tls', ['cert', 'key']);
  for (const name of ['cert', 'key'] as const) {
    const pem = given[name];
    if (typeof pem !== 'string' && !(pem instanceof Uint8Array)) {
      throw invalidField(within('tls', name), 'must be a text or bytes in PEM');
    }
  }
  const tls = given as { readonly cert: string | Buffer; readonly key: string | Buffer };
  try {
    createSecureContext(tls);
  } catch (cause) {
    throw invalidField('tls', `is no certificate with its key: ${messageOf(cause, 200)}`);
  }
  return tls;
}

function checkedNames(value: unknown, isLocal: boolean): ReadonlySet<string> | undefined {
  if (value === undefined) return isLocal ? new Set() : undefined;
  if (!Array.isArray(value)) throw invalidField('hostNames', 'must be an array of names');
  return new Set(
    Array.from(value, (each: unknown, index) => {
      const field = `hostNames[${index}]`;
      const name = hostName(boundedString(each, field, 253));
      if (name === undefined) throw invalidField(field, 'is no name of a host');
      return name;
    }),
  );
}

function checkedTriggers({ triggers, triggerListen }: HostOptions, max: number): TriggerTable {
  const table = new TriggerTable(max);
  if (triggers === undefined) return table;
  if (!Array.isArray(triggers)) throw invalidField('triggers', 'must be an array of triggers');
  if (triggerListen === undefined) throw invalidField('triggerListen', 'is needed for triggers');
  for (const [index, trigger] of triggers.entries()) {
    const field = `triggers[${index}]`;
    const count = table.list().length;
    const { name } = table.put(plainRecord(trigger, field), field);
    if (table.list().length === count) {
      throw invalidField(within(field, 'name'), `"${name}" is the name of another one`);
    }
  }
  return table;
}

function checkedFolder(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const folder = boundedString(value, 'modulesFolder', 4_096);
  if (folder === '' || folder.includes('\0')) throw invalidField('modulesFolder', 'is no path');
  return folder;
}

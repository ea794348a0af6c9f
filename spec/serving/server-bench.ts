import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { FactLog } from '../../lib/core/fact-log.ts';
import type { ProviderDefinition, WireValue } from '../../lib/core/provider.ts';
import type { CapabilityCall } from '../../lib/protocol/capability-call.ts';
import { ProviderFigures } from '../../lib/protocol/provider-figures.ts';
import { CallAccount } from '../../lib/serving/call-account.ts';
import { CallerSession } from '../../lib/serving/caller-session.ts';
import { MOVED, ProviderServer, type Served } from '../../lib/serving/provider-server.ts';
import { ENVIRONMENT } from '../contract/call-context.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { thrownBy } from '../thrown.ts';

/** How long one operation of these specs may take. */
export const CALL_TIMEOUT_MS = 60_000;

/** An operation that is under way until a spec lets it finish. */
export interface PendingOperation {
  readonly instanceId: string;
  readonly key: string;
  readonly finish: (value: WireValue) => void;
  readonly fail: (error: unknown) => void;
}

/** A key of the specs, which is always text. */
const textOf = (key: WireValue): string => (typeof key === 'string' ? key : typeof key);

/** A provider in memory that tells everything it was made to do. */
export class RecordingProvider {
  /** Each operation that has begun: who, what, on which key. */
  readonly effects: string[] = [];
  readonly pending: PendingOperation[] = [];
  readonly definition: ProviderDefinition;

  constructor(type: string, extra: Partial<ProviderDefinition> = {}) {
    const record = (instanceId: string, what: string, key: WireValue): string => {
      this.effects.push(`${instanceId} ${what} ${textOf(key)}`);
      return textOf(key);
    };
    this.definition = {
      type,
      open: () => ({}),
      operations: {
        get: {
          permission: ([key]) => ({ action: `${type}:read`, scope: textOf(key) }),
          run: ([key], { instanceId }) => record(instanceId, 'get', key),
        },
        wait: {
          permission: ([key]) => ({ action: `${type}:read`, scope: textOf(key) }),
          run: ([key], { instanceId }) => {
            record(instanceId, 'wait', key);
            return new Promise<WireValue>((finish, fail) => {
              this.pending.push({ instanceId, key: textOf(key), finish, fail });
            });
          },
        },
        copy: {
          permission: ([from, to]) => [
            { action: `${type}:read`, scope: textOf(from) },
            { action: `${type}:write`, scope: textOf(to) },
          ],
          run: ([from, to], { instanceId }) =>
            record(instanceId, 'copy', `${textOf(from)}>${textOf(to)}`),
        },
        list: {
          permission: () => ({ action: `${type}:read` }),
          run: ([...keys], { allows }) =>
            keys.filter((key) => allows({ action: `${type}:read`, scope: textOf(key) })),
        },
        open: { permission: () => [], run: (_, { instanceId }) => record(instanceId, 'open', '') },
        fails: {
          permission: () => ({ action: `${type}:read` }),
          run: () => {
            throw new Error('broken');
          },
        },
      },
      ...extra,
    };
  }
}

/** Any number of servers and callers, with no thread anywhere. */
export class ServerBench {
  readonly clock = new SimulatedClock();
  readonly facts = new FactLog({ capacity: 10_000, nodeId: 'n', clock: this.clock });
  readonly servers = new Map<string, ProviderServer>();
  readonly figures = new ProviderFigures();
  readonly #sessions = new Map<string, CallerSession>();
  readonly #areCallsRecorded: boolean;

  constructor(areCallsRecorded = false) {
    this.#areCallsRecorded = areCallsRecorded;
  }

  /** Opens a server; its facts are recorded under the id of its provider. */
  async provide(providerId: string, definition: ProviderDefinition): Promise<ProviderServer> {
    const { clock, figures, facts } = this;
    const account = new CallAccount({
      clock,
      figures,
      tell: ({ type, ...fact }) => facts.append(type, { ...fact, providerId }),
      areCallsRecorded: this.#areCallsRecorded,
    });
    const server = new ProviderServer({
      providerId,
      definition,
      clock,
      callTimeoutMs: CALL_TIMEOUT_MS,
      account,
    });
    this.servers.set(providerId, server);
    await server.open({}, ENVIRONMENT);
    return server;
  }

  get counts(): { readonly served: number; readonly denied: number } {
    const { served, denied } = this.figures;
    return { served, denied };
  }

  server(providerId = 'p'): ProviderServer {
    const server = this.servers.get(providerId);
    if (server === undefined) throw new Error(`no server ${providerId}`);
    return server;
  }

  /** The life of an instance that calls. */
  session(instanceId: string): CallerSession {
    const known = this.#sessions.get(instanceId);
    if (known !== undefined) return known;
    const session = new CallerSession(instanceId);
    this.#sessions.set(instanceId, session);
    return session;
  }

  /** Gives a grant; the promise is that of the server. */
  assign(
    instanceId: string,
    capabilityId: string,
    permissions: readonly string[],
    extra: Partial<CapabilityAssignment> = {},
  ): Promise<void> {
    const assignment = { capabilityId, providerType: 'kv', permissions, ...extra };
    return this.server(extra.providerId).assign(instanceId, assignment);
  }

  serve(instanceId: string, call: CapabilityCall, isTentative = false): Served {
    return this.server().serve(this.session(instanceId), call, isTentative);
  }

  get(instanceId: string, key: string, operation = 'get'): WireValue | Promise<WireValue> {
    const served = this.serve(instanceId, { family: 'kv', operation, args: [key] });
    if (served === MOVED) throw new Error('moved');
    return served;
  }
}

/** A bench with one provider of type kv, whose id is `p`. */
export async function newBench(
  areCallsRecorded = false,
): Promise<{ bench: ServerBench; kv: RecordingProvider }> {
  const bench = new ServerBench(areCallsRecorded);
  const kv = new RecordingProvider('kv');
  await bench.provide('p', kv.definition);
  return { bench, kv };
}

/** What a call comes to, synchronous or not, without letting one that is under way finish. */
export function codeOf(serve: () => Served): string {
  try {
    const value = serve();
    if (value === MOVED) return 'moved';
    if (value instanceof Promise) void value.catch(() => undefined);
    return 'served';
  } catch (error) {
    return thrownBy(() => {
      throw error;
    }).code;
  }
}

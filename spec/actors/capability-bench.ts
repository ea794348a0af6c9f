import { CapabilityRouter } from '../../lib/actors/capability-router.ts';
import { Grant } from '../../lib/actors/grant.ts';
import { GrantTable } from '../../lib/actors/grant-table.ts';
import { ProviderActor } from '../../lib/actors/provider-actor.ts';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { FactLog } from '../../lib/core/fact-log.ts';
import type { ProviderDefinition, WireValue } from '../../lib/core/provider.ts';
import { SimulatedClock } from '../simulated-clock.ts';

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

/** Grants, providers and a router, with no thread anywhere. */
export class CapabilityBench {
  readonly clock = new SimulatedClock();
  readonly facts = new FactLog({ capacity: 10_000, nodeId: 'n', clock: this.clock });
  readonly grants = new GrantTable();
  readonly router: CapabilityRouter;
  readonly providers = new Map<string, ProviderActor>();

  constructor(areCallsRecorded = false) {
    this.router = new CapabilityRouter({
      grants: this.grants,
      findProvider: (id) => this.providers.get(id),
      facts: this.facts,
      areCallsRecorded,
    });
  }

  async provide(providerId: string, definition: ProviderDefinition): Promise<ProviderActor> {
    const provider = new ProviderActor(providerId, definition, {}, this.clock);
    this.providers.set(providerId, provider);
    await provider.open();
    return provider;
  }

  /** Gives a grant; the promise is that of the table. */
  assign(
    instanceId: string,
    capabilityId: string,
    permissions: readonly string[],
    extra: Partial<CapabilityAssignment> = {},
  ): Promise<void> {
    const assignment = { capabilityId, providerType: 'kv', permissions, ...extra };
    return this.grants.assign(
      new Grant(instanceId, assignment, extra.providerId ?? 'p', this.clock),
    );
  }

  get(instanceId: string, key: string, operation = 'get'): WireValue | Promise<WireValue> {
    return this.router.serve(instanceId, { family: 'kv', operation, args: [key] });
  }
}

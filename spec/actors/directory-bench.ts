import { expect } from 'chai';
import { AssignmentRegistry } from '../../lib/actors/assignment-registry.ts';
import { LinkTable } from '../../lib/actors/link-table.ts';
import { ProviderDirectory } from '../../lib/actors/provider-directory.ts';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { defineProvider } from '../../lib/core/define-provider.ts';
import { FactLog } from '../../lib/core/fact-log.ts';
import type { ProviderDefinition } from '../../lib/core/provider.ts';
import { SimulatedClock } from '../simulated-clock.ts';

/** A provider that serves nothing. */
export const kv: ProviderDefinition = defineProvider({ type: 'kv', operations: {} });

/** A directory with all that it works with. */
export interface DirectoryBench {
  readonly directory: ProviderDirectory;
  readonly registry: AssignmentRegistry;
  readonly links: LinkTable;
  readonly facts: FactLog;
  readonly told: () => string[];
  readonly ids: () => Promise<string[]>;
  readonly clock: SimulatedClock;
}

/** Makes a directory of providers that are served inline. */
export function newDirectory(...definitions: ProviderDefinition[]): DirectoryBench {
  const clock = new SimulatedClock();
  const facts = new FactLog({ capacity: 1_000, nodeId: 'n', clock });
  const registry = new AssignmentRegistry();
  const links = new LinkTable();
  let last = 0;
  const random = (): number => ((last += 1) % 1_000) / 1_000;
  const directory = new ProviderDirectory({
    builtIn: new Map(),
    definitions,
    registry,
    links,
    facts,
    random,
    deliver: () => Promise.resolve('gone'),
    areCallsRecorded: false,
    measures: { isTimed: false, isTraced: false },
    trace: () => undefined,
    claimThread: () => expect.fail('none of these has a thread'),
  });
  return {
    clock,
    directory,
    registry,
    links,
    facts,
    told: () => facts.query({}).map(({ type, providerId }) => `${type} ${String(providerId)}`),
    ids: async () => (await directory.list()).map(({ providerId }) => providerId),
  };
}

/** An assignment that names its provider, or only its type. */
export const wanting = (providerType: string, providerId?: string): CapabilityAssignment => ({
  capabilityId: 'c',
  providerType,
  permissions: [],
  ...(providerId === undefined ? {} : { providerId }),
});

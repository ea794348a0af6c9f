import type { CapacityAmounts } from './capacity.ts';

const MIB = 1024 * 1024;

/**
 * What a guest's thread takes before it has a guest: 38 to 39 mappings, 5 descriptors and 7 MiB on Node
 * 26, of which `spec/load/thread-costs.ts` prints what a machine has.
 */
const THREAD = { tasks: 1, mappings: 39, descriptors: 5, 'resident-memory': 7 * MIB } as const;

/**
 * The same where threads have ended shortly before: V8 keeps half of their mappings and four fifths of
 * their pages for the next ones, for about ten seconds.
 */
const REUSED_THREAD = { ...THREAD, mappings: 22, 'resident-memory': 3 * MIB } as const;

/** What a guest adds to its thread, beside its linear memories. */
const GUEST = { mappings: 1, 'resident-memory': 2 * MIB } as const;

/** Of each linear memory, used or not: what can be accessed, and what is kept for its growth. */
const MAPPINGS_PER_MEMORY = 2;

/** Built-in providers take 39 to 41 mappings and 9 MiB; those in LMDB open files, too. */
const PROVIDER = {
  tasks: 1,
  mappings: 44,
  descriptors: 8,
  'resident-memory': 10 * MIB,
} as const;

/** Node's own threads and those of its pool; pages that it shares with nobody; pipes at our end. */
const PROCESS = { tasks: 16, descriptors: 6, 'resident-memory': 64 * MIB } as const;

/**
 * What is known of a guest before it starts.
 *
 * @internal
 */
export interface GuestDemand {
  /** Linear memories that one instance has. */
  readonly memories: number;
  /** Bytes of these memories to begin with. */
  readonly initialMemoryBytes: number;
  /** What its memories may grow to together. */
  readonly memoryBytes: number;
}

/**
 * Where a guest's thread comes from: a new one, one that waits as a spare, or a new one made of what
 * ended threads have left.
 *
 * @internal
 */
export type ThreadOrigin = 'new' | 'spare' | 'reused';

/**
 * What the start of a guest takes of this process, at the most.
 *
 * @internal
 */
export function guestCost(demand: GuestDemand, origin: ThreadOrigin): CapacityAmounts {
  const thread = origin === 'new' ? THREAD : origin === 'reused' ? REUSED_THREAD : undefined;
  return {
    ...thread,
    mappings: (thread?.mappings ?? 0) + GUEST.mappings + MAPPINGS_PER_MEMORY * demand.memories,
    'resident-memory':
      (thread?.['resident-memory'] ?? 0) + GUEST['resident-memory'] + demand.initialMemoryBytes,
  };
}

/**
 * What a thread takes that waits for a guest.
 *
 * @internal
 */
export const SPARE_COST: CapacityAmounts = THREAD;

/**
 * What a provider in a thread of its own takes.
 *
 * @internal
 */
export const PROVIDER_COST: CapacityAmounts = PROVIDER;

/**
 * What a process for guests takes: its own threads and memory, and of this process the pipes to it.
 *
 * @internal
 */
export const PROCESS_COST: CapacityAmounts = PROCESS;

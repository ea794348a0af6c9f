/**
 * What a guest could exhaust the host's heap with, or be in nobody's control by: objects that the engine
 * keeps in its own heap, which ends the whole process when it is full, and memory that other threads may
 * write while it is read.
 *
 * @internal
 */
export type RiskyFeature = 'gc' | 'shared memory';

/**
 * For a guest in a thread of the host's process.
 *
 * @internal
 */
export const NO_RISKS: ReadonlySet<RiskyFeature> = new Set();

/**
 * For a guest whose process is its own.
 *
 * @internal
 */
export const ALL_RISKS: ReadonlySet<RiskyFeature> = new Set(['gc', 'shared memory']);

/**
 * For core modules of a component: the canonical ABI relies on a memory that stands still.
 *
 * @internal
 */
export function withoutSharedMemory(
  allowed: ReadonlySet<RiskyFeature> = NO_RISKS,
): ReadonlySet<RiskyFeature> {
  return new Set([...allowed].filter((feature) => feature !== 'shared memory'));
}

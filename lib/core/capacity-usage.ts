import { type CapacityBound, type CapacityResource, tightest } from './capacity.ts';

/**
 * How much is used of what may be used.
 *
 * @public
 */
export interface ResourceUsage {
  readonly used: number;
  /** What may be used before starts are refused: the limit less what is kept in reserve. */
  readonly limit: number;
}

/**
 * What a supervisor has room for; of several limits of a resource the one that is nearest. What the
 * system does not tell, or nobody limits, is left out.
 *
 * @public
 */
export interface CapacityUsage {
  /** Guests' threads, without spares. */
  readonly threads: ResourceUsage;
  /** Memory mappings of the process. */
  readonly mappings?: ResourceUsage;
  /** Memory that is taken, in bytes: of the machine, of a control group or of the process. */
  readonly residentBytes: ResourceUsage;
  /** Open descriptors of the process. */
  readonly descriptors?: ResourceUsage;
  /** Threads and processes as the system counts them. */
  readonly tasks?: ResourceUsage;
  /** Memory that was promised to instances, in bytes, where `capacity.maxGuestBytes` is set. */
  readonly guestBytes?: ResourceUsage;
}

const NAMES: Readonly<Record<CapacityResource, keyof CapacityUsage>> = {
  threads: 'threads',
  mappings: 'mappings',
  'resident-memory': 'residentBytes',
  descriptors: 'descriptors',
  tasks: 'tasks',
  'guest-memory': 'guestBytes',
};

/**
 * The usage that bounds tell of.
 *
 * @internal
 */
export function capacityUsage(bounds: readonly CapacityBound[]): CapacityUsage {
  const usage: Partial<Record<keyof CapacityUsage, ResourceUsage>> = {};
  for (const [resource, name] of Object.entries(NAMES) as [
    CapacityResource,
    keyof CapacityUsage,
  ][]) {
    const bound = tightest(bounds, resource);
    if (bound === undefined) continue;
    usage[name] = { used: bound.used, limit: Math.floor(bound.limit - bound.reserved) };
  }
  return usage as CapacityUsage;
}

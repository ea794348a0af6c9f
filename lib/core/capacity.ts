/**
 * What the starts of a process have to share, in the order in which a shortage is told. `threads` are
 * those of guests as the supervisor counts them; `tasks` are what the system counts, of
 * which each thread is one.
 *
 * @public
 */
export const CAPACITY_RESOURCES = [
  'threads',
  'guest-memory',
  'tasks',
  'mappings',
  'descriptors',
  'resident-memory',
] as const;

/**
 * The name of something that starts have to share.
 *
 * @public
 */
export type CapacityResource = (typeof CAPACITY_RESOURCES)[number];

/**
 * How much of each resource: counts, and bytes of the two kinds of memory. What is left out is none.
 *
 * @internal
 */
export type CapacityAmounts = Readonly<Partial<Record<CapacityResource, number>>>;

/**
 * One limit of a resource, and what is used of it. Several may bound the same resource: that of the
 * machine, that of a control group and one's own.
 *
 * @internal
 */
export interface CapacityBound {
  readonly resource: CapacityResource;
  readonly used: number;
  readonly limit: number;
  /** Kept free below the limit, for what runs already and grows. */
  readonly reserved: number;
  /** How the limit is raised, in words. */
  readonly raise: string;
}

/**
 * Why there is no room for a start; `used` counts what has been begun and cannot be seen yet.
 *
 * @internal
 */
export interface CapacityRefusal extends CapacityBound {
  readonly needed: number;
}

/**
 * Whether a start fits below every bound that concerns it.
 *
 * @param begun - of starts that the bounds do not show yet.
 * @returns nothing, or the first bound that is too low.
 * @internal
 */
export function refusalOf(
  bounds: readonly CapacityBound[],
  begun: CapacityAmounts,
  needs: CapacityAmounts,
): CapacityRefusal | undefined {
  for (const resource of CAPACITY_RESOURCES) {
    const needed = needs[resource] ?? 0;
    if (needed === 0) continue;
    for (const bound of bounds) {
      if (bound.resource !== resource) continue;
      const used = bound.used + (begun[resource] ?? 0);
      if (used + needed > bound.limit - bound.reserved) return { ...bound, used, needed };
    }
  }
  return undefined;
}

/**
 * The bounds with only a share of what they allow, to ask whether there is room to spare.
 *
 * @param share - in [0, 1].
 * @internal
 */
export function narrowed(bounds: readonly CapacityBound[], share: number): CapacityBound[] {
  return bounds.map((bound) => ({
    ...bound,
    reserved: bound.limit - (bound.limit - bound.reserved) * share,
  }));
}

/**
 * Of several bounds of one resource the one with the least room, as figures tell it.
 *
 * @internal
 */
export function tightest(
  bounds: readonly CapacityBound[],
  resource: CapacityResource,
): CapacityBound | undefined {
  let least: CapacityBound | undefined;
  for (const bound of bounds) {
    if (bound.resource !== resource) continue;
    if (least === undefined || roomOf(bound) < roomOf(least)) least = bound;
  }
  return least;
}

/**
 * What may still be used of a bound; less than nothing where its reserve has been begun.
 *
 * @internal
 */
export function roomOf({ used, limit, reserved }: CapacityBound): number {
  return limit - reserved - used;
}

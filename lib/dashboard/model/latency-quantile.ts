import type { LatencyFigures } from '../../core/latency-buckets.ts';

/** The calls that were counted by the later figures and not yet by the earlier ones. */
export function callsBetween(earlier: LatencyFigures, later: LatencyFigures): LatencyFigures {
  return {
    count: later.count - earlier.count,
    sumMs: later.sumMs - earlier.sumMs,
    boundsMs: later.boundsMs,
    counts: later.counts.map((count, index) => count - (earlier.counts[index] ?? 0)),
  };
}

/**
 * A time that this share of the calls did not exceed, in milliseconds: the upper bound of a bucket.
 *
 * @returns null where there were no calls; beyond the last bound, that bound.
 */
export function latencyQuantile(
  { count, counts, boundsMs }: LatencyFigures,
  share: number,
): number | null {
  if (count <= 0) return null;
  let seen = 0;
  for (const [index, calls] of counts.entries()) {
    seen += calls;
    if (seen >= count * share) return boundsMs[index] ?? boundsMs.at(-1) ?? null;
  }
  return null;
}

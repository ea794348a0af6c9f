/**
 * How long calls took, counted by size: what happened is never forgotten, and takes no more room for it. Two
 * of different moments give the calls between them.
 *
 * @public
 */
export interface LatencyFigures {
  /** Calls counted. */
  readonly count: number;
  /** What they took together, in milliseconds. */
  readonly sumMs: number;
  /** The longest time that each bucket counts, in milliseconds; the last bucket has none. */
  readonly boundsMs: readonly number[];
  /** Calls of each bucket; one more than there are bounds. */
  readonly counts: readonly number[];
}

const SMALLEST_MS = 0.01;
const BUCKETS_PER_DOUBLING = 2;
/** To two minutes: no call of a guest is given more by default. */
const BOUNDS = 48;

const BOUNDS_MS: readonly number[] = Array.from({ length: BOUNDS }, (_none, index) =>
  Number((SMALLEST_MS * 2 ** (index / BUCKETS_PER_DOUBLING)).toPrecision(4)),
);

/**
 * Counts times into buckets, each √2 as wide as the one before: a percentile read off it is at most that far off.
 *
 * @internal
 */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BOUNDS + 1);
  #sumMs = 0;

  record(ms: number): void {
    this.#sumMs += ms;
    const step =
      ms <= SMALLEST_MS ? 0 : Math.ceil(Math.log2(ms / SMALLEST_MS) * BUCKETS_PER_DOUBLING);
    const bucket = Math.min(step, BOUNDS);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  get figures(): LatencyFigures {
    const counts = [...this.#counts];
    const count = counts.reduce((sum, each) => sum + each, 0);
    return { count, sumMs: this.#sumMs, boundsMs: BOUNDS_MS, counts };
  }
}

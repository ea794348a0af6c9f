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

/** Upper bounds in milliseconds, from what a call in memory takes to the longest that most may last. */
const BOUNDS_MS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500,
  5_000, 10_000,
];

/** The same, each √2 as long as the one before, to two minutes: a percentile read off is at most that far off. */
const FINE_BOUNDS_MS: readonly number[] = Array.from({ length: 48 }, (_none, index) =>
  Number((0.01 * 2 ** (index / 2)).toPrecision(4)),
);

/** One more than there are bounds, and the sum. */
const cellsFor = (boundsMs: readonly number[]): number => boundsMs.length + 2;

/**
 * Bytes of the memory below.
 *
 * @internal
 */
export const LATENCY_BYTES: number = cellsFor(BOUNDS_MS) * 8;

/**
 * How long something took, by ranges; in shared memory where one thread measures and another reads. Only one
 * thread may note: a torn read costs a wrong figure for a moment, nothing else.
 *
 * ```text
 * float64   0  so many took no longer than the first bound
 * …
 * float64  20  so many took longer than any
 * float64  21  milliseconds of all together
 * ```
 *
 * @internal
 */
export class LatencyBuckets {
  readonly #boundsMs: readonly number[];
  readonly #cells: Float64Array;

  constructor(cells?: Float64Array, boundsMs: readonly number[] = BOUNDS_MS) {
    this.#boundsMs = boundsMs;
    this.#cells = cells ?? new Float64Array(cellsFor(boundsMs));
  }

  /** With buckets fine enough to read percentiles off. */
  static fine(): LatencyBuckets {
    return new LatencyBuckets(undefined, FINE_BOUNDS_MS);
  }

  /** Notes that something took so many milliseconds. */
  note(durationMs: number): void {
    const cells = this.#cells;
    const beyond = this.#boundsMs.length;
    let index = 0;
    while (index < beyond && durationMs > (this.#boundsMs[index] as number)) index += 1;
    cells[index] = (cells[index] as number) + 1;
    cells[beyond + 1] = (cells[beyond + 1] as number) + durationMs;
  }

  /** Takes what another with the same bounds has noted. */
  add(other: LatencyBuckets): void {
    for (let index = 0; index < this.#cells.length; index++) {
      this.#cells[index] = (this.#cells[index] as number) + (other.#cells[index] as number);
    }
  }

  figures(): LatencyFigures {
    const boundsMs = this.#boundsMs;
    const counts = Array.from(this.#cells.subarray(0, boundsMs.length + 1));
    return {
      boundsMs,
      counts,
      count: counts.reduce((sum, each) => sum + each, 0),
      sumMs: this.#cells[boundsMs.length + 1] as number,
    };
  }
}

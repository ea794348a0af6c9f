import type { LatencyFigures } from './telemetry-figures.ts';

/** Upper bounds in milliseconds, from what a call in memory takes to the longest that most may last. */
const BOUNDS_MS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500,
  5_000, 10_000,
];

/** What lies above every bound. */
const BEYOND = BOUNDS_MS.length;
const SUM = BEYOND + 1;

/**
 * Bytes of the memory below.
 *
 * @internal
 */
export const LATENCY_BYTES: number = (SUM + 1) * 8;

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
  readonly #cells: Float64Array;

  constructor(cells: Float64Array = new Float64Array(SUM + 1)) {
    this.#cells = cells;
  }

  /** Notes that something took so many milliseconds. */
  note(durationMs: number): void {
    const cells = this.#cells;
    let index = 0;
    while (index < BEYOND && durationMs > (BOUNDS_MS[index] as number)) index += 1;
    cells[index] = (cells[index] as number) + 1;
    cells[SUM] = (cells[SUM] as number) + durationMs;
  }

  /** Takes what another has noted. */
  add(other: LatencyBuckets): void {
    for (let index = 0; index <= SUM; index++) {
      this.#cells[index] = (this.#cells[index] as number) + (other.#cells[index] as number);
    }
  }

  figures(): LatencyFigures {
    const counts = Array.from(this.#cells.subarray(0, SUM));
    return {
      boundsMs: BOUNDS_MS,
      counts,
      count: counts.reduce((sum, each) => sum + each, 0),
      sumMs: this.#cells[SUM] as number,
    };
  }
}

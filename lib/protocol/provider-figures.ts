import { LATENCY_BYTES, LatencyBuckets } from '../core/latency-buckets.ts';

/**
 * What the thread of a provider tells about itself while it is busy, in shared memory.
 *
 * ```text
 * int32    0  PULSE: grows while the thread is not stuck
 * float64  1  calls served
 * float64  2  calls denied
 * float64  3  how long operations took, see `latency-buckets.ts`; all 0 unless they are timed
 * ```
 */
const LATENCY_AT = 24;
const FIGURES_BYTES = LATENCY_AT + LATENCY_BYTES;

/** Counters by index. */
const FIELD = { served: 1, denied: 2 } as const;

/** The figures of one provider, from both sides. */
export class ProviderFigures {
  readonly buffer: SharedArrayBuffer;
  readonly #pulse: Int32Array<SharedArrayBuffer>;
  readonly #counts: Float64Array<SharedArrayBuffer>;
  /** How long operations took; only the serving side notes. */
  readonly latency: LatencyBuckets;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(FIGURES_BYTES)) {
    this.buffer = buffer;
    this.#pulse = new Int32Array(buffer, 0, 1);
    this.#counts = new Float64Array(buffer);
    this.latency = new LatencyBuckets(new Float64Array(buffer, LATENCY_AT));
  }

  /** Grows while the thread is not stuck. */
  get pulse(): number {
    return Atomics.load(this.#pulse, 0);
  }

  /** Tells that the thread is not stuck. */
  beat(): void {
    Atomics.add(this.#pulse, 0, 1);
  }

  get served(): number {
    return this.#counts[FIELD.served] ?? 0;
  }

  get denied(): number {
    return this.#counts[FIELD.denied] ?? 0;
  }

  /** Counts a call; only the serving side does. */
  count(what: keyof typeof FIELD): void {
    const index = FIELD[what];
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }
}

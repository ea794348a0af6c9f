/** How often things happened, by time: a fixed number of bins, the oldest of which go. */
export class TimeBins {
  readonly #binMs: number;
  readonly #bins: number;
  readonly #counts = new Map<number, number>();

  constructor(binMs: number, bins: number) {
    this.#binMs = binMs;
    this.#bins = bins;
  }

  add(atMs: number, nowMs: number): void {
    const bin = Math.floor(atMs / this.#binMs);
    if (bin <= Math.floor(nowMs / this.#binMs) - this.#bins) return;
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + 1);
  }

  clear(): void {
    this.#counts.clear();
  }

  /** The bins up to now, oldest first: when each begins, in seconds since the epoch, and its count. */
  view(nowMs: number): { readonly timesS: number[]; readonly counts: number[] } {
    const last = Math.floor(nowMs / this.#binMs);
    const first = last - this.#bins + 1;
    for (const bin of this.#counts.keys()) if (bin < first) this.#counts.delete(bin);
    const bins = Array.from({ length: this.#bins }, (_none, index) => first + index);
    return {
      timesS: bins.map((bin) => (bin * this.#binMs) / 1_000),
      counts: bins.map((bin) => this.#counts.get(bin) ?? 0),
    };
  }
}

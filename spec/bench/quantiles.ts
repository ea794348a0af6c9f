/** What is told of a series of samples. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

/**
 * The nearest-rank quantiles: each is a sample that really was measured.
 *
 * @throws when there are no samples.
 */
export function quantilesOf(samples: readonly number[]): Quantiles {
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = (share: number): number => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    if (value === undefined) throw new Error('there are no samples');
    return value;
  };
  return { p50: rank(0.5), p99: rank(0.99), count: sorted.length };
}

/** The middle of a series. */
export function medianOf(samples: readonly number[]): number {
  return quantilesOf(samples).p50;
}

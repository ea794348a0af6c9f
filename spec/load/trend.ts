/** A value at a time. */
export interface TimedValue {
  readonly minutes: number;
  readonly value: number;
}

/** How a series of values develops. */
export interface Trend {
  /** By least squares, in units of the value. */
  readonly perMinute: number;
  /** Two standard errors of that: the true slope lies within, nineteen times of twenty. */
  readonly uncertainty: number;
}

/** Beyond that a correction would only tell that nothing is known. */
const HIGHEST_CORRELATION = 0.95;

/**
 * The slope of a series by linear regression. Samples that follow one another resemble each other, so
 * they tell less than as many independent ones: the error is widened by their autocorrelation.
 *
 * @throws where there are fewer than three points, or all at one time.
 */
export function trendOf(points: readonly TimedValue[]): Trend {
  if (points.length < 3) throw new RangeError('a trend needs three points');
  const meanTime = meanOf(points.map(({ minutes }) => minutes));
  const meanValue = meanOf(points.map(({ value }) => value));
  const spread = sumOf(points.map(({ minutes }) => (minutes - meanTime) ** 2));
  if (spread === 0) throw new RangeError('a trend needs points at different times');
  const products = points.map(({ minutes, value }) => (minutes - meanTime) * (value - meanValue));
  const perMinute = sumOf(products) / spread;
  const residuals = points.map(
    ({ minutes, value }) => value - meanValue - perMinute * (minutes - meanTime),
  );
  const variance = sumOf(residuals.map((each) => each ** 2)) / (points.length - 2);
  const correlation = autocorrelationOf(residuals);
  const widening = Math.sqrt((1 + correlation) / (1 - correlation));
  return { perMinute, uncertainty: 2 * widening * Math.sqrt(variance / spread) };
}

/** Of neighbours; what is below zero would narrow the error, and counts as none. */
function autocorrelationOf(residuals: readonly number[]): number {
  const power = sumOf(residuals.map((each) => each ** 2));
  if (power === 0) return 0;
  const shared = sumOf(
    residuals.slice(1).map((each, index) => each * (residuals[index] as number)),
  );
  return Math.min(HIGHEST_CORRELATION, Math.max(0, shared / power));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0);
}

function meanOf(values: readonly number[]): number {
  return sumOf(values) / values.length;
}

import type { ChurnFigure, ChurnSample } from './churn-sample.ts';
import { boundedGrowths, GROWTH_BOUNDS, type Growth, settledSamples } from './soak-verdict.ts';

/** The share of the settled samples at their beginning, and at their end, whose medians are compared. */
const WINDOW_SHARE = 0.25;

/** How much each figure may grow in a minute: as in a soak, and of what readers and callers hold. */
export const CHURN_BOUNDS: Readonly<Record<ChurnFigure, number>> = {
  ...GROWTH_BOUNDS,
  connections: 1,
  eventStreams: 1,
};

/** What became of one figure: by its slope, and from the first minutes after the warm-up to the last. */
export interface ChurnGrowth extends Growth<ChurnFigure> {
  readonly firstMedian: number;
  readonly lastMedian: number;
  /** That the last median may be above the first. */
  readonly allowed: number;
}

/** Judges every figure after the warm-up; nothing where there are too few samples. */
export function churnGrowths(samples: readonly ChurnSample[]): readonly ChurnGrowth[] {
  const settled = settledSamples(samples);
  const windowSize = Math.ceil(settled.length * WINDOW_SHARE);
  const [first, last] = [settled.slice(0, windowSize), settled.slice(-windowSize)];
  const between = medianOf(last, 'minutes') - medianOf(first, 'minutes');
  return boundedGrowths(samples, CHURN_BOUNDS).map((growth) => {
    const { figure, boundPerMinute } = growth;
    const [firstMedian, lastMedian] = [medianOf(first, figure), medianOf(last, figure)];
    // What is counted is whole: one more is no trend.
    const allowed = Math.max(figure.endsWith('Bytes') ? 0 : 1, boundPerMinute * between);
    const outcome = lastMedian - firstMedian > allowed ? 'grows' : growth.outcome;
    return { ...growth, firstMedian, lastMedian, allowed, outcome };
  });
}

function medianOf(samples: readonly ChurnSample[], figure: ChurnFigure | 'minutes'): number {
  const values = samples.map((each) => each[figure]).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? 0;
}

import type { SoakFigure, SoakSample } from './soak-sample.ts';
import { type Trend, trendOf } from './trend.ts';

/** The share of a run at its beginning in which pools and caches fill, and nothing is judged. */
const WARM_UP_SHARE = 0.2;

/** Samples after the warm-up that a judgement needs. */
const LEAST_SAMPLES = 12;
/** A trend that is known no better than within so many bounds says nothing. */
const VAGUE = 4;
const KIB = 1_024;

/**
 * How much each figure may grow in a minute. Counts are whole and the same at every rest; memory is
 * rounded by pages, by pools of V8 and by what the allocator keeps.
 */
export const GROWTH_BOUNDS: Readonly<Record<SoakFigure, number>> = {
  rssBytes: 1_024 * KIB,
  // V8 goes on compiling for thousands of lives.
  heapBytes: 512 * KIB,
  externalBytes: 128 * KIB,
  arrayBufferBytes: 128 * KIB,
  // Timers among them come and go.
  handles: 1,
  threads: 0.2,
  files: 0.2,
  children: 0.2,
  mappings: 30,
};

/** Whether a figure grows; `vague` where the samples scatter too much to tell. */
type GrowthOutcome = 'flat' | 'grows' | 'vague';

/** What became of one figure. */
export interface Growth<F extends string = SoakFigure> extends Trend {
  readonly figure: F;
  readonly first: number;
  readonly last: number;
  readonly boundPerMinute: number;
  readonly outcome: GrowthOutcome;
}

/** The samples that count. */
export function settledSamples<S extends { readonly minutes: number }>(
  samples: readonly S[],
): readonly S[] {
  const end = samples.at(-1)?.minutes ?? 0;
  return samples.filter(({ minutes }) => minutes >= WARM_UP_SHARE * end);
}

/** Judges every figure of a soak after the warm-up; nothing where there are too few samples. */
export function growthsOf(samples: readonly SoakSample[]): readonly Growth[] {
  return boundedGrowths(samples, GROWTH_BOUNDS);
}

/**
 * The same of any figures that are counted.
 *
 * @param bounds - how much each may grow in a minute.
 */
export function boundedGrowths<F extends string>(
  samples: readonly (Readonly<Record<F, number>> & { readonly minutes: number })[],
  bounds: Readonly<Record<F, number>>,
): readonly Growth<F>[] {
  const settled = settledSamples(samples);
  const [first] = settled;
  const last = settled.at(-1);
  if (first === undefined || last === undefined || settled.length < LEAST_SAMPLES) return [];
  return (Object.keys(bounds) as F[]).map((figure) => {
    const trend = trendOf(settled.map((each) => ({ minutes: each.minutes, value: each[figure] })));
    const boundPerMinute = bounds[figure];
    return {
      ...trend,
      figure,
      first: first[figure],
      last: last[figure],
      boundPerMinute,
      outcome: outcomeOf(trend, boundPerMinute),
    };
  });
}

function outcomeOf({ perMinute, uncertainty }: Trend, bound: number): GrowthOutcome {
  if (perMinute - uncertainty > bound) return 'grows';
  return uncertainty > VAGUE * bound ? 'vague' : 'flat';
}

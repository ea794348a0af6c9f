import { medianOf, type Quantiles, quantilesOf } from './quantiles.ts';

/** What a figure is counted in. */
type Unit = 'µs' | 'ms' | 'KiB' | 'MiB';

/** What was hoped for: a bound of the ratio to the floor, or of the p50 or the p99 itself. */
export type Aim =
  | { readonly kind: 'ratio'; readonly atMost: number }
  | { readonly kind: 'p50' | 'p99'; readonly atMost: number };

/** Samples of one round, taken directly one after the other. */
export interface Round {
  /** Empty where there is no floor. */
  readonly floor: readonly number[];
  readonly ours: readonly number[];
}

/** What is measured, in words. */
export interface Subject {
  readonly name: string;
  /** What the clock runs over. */
  readonly what: string;
  /** What the floor does; absent where nothing compares. */
  readonly floor?: string;
  readonly unit: Unit;
  /** Absent for what is told for information only. */
  readonly aim?: Aim;
}

/** One line of the report. */
export interface Measurement extends Subject {
  readonly ours: Quantiles;
  readonly floorFigures?: Quantiles;
  /** The middle of the rounds' own ratios of p50, so that what drifts from round to round cancels. */
  readonly ratio?: number;
}

/** Whether an aim was met; `none` where there was none. */
export type Verdict = 'met' | 'missed' | 'none';

/** Sums up the rounds of one subject. */
export function measurementOf(subject: Subject, rounds: readonly Round[]): Measurement {
  const ours = quantilesOf(rounds.flatMap((round) => round.ours));
  if (subject.floor === undefined) return { ...subject, ours };
  return {
    ...subject,
    ours,
    floorFigures: quantilesOf(rounds.flatMap((round) => round.floor)),
    ratio: medianOf(rounds.map((round) => medianOf(round.ours) / medianOf(round.floor))),
  };
}

/** Judges by the numbers as they are, not as they are rounded for the reader. */
export function verdictOf({ aim, ours, ratio }: Measurement): Verdict {
  if (aim === undefined) return 'none';
  const figure = aim.kind === 'ratio' ? ratio : ours[aim.kind];
  return figure !== undefined && figure <= aim.atMost ? 'met' : 'missed';
}

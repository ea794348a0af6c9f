import { type Measurement, verdictOf } from './measurement.ts';

/** Headings, in the order of `cellsOf`. */
export const HEADINGS: readonly string[] = [
  'measure',
  'unit',
  'p50',
  'p99',
  'floor p50',
  'floor p99',
  'ratio',
  'aim',
  'outcome',
  'samples',
];

const NOTHING = '–';

/** Three digits that count, and never an exponent. */
export function figure(value: number | undefined): string {
  if (value === undefined) return NOTHING;
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value.toFixed(decimals);
}

function aimOf({ aim, unit }: Measurement): string {
  if (aim === undefined) return NOTHING;
  return aim.kind === 'ratio' ? `≤ ${aim.atMost}×` : `${aim.kind} ≤ ${aim.atMost} ${unit}`;
}

/** One measurement as texts. */
export function cellsOf(measurement: Measurement): readonly string[] {
  const { name, unit, ours, floorFigures, ratio } = measurement;
  const verdict = verdictOf(measurement);
  return [
    name,
    unit,
    figure(ours.p50),
    figure(ours.p99),
    figure(floorFigures?.p50),
    figure(floorFigures?.p99),
    ratio === undefined ? NOTHING : `${ratio.toFixed(2)}×`,
    aimOf(measurement),
    verdict === 'none' ? NOTHING : verdict,
    String(ours.count),
  ];
}

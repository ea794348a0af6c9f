import { figure } from '../bench/report-cells.ts';
import type { GrowthReport } from './growth-report.ts';

/** Whether something that was hoped for is so. */
export interface GrowthVerdict {
  readonly aim: string;
  readonly outcome: 'met' | 'missed' | 'not measured';
  /** The figures that tell. */
  readonly found: string;
}

const FEW_RESIDENTS = 10;
const MANY_RESIDENTS = 2_000;
const MANY_RECORDS = 100_000;
const MOST_RATIO = 1.3;
const MOST_ACTIVATION_MS = 2;
const MOST_SECONDS = 60;
const MOST_BYTES = 1_024;

function verdict(
  aim: string,
  value: number | undefined,
  most: number,
  found: (value: number) => string,
): GrowthVerdict {
  if (value === undefined) return { aim, outcome: 'not measured', found: '–' };
  return { aim, outcome: value <= most ? 'met' : 'missed', found: found(value) };
}

/** Judges by the numbers as they are, not as they are rounded for the reader. */
export function growthVerdicts({ residents, records }: GrowthReport): readonly GrowthVerdict[] {
  const startMs = (count: number): number | undefined =>
    residents.points.find((point) => point.residents === count)?.startMs.p50;
  const [few, many] = [startMs(FEW_RESIDENTS), startMs(MANY_RESIDENTS)];
  const last = records.points.findIndex((point) => point.records === MANY_RECORDS);
  const upTo = records.points.slice(0, last + 1);
  const full = upTo.at(-1);
  const seconds = upTo.reduce((sum, { addedSeconds }) => sum + addedSeconds, 0);
  return [
    verdict(
      'start p50 with 2,000 residents at most 1.3 × that with 10',
      few === undefined || many === undefined ? undefined : many / few,
      MOST_RATIO,
      (ratio) => `${ratio.toFixed(2)} ×: ${figure(many)} ms against ${figure(few)} ms`,
    ),
    verdict(
      'activation p50 with 100,000 records at most 2 ms',
      full?.callMs.p50,
      MOST_ACTIVATION_MS,
      (ms) => `${figure(ms)} ms`,
    ),
    verdict(
      '100,000 records registered within 60 s',
      full === undefined ? undefined : seconds,
      MOST_SECONDS,
      (value) => `${figure(value)} s`,
    ),
    verdict(
      'a record of 100,000 at most 1 KiB',
      full?.eachBytes,
      MOST_BYTES,
      (bytes) => `${Math.round(bytes)} bytes`,
    ),
  ];
}

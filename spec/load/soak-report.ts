import type { SoakSample } from './soak-sample.ts';
import type { Growth } from './soak-verdict.ts';

/** What a soak has come to. */
export interface SoakReport {
  readonly wasInterrupted: boolean;
  readonly minutes: number;
  /** How often each episode was played. */
  readonly played: Readonly<Record<string, number>>;
  /** Facts heard, without a gap. */
  readonly facts: number;
  /** One at each rest. */
  readonly samples: readonly SoakSample[];
  /** Empty where there were too few samples. */
  readonly growths: readonly Growth[];
  /** Before the supervisor was made, and after it was closed. */
  readonly before: SoakSample;
  readonly after: SoakSample;
  /** What was not as it has to be; none in a good run. */
  readonly faults: readonly string[];
}

/** Whether all is well. */
export function isSound({ growths, faults }: SoakReport): boolean {
  return faults.length === 0 && growths.every(({ outcome }) => outcome === 'flat');
}

const HEADINGS = ['figure', 'unit', 'first', 'last', 'per minute', '±', 'bound', 'outcome'];

function cellsOf(growth: Growth): string[] {
  const { figure, first, last, perMinute, uncertainty, boundPerMinute, outcome } = growth;
  const isBytes = figure.endsWith('Bytes');
  const unit = isBytes ? 1_024 : 1;
  const digits = isBytes ? 0 : 2;
  const numbers = [perMinute, uncertainty, boundPerMinute].map((each) =>
    (each / unit).toFixed(digits),
  );
  return [
    figure.replace('Bytes', ''),
    isBytes ? 'KiB' : '',
    ...[first, last].map((each) => (each / unit).toFixed(0)),
    ...numbers,
    outcome,
  ];
}

/** The report for people. */
export function soakText(report: SoakReport): string {
  const { minutes, played, facts, samples, growths, before, after, faults } = report;
  const rows = growths.length === 0 ? [] : [HEADINGS, ...growths.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  '),
  );
  const episodes = Object.entries(played).map(([name, count]) => `${name} ${count}`);
  return [
    `${minutes.toFixed(1)} minutes, ${samples.length} rests, ${facts} facts without a gap`,
    `episodes: ${episodes.join(', ')}`,
    ...(table.length === 0 ? ['too short to tell what grows'] : table),
    ...(['handles', 'threads', 'files', 'children'] as const).map(
      (figure) => `${figure}: ${before[figure]} before, ${after[figure]} after close`,
    ),
    ...faults.map((fault) => `FAULT: ${fault}`),
    ...(report.wasInterrupted ? ['interrupted'] : []),
    isSound(report) ? 'sound' : 'not sound',
  ].join('\n');
}

import type { SoakSample } from './soak-sample.ts';
import type { Growth } from './soak-verdict.ts';
import { type VerdictColumn, verdictLines } from './verdict-lines.ts';

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

const COLUMNS: readonly VerdictColumn<Growth>[] = [
  { heading: 'first', value: ({ first }) => first },
  { heading: 'last', value: ({ last }) => last },
  { heading: 'per minute', value: ({ perMinute }) => perMinute, digits: 2 },
  { heading: '±', value: ({ uncertainty }) => uncertainty, digits: 2 },
  { heading: 'bound', value: ({ boundPerMinute }) => boundPerMinute, digits: 2 },
];

/** The report for people. */
export function soakText(report: SoakReport): string {
  const { minutes, played, facts, samples, growths, before, after, faults } = report;
  const episodes = Object.entries(played).map(([name, count]) => `${name} ${count}`);
  return [
    `${minutes.toFixed(1)} minutes, ${samples.length} rests, ${facts} facts without a gap`,
    `episodes: ${episodes.join(', ')}`,
    ...verdictLines(growths, COLUMNS),
    ...(['handles', 'threads', 'files', 'children'] as const).map(
      (figure) => `${figure}: ${before[figure]} before, ${after[figure]} after close`,
    ),
    ...faults.map((fault) => `FAULT: ${fault}`),
    ...(report.wasInterrupted ? ['interrupted'] : []),
    isSound(report) ? 'sound' : 'not sound',
  ].join('\n');
}

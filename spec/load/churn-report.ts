import type { ChurnSample, HostSample } from './churn-sample.ts';
import type { ChurnGrowth } from './churn-verdict.ts';
import type { CrowdTally } from './reader-crowd.ts';
import { type VerdictColumn, verdictLines } from './verdict-lines.ts';

/** What a churn has come to. */
export interface ChurnReport {
  readonly machine: string;
  readonly wasInterrupted: boolean;
  readonly minutes: number;
  /** How often each episode was played. */
  readonly played: Readonly<Record<string, number>>;
  /** Heard without a gap by one that listened from the beginning to the end. */
  readonly facts: number;
  readonly readers: CrowdTally;
  /** Calls that the host has begun. */
  readonly calls: number;
  /** One a second. */
  readonly samples: readonly ChurnSample[];
  /** Empty where there were too few samples. */
  readonly growths: readonly ChurnGrowth[];
  /** Of the host at rest: before anybody came, and after all had gone. */
  readonly restBefore: HostSample;
  readonly restAfter: HostSample;
  /** Of the process: before the host was made, and after it was closed. */
  readonly before: HostSample;
  readonly after: HostSample | undefined;
  /** What was not as it has to be; none in a good run. */
  readonly faults: readonly string[];
}

/** What has to be as before when nobody is there any more. */
export const COUNTED = ['handles', 'threads', 'files', 'children', 'connections'] as const;

/** Whether all is well. */
export function isFlat({ growths, faults }: ChurnReport): boolean {
  return faults.length === 0 && growths.every(({ outcome }) => outcome === 'flat');
}

const COLUMNS: readonly VerdictColumn<ChurnGrowth>[] = [
  { heading: 'first median', value: ({ firstMedian }) => firstMedian },
  { heading: 'last median', value: ({ lastMedian }) => lastMedian },
  { heading: 'per minute', value: ({ perMinute }) => perMinute, digits: 2 },
  { heading: '±', value: ({ uncertainty }) => uncertainty, digits: 2 },
  { heading: 'bound', value: ({ boundPerMinute }) => boundPerMinute, digits: 2 },
];

/** The report for people. */
export function churnText(report: ChurnReport): string {
  const { minutes, samples, facts, readers, calls, played, faults } = report;
  const { came, resumed, left, heard, cuts } = readers;
  const episodes = Object.entries(played).map(([name, count]) => `${name} ${count}`);
  const delays = samples.map(({ loopDelayMs }) => loopDelayMs).sort((a, b) => a - b);
  const delayAt = (share: number): string =>
    (delays[Math.floor((delays.length - 1) * share)] ?? 0).toFixed(0);
  return [
    report.machine,
    `${minutes.toFixed(1)} minutes, ${samples.length} samples, ${calls} calls, ${facts} facts without a gap`,
    `readers: ${came} came, ${resumed} of them went on where they were; ${left.close} closed, ${left.reset} reset, ${left['half-close']} half-closed; ${heard} facts heard in order; the silent one cut ${cuts} times`,
    `episodes: ${episodes.join(', ')}`,
    `event-loop delay, p99 of some seconds: median ${delayAt(0.5)} ms, most ${delayAt(1)} ms`,
    ...verdictLines(report.growths, COLUMNS),
    ...COUNTED.map((figure) => countedLine(report, figure)),
    ...faults.map((fault) => `FAULT: ${fault}`),
    ...(report.wasInterrupted ? ['interrupted'] : []),
    isFlat(report) ? 'flat' : 'not flat',
  ].join('\n');
}

function countedLine(
  { before, restBefore, restAfter, after }: ChurnReport,
  figure: (typeof COUNTED)[number],
): string {
  const rest = `at rest ${restBefore[figure]} before, ${restAfter[figure]} after`;
  return `${figure}: ${rest}; without the host ${before[figure]} before, ${after?.[figure] ?? '?'} after`;
}

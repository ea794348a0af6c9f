import type { Quantiles } from '../bench/quantiles.ts';
import type { KillsCallFigures } from './kills-calls.ts';

/** What one kill has come to. */
export interface Kill {
  readonly pid: number;
  /** Instances that the shard had. */
  readonly guests: number;
  /** Milliseconds after the kill to the fact of each crash; absent where none was heard. */
  readonly knownMs?: Quantiles;
  readonly firstKnownMs?: number;
  readonly lastKnownMs?: number;
  /** Until everybody was back who is to be. */
  readonly backMs: number;
  /** Until each of them had given a right answer, beside all other callers. */
  readonly checkedMs: number;
}

/** What a run has come to. */
export interface KillsReport {
  readonly options: Readonly<Record<string, unknown>>;
  readonly machine: string;
  readonly wasInterrupted: boolean;
  readonly minutes: number;
  readonly kills: readonly Kill[];
  /** Of all kills, milliseconds to the fact of each crash; absent where there was none. */
  readonly knownMs?: Quantiles;
  /** To the first fact of each kill. */
  readonly firstKnownMs?: Quantiles;
  /** To the answer of each call that was in flight. */
  readonly toldMs?: Quantiles;
  readonly backMs?: Quantiles;
  readonly calls: KillsCallFigures;
  /** Facts heard, without a gap. */
  readonly facts: number;
  /** The first of each kind. */
  readonly faults: readonly string[];
  readonly faultCount: number;
}

/** Whether nothing was lost or wrong. */
export const isHarmless = ({ faultCount }: KillsReport): boolean => faultCount === 0;

const HEAD = ['kill', 'guests', 'first ms', 'p50 ms', 'p99 ms', 'last ms', 'back s', 'checked s'];

function rowOf(kill: Kill, index: number): readonly string[] {
  const { guests, firstKnownMs, lastKnownMs, knownMs, backMs, checkedMs } = kill;
  const known = [firstKnownMs, knownMs?.p50, knownMs?.p99, lastKnownMs];
  return [
    String(index + 1),
    String(guests),
    ...known.map((ms) => ms?.toFixed(0) ?? '–'),
    ...[backMs, checkedMs].map((ms) => (ms / 1_000).toFixed(1)),
  ];
}

const quantiles = (what: string, figures: Quantiles | undefined): readonly string[] =>
  figures === undefined
    ? []
    : [
        `${what}: p50 ${figures.p50.toFixed(0)} ms, p99 ${figures.p99.toFixed(0)} ms (${figures.count})`,
      ];

/** The report as lines. */
export function killsText(report: KillsReport): string {
  const { calls } = report;
  const rows = [HEAD, ...report.kills.map(rowOf)];
  const widths = HEAD.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  ');
  return [
    report.machine,
    ...rows.map(line),
    ...quantiles('first crash of a kill known after', report.firstKnownMs),
    ...quantiles('each crash known after', report.knownMs),
    ...quantiles('callers in flight told after', report.toldMs),
    ...quantiles('all back after', report.backMs),
    `${calls.answered} calls answered as they should be, the slowest told after ${calls.slowestMs.toFixed(0)} ms`,
    ...Object.entries(calls.refused).map(([name, count]) => `${count} calls refused: ${name}`),
    `${report.facts} facts without a gap, ${report.minutes.toFixed(1)} minutes`,
    ...report.faults.map((fault) => `fault: ${fault}`),
    ...(report.wasInterrupted ? ['interrupted'] : []),
    report.faultCount === 0 ? 'nothing was lost or wrong' : `${report.faultCount} faults`,
  ].join('\n');
}

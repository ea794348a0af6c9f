import type { Quantiles } from '../bench/quantiles.ts';

/** What one phase of a load has come to. */
export interface LoadPhase {
  readonly name: string;
  readonly done: number;
  readonly wanted: number;
  readonly seconds: number;
  /** Of one request, in milliseconds; absent where none has ended. */
  readonly ms?: Quantiles;
  /** At its end. */
  readonly rssMiB: number;
  readonly threads: number;
  readonly mappings: number;
  readonly processes: number;
}

/** What the process had at one moment of the load. */
export interface LoadSample {
  readonly seconds: number;
  readonly phase: string;
  /** Requests of the phase that have ended. */
  readonly done: number;
  readonly rssMiB: number;
  readonly threads: number;
}

/** What a load has come to. */
export interface LoadReport {
  readonly options: Readonly<Record<string, unknown>>;
  readonly machine: string;
  readonly wasInterrupted: boolean;
  readonly phases: readonly LoadPhase[];
  readonly samples: readonly LoadSample[];
  /** Requests that failed, answers that were wrong, and what was left; the first of each kind. */
  readonly faults: readonly string[];
  readonly faultCount: number;
}

/** Whether nothing was lost or wrong. */
export const isFaultless = ({ faultCount }: LoadReport): boolean => faultCount === 0;

const number = (value: number): string =>
  value >= 100 || value === 0 ? value.toFixed(0) : value.toPrecision(3);

/** The report as lines. */
export function loadText(report: LoadReport): string {
  const head = ['phase', 'done', 'a second', 'p50 ms', 'p99 ms', 'RSS MiB', 'threads', 'mappings'];
  const rows = report.phases.map(({ name, done, seconds, ms, rssMiB, threads, mappings }) => [
    name,
    String(done),
    number(done / Math.max(seconds, 0.001)),
    ms === undefined ? '–' : number(ms.p50),
    ms === undefined ? '–' : number(ms.p99),
    number(rssMiB),
    String(threads),
    String(mappings),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  const faults = report.faults.map((fault) => `fault: ${fault}`);
  return [
    report.machine,
    line(head),
    ...rows.map(line),
    ...faults,
    ...(report.wasInterrupted ? ['interrupted'] : []),
    report.faultCount === 0 ? 'nothing was lost or wrong' : `${report.faultCount} faults`,
  ].join('\n');
}

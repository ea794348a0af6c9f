import { figure } from '../bench/report-cells.ts';
import type { GrowthReport, RecordsPoint, ResidentsPoint } from './growth-report.ts';
import { growthVerdicts } from './growth-verdicts.ts';

/** A column: its heading, and what stands below it. */
type Column<Point> = readonly [heading: string, cell: (point: Point) => string];

const whole = (value: number): string => value.toLocaleString('en');

const RESIDENTS: readonly Column<ResidentsPoint>[] = [
  ['residents', ({ residents }) => whole(residents)],
  ['start p50, ms', ({ startMs }) => figure(startMs.p50)],
  ['start p99, ms', ({ startMs }) => figure(startMs.p99)],
  ['without spare', ({ withoutSpare, startMs }) => `${withoutSpare} of ${startMs.count}`],
  ['starts a second', ({ added, addedSeconds }) => figure(added / addedSeconds)],
  ['call p50, ms', ({ callMs }) => figure(callMs.p50)],
  ['call p99, ms', ({ callMs }) => figure(callMs.p99)],
  ['floor p50, ms', ({ floorMs }) => figure(floorMs.p50)],
  ['main thread, µs a call', ({ mainCpuUs }) => figure(mainCpuUs)],
  ['host, µs a call', ({ hostCpuUs }) => figure(hostCpuUs)],
  ['host, MiB', ({ hostMiB }) => figure(hostMiB)],
  ['shards, MiB', ({ shardsMiB }) => figure(shardsMiB)],
  ['each, MiB', ({ eachMiB }) => figure(eachMiB)],
];

const RECORDS: readonly Column<RecordsPoint>[] = [
  ['records', ({ records }) => whole(records)],
  ['registration p50, ms', ({ registrationMs }) => figure(registrationMs.p50)],
  ['registration p99, ms', ({ registrationMs }) => figure(registrationMs.p99)],
  ['activation p50, ms', ({ callMs }) => figure(callMs.p50)],
  ['activation p99, ms', ({ callMs }) => figure(callMs.p99)],
  ['main thread, µs a call', ({ mainCpuUs }) => figure(mainCpuUs)],
  ['host, µs a call', ({ hostCpuUs }) => figure(hostCpuUs)],
  ['RSS, MiB', ({ rssMiB }) => figure(rssMiB)],
  ['each, bytes of heap', ({ eachBytes }) => whole(Math.round(eachBytes))],
];

/** A table that Markdown and people read. */
function table<Point>(columns: readonly Column<Point>[], points: readonly Point[]): string {
  const rows = [
    columns.map(([heading]) => heading),
    ...points.map((point) => columns.map(([, cell]) => cell(point))),
  ];
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const lines = rows.map(
    (row) => `| ${row.map((cell, at) => cell.padStart(widths[at] ?? 0)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width) => `${'-'.repeat(width - 1)}:`).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function tableOf<Point>(
  columns: readonly Column<Point>[],
  series: { readonly points: readonly Point[]; readonly refusal?: string },
): string {
  const { points, refusal } = series;
  const text = points.length === 0 ? 'Nothing was measured.' : table(columns, points);
  return refusal === undefined ? text : `${text}\n\nThere was no room for ${refusal}`;
}

export function residentsTable({ residents }: GrowthReport): string {
  return tableOf(RESIDENTS, residents);
}

export function recordsTable({ records }: GrowthReport): string {
  return tableOf(RECORDS, records);
}

/** What was hoped for, and what came of it, one line each. */
export function verdictLines(report: GrowthReport): string {
  return growthVerdicts(report)
    .map(({ aim, outcome, found }) =>
      outcome === 'not measured'
        ? `- not measured · ${aim}`
        : `- **${outcome}** · ${aim}: ${found}`,
    )
    .join('\n');
}

/** The report for a terminal. */
export function growthText(report: GrowthReport): string {
  const { machine, faults, wasInterrupted } = report;
  return [
    machine,
    residentsTable(report),
    recordsTable(report),
    verdictLines(report),
    ...faults.map((fault) => `fault: ${fault}`),
    ...(wasInterrupted ? ['interrupted'] : []),
    faults.length === 0 ? 'nothing was lost or wrong' : `${faults.length} faults`,
  ].join('\n\n');
}

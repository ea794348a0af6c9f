import { BREAKERS } from './breakers.ts';
import { runApart } from './hostile-apart.ts';
import { HOSTILE_FAMILIES } from './hostile-families.ts';
import { type HostileGuest, outcomeText } from './hostile-guest.ts';
import { type HostileReport, HostileStage } from './hostile-run.ts';
import { gotText, shortfalls } from './hostile-verdict.ts';
import { type ReportOptions, reportOptions, USAGE } from './report-options.ts';

const HEADINGS = ['guest', 'expected', 'got', 'ms', 'neighbours'] as const;
/** Of a cell, so that a row fits a wide terminal. */
const WIDEST = 64;
const INTERRUPTED = 130;

interface Row {
  readonly family: string;
  readonly guest: string;
  readonly expected: string;
  readonly got: string;
  readonly elapsedMs: number;
  readonly neighbourMs: number;
  readonly shortfalls: readonly string[];
}

function rowOf(family: string, guest: HostileGuest, report: HostileReport): Row {
  const { outcome, elapsedMs, neighbourMs } = report;
  return {
    family,
    guest: guest.title,
    expected: outcomeText(guest.expected),
    got: outcome === undefined ? 'nothing' : gotText(guest.expected, outcome),
    elapsedMs: Math.round(elapsedMs),
    neighbourMs: Math.round(neighbourMs),
    shortfalls: shortfalls(guest, report),
  };
}

/** Runs what is wanted, one after the other, and hands each row on as it comes. */
async function runCorpus(
  only: string,
  signal: AbortSignal,
  tell: (row: Row) => void,
): Promise<void> {
  const isWanted = (family: string) => (guest: HostileGuest) =>
    family.includes(only) || guest.title.includes(only);
  for (const [family, guests] of HOSTILE_FAMILIES) {
    const wanted = guests.filter(isWanted(family));
    if (wanted.length === 0 || signal.aborted) continue;
    await using stage = await HostileStage.open();
    for (const guest of wanted) {
      if (signal.aborted) break;
      tell(rowOf(family, guest, await stage.run(guest)));
    }
  }
  for (const guest of BREAKERS.filter(isWanted('breakers'))) {
    if (signal.aborted) break;
    tell(rowOf('breakers', guest, await runApart(guest)));
  }
}

function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    `${row.shortfalls.length === 0 ? '✔' : '✘'} ${row.guest}`,
    row.expected,
    row.got === row.expected ? 'the same' : row.got,
    String(row.elapsedMs),
    row.shortfalls.length === 0 ? `ok, ${row.neighbourMs} ms` : row.shortfalls.join('; '),
  ]);
  const lines = [[...HEADINGS], ...cells].map((line) => line.map(shortened));
  const widths = HEADINGS.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function shortened(cell: string): string {
  return cell.length > WIDEST ? `${cell.slice(0, WIDEST - 1)}…` : cell;
}

async function reported({ only, isJson }: ReportOptions, signal: AbortSignal): Promise<number> {
  const rows: Row[] = [];
  await runCorpus(only, signal, (row) => {
    rows.push(row);
    if (isJson) process.stdout.write(`${JSON.stringify(row)}\n`);
    const mark = row.shortfalls.length === 0 ? 'ok' : row.shortfalls.join('; ');
    process.stderr.write(`${rows.length} ${row.family} · ${row.guest}: ${mark}\n`);
  });
  if (rows.length === 0 && !signal.aborted) throw new TypeError(`--only ${only}: no such guest`);
  const failed = rows.filter((row) => row.shortfalls.length > 0).length;
  if (!isJson) process.stdout.write(`${table(rows)}\n`);
  process.stderr.write(`${rows.length - failed} as expected, ${failed} not\n`);
  if (signal.aborted) return INTERRUPTED;
  return failed === 0 ? 0 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  const options = reportOptions(args);
  if (options.isHelp) {
    process.stdout.write(USAGE);
    return 0;
  }
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  return reported(options, interruption.signal);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof TypeError;
  process.stderr.write(
    `${isUsage ? `${error.message}\n\n${USAGE}` : String((error as Error).stack)}\n`,
  );
  process.exitCode = isUsage ? 2 : 1;
}

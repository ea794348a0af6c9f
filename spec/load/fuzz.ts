import { fileURLToPath } from 'node:url';
import { runCommand } from './command.ts';
import { FUZZ_USAGE, fuzzOptions } from './fuzz-options.ts';
import { type FuzzReport, FuzzRun } from './fuzz-run.ts';

/** For a batch with all its deadlines, on a machine with other work. */
const DEADLINE_MS = 60_000;
const CHILD = fileURLToPath(new URL('./fuzz-child.js', import.meta.url));

function reportText({ seed, mutants, seconds, wasInterrupted, tally, faults }: FuzzReport): string {
  const rows = Object.entries(tally).map(([name, count]) => `  ${name.padEnd(12)}${count}`);
  return [
    `${mutants} mutants in ${seconds.toFixed(0)} s, --seed ${seed}`,
    ...rows,
    ...faults.map(({ index, problem, file }) => `FAULT: mutant ${index}, ${file}: ${problem}`),
    ...(wasInterrupted ? ['interrupted'] : []),
    faults.length === 0 ? 'nothing was wrong' : `${faults.length} faults`,
  ].join('\n');
}

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { isHelp, isJson, ...options } = fuzzOptions(args);
  if (isHelp) {
    process.stdout.write(FUZZ_USAGE);
    return 0;
  }
  const report = await new FuzzRun({
    ...options,
    script: CHILD,
    deadlineMs: DEADLINE_MS,
    signal,
    progress: (line) => void process.stderr.write(`${line}\n`),
  }).run();
  const json = JSON.stringify(report, undefined, 2);
  process.stdout.write(`${isJson ? json : reportText(report)}\n`);
  return report.faults.length === 0 ? 0 : 1;
}

await runCommand(FUZZ_USAGE, main);

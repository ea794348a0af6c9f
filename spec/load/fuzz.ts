import { fileURLToPath } from 'node:url';
import { FUZZ_USAGE, fuzzOptions } from './fuzz-options.ts';
import { type FuzzReport, FuzzRun } from './fuzz-run.ts';

const INTERRUPTED = 130;
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

async function main(args: readonly string[]): Promise<number> {
  const { isHelp, isJson, ...options } = fuzzOptions(args);
  if (isHelp) {
    process.stdout.write(FUZZ_USAGE);
    return 0;
  }
  const interruption = new AbortController();
  const onInterrupt = (): void => {
    if (interruption.signal.aborted) process.exit(INTERRUPTED);
    interruption.abort();
  };
  process.on('SIGINT', onInterrupt);
  try {
    const report = await new FuzzRun({
      ...options,
      script: CHILD,
      deadlineMs: DEADLINE_MS,
      signal: interruption.signal,
      progress: (line) => void process.stderr.write(`${line}\n`),
    }).run();
    const json = JSON.stringify(report, undefined, 2);
    process.stdout.write(`${isJson ? json : reportText(report)}\n`);
    return report.faults.length === 0 ? 0 : 1;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof TypeError;
  const text = isUsage ? `${error.message}\n\n${FUZZ_USAGE}` : String((error as Error).stack);
  process.stderr.write(`${text}\n`);
  process.exitCode = isUsage ? 2 : 1;
}

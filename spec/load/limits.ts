import { availableParallelism } from 'node:os';
import { LIMITS_USAGE, limitsOptions } from './limits-options.ts';
import { limitsText } from './limits-report.ts';
import { LimitsRun } from './limits-run.ts';

const INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  const options = limitsOptions(args);
  if (options.isHelp) {
    process.stdout.write(LIMITS_USAGE);
    return 0;
  }
  const interruption = new AbortController();
  const onInterrupt = (): void => {
    if (interruption.signal.aborted) process.exit(INTERRUPTED);
    interruption.abort();
  };
  process.on('SIGINT', onInterrupt);
  try {
    const run = new LimitsRun({
      max: options.max,
      width: 4 * availableParallelism(),
      signal: interruption.signal,
      progress: (line) => void process.stderr.write(`${line}\n`),
    });
    const report = await run.measure();
    const json = JSON.stringify(report, undefined, 2);
    process.stdout.write(`${options.isJson ? json : limitsText(report)}\n`);
    return report.faults.length === 0 ? 0 : 1;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof TypeError;
  const text = isUsage ? `${error.message}\n\n${LIMITS_USAGE}` : String((error as Error).stack);
  process.stderr.write(`${text}\n`);
  process.exitCode = isUsage ? 2 : 1;
}

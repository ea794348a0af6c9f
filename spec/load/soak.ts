import { writeFile } from 'node:fs/promises';
import { SOAK_USAGE, soakOptions } from './soak-options.ts';
import { isSound, soakText } from './soak-report.ts';
import { SoakRun } from './soak-run.ts';

const INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  const options = soakOptions(args);
  if (options.isHelp) {
    process.stdout.write(SOAK_USAGE);
    return 0;
  }
  const interruption = new AbortController();
  const onInterrupt = (): void => {
    if (interruption.signal.aborted) process.exit(INTERRUPTED);
    interruption.abort();
  };
  process.on('SIGINT', onInterrupt);
  try {
    const run = new SoakRun({
      minutes: options.minutes,
      signal: interruption.signal,
      progress: (line) => void process.stderr.write(`${line}\n`),
    });
    const report = await run.measure();
    process.stdout.write(`${soakText(report)}\n`);
    if (options.jsonFile !== undefined) {
      await writeFile(options.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
    }
    return isSound(report) ? 0 : 1;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof TypeError;
  const text = isUsage ? `${error.message}\n\n${SOAK_USAGE}` : String((error as Error).stack);
  process.stderr.write(`${text}\n`);
  process.exitCode = isUsage ? 2 : 1;
}

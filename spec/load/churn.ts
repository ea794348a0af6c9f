import { writeFile } from 'node:fs/promises';
import { CHURN_USAGE, churnOptions } from './churn-options.ts';
import { churnText, isFlat } from './churn-report.ts';
import { runCommand } from './command.ts';

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { isHelp, minutes, readers, jsonFile } = churnOptions(args);
  if (isHelp) {
    process.stdout.write(CHURN_USAGE);
    return 0;
  }
  // What it takes to run is not needed for an answer about options.
  const { ChurnRun } = await import('./churn-run.ts');
  const run = new ChurnRun({
    minutes,
    readers,
    signal,
    progress: (line) => void process.stderr.write(`${line}\n`),
  });
  const report = await run.measure();
  process.stdout.write(`${churnText(report)}\n`);
  if (jsonFile !== undefined) {
    await writeFile(jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return isFlat(report) ? 0 : 1;
}

await runCommand(CHURN_USAGE, main);

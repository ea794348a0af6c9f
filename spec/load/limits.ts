import { availableParallelism } from 'node:os';
import { runCommand } from './command.ts';
import { LIMITS_USAGE, limitsOptions } from './limits-options.ts';
import { limitsText } from './limits-report.ts';
import { LimitsRun } from './limits-run.ts';

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const options = limitsOptions(args);
  if (options.isHelp) {
    process.stdout.write(LIMITS_USAGE);
    return 0;
  }
  const run = new LimitsRun({
    max: options.max,
    shards: options.shards,
    width: 4 * availableParallelism(),
    signal,
    progress: (line) => void process.stderr.write(`${line}\n`),
  });
  const report = await run.measure();
  const json = JSON.stringify(report, undefined, 2);
  process.stdout.write(`${options.isJson ? json : limitsText(report)}\n`);
  return report.faults.length === 0 ? 0 : 1;
}

await runCommand(LIMITS_USAGE, main);

import { writeFile } from 'node:fs/promises';
import { runCommand } from './command.ts';
import { SOAK_USAGE, soakOptions } from './soak-options.ts';
import { isSound, soakText } from './soak-report.ts';
import { SoakRun } from './soak-run.ts';

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const options = soakOptions(args);
  if (options.isHelp) {
    process.stdout.write(SOAK_USAGE);
    return 0;
  }
  const run = new SoakRun({
    minutes: options.minutes,
    signal,
    progress: (line) => void process.stderr.write(`${line}\n`),
  });
  const report = await run.measure();
  process.stdout.write(`${soakText(report)}\n`);
  if (options.jsonFile !== undefined) {
    await writeFile(options.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return isSound(report) ? 0 : 1;
}

await runCommand(SOAK_USAGE, main);

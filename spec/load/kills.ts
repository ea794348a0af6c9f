import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { KILLS_USAGE, killsOptions } from './kills-options.ts';
import { isHarmless, killsText } from './kills-report.ts';
import { KillsRun } from './kills-run.ts';

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const options = killsOptions(args);
  if (options.isHelp) {
    process.stdout.write(KILLS_USAGE);
    return 0;
  }
  const run = new KillsRun(options, {
    signal,
    progress: (line) => void process.stderr.write(`${line}\n`),
  });
  const report = await run.measure();
  await mkdir(options.folder, { recursive: true });
  await writeFile(join(options.folder, 'kills.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  process.stdout.write(`${killsText(report)}\n`);
  return isHarmless(report) ? 0 : 1;
}

await runCommand(KILLS_USAGE, main);

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { LOAD_USAGE, loadOptions } from './load-options.ts';
import { loadPlot } from './load-plot.ts';
import { isFaultless, loadText } from './load-report.ts';
import { LoadRun } from './load-run.ts';

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const options = loadOptions(args);
  if (options.isHelp) {
    process.stdout.write(LOAD_USAGE);
    return 0;
  }
  const report = await new LoadRun(options, signal).measure();
  await mkdir(options.folder, { recursive: true });
  await writeFile(join(options.folder, 'load.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(join(options.folder, 'load.svg'), loadPlot(report));
  process.stdout.write(`${loadText(report)}\n`);
  return isFaultless(report) ? 0 : 1;
}

await runCommand(LOAD_USAGE, main);

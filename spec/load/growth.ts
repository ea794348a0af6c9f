import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machineFacts, machineLine } from '../bench/machine-facts.ts';
import { childProcesses, TELLS_CHILDREN } from '../e2e/child-processes.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { runCommand } from './command.ts';
import { growthDocs } from './growth-docs.ts';
import { GROWTH_USAGE, type GrowthOptions, growthOptions } from './growth-options.ts';
import { recordsPlot, residentsPlot } from './growth-plot.ts';
import { growRecords } from './growth-records.ts';
import type { GrowthReport } from './growth-report.ts';
import { growResidents } from './growth-residents.ts';
import { GrowthRun } from './growth-run.ts';
import { growthText } from './growth-tables.ts';

async function measured(options: GrowthOptions, signal: AbortSignal): Promise<GrowthReport> {
  const run = new GrowthRun(options, signal);
  const residents = await growResidents(run);
  const records = await growRecords(run);
  const left = TELLS_CHILDREN ? await childProcesses() : [];
  if (left.length > 0) run.fault(`${left.length} processes are left`);
  const { isHelp: _, ...given } = options;
  return {
    takenAt: new Date().toISOString(),
    machine: machineLine(machineFacts()),
    options: given,
    wasInterrupted: run.signal.aborted,
    residents,
    records,
    faults: run.faults,
  };
}

async function writePlots(folder: string, report: GrowthReport): Promise<void> {
  await writeFile(join(folder, 'growth-residents.svg'), `${residentsPlot(report)}\n`);
  await writeFile(join(folder, 'growth-records.svg'), `${recordsPlot(report)}\n`);
}

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const options = growthOptions(args);
  if (options.isHelp) {
    process.stdout.write(GROWTH_USAGE);
    return 0;
  }
  const { folder, writesDocs } = options;
  // Before minutes are spent, if it cannot be written to.
  await mkdir(folder, { recursive: true });
  const report = await measured(options, signal);
  await writeFile(join(folder, 'growth.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  await writePlots(folder, report);
  process.stdout.write(`${growthText(report)}\n`);
  if (writesDocs && !report.wasInterrupted) {
    const docs = join(REPOSITORY_ROOT, 'docs');
    await writeFile(join(docs, 'growth.md'), growthDocs(report));
    await writePlots(docs, report);
  }
  return report.faults.length === 0 ? 0 : 1;
}

await runCommand(GROWTH_USAGE, main);

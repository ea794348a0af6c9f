import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { guestPath } from '../guests/guest-file.ts';
import { type BenchOptions, benchOptions, USAGE } from './bench-options.ts';
import { benchComponent } from './component.bench.ts';
import { benchControl } from './control.bench.ts';
import { benchCrash } from './crash.bench.ts';
import { type BenchRun, FULL_EFFORT, QUICK_EFFORT } from './effort.ts';
import { benchExtism } from './extism.bench.ts';
import { benchFacts } from './facts.bench.ts';
import { benchFuel } from './fuel.bench.ts';
import { benchInvoke } from './invoke.bench.ts';
import { benchKill } from './kill.bench.ts';
import { benchKv } from './kv.bench.ts';
import { benchList } from './list.bench.ts';
import { machineFacts, machineLine } from './machine-facts.ts';
import { type Measurement, verdictOf } from './measurement.ts';
import { benchMemory } from './memory.bench.ts';
import { benchNeighbour } from './neighbour.bench.ts';
import { benchOnDemand } from './on-demand.bench.ts';
import { reportDocs } from './report-docs.ts';
import { reportTable } from './report-table.ts';
import { benchServing } from './serving.bench.ts';
import { benchStart } from './start.bench.ts';
import { benchTelemetry } from './telemetry.bench.ts';

const GROUPS: ReadonlyMap<string, (run: BenchRun) => Promise<Measurement[]>> = new Map([
  ['invoke', benchInvoke],
  ['component', benchComponent],
  ['fuel', benchFuel],
  ['kv', benchKv],
  ['extism', benchExtism],
  ['control', benchControl],
  ['telemetry', benchTelemetry],
  ['serving', benchServing],
  ['start', benchStart],
  ['on-demand', benchOnDemand],
  ['facts', benchFacts],
  ['list', benchList],
  ['crash', benchCrash],
  ['kill', benchKill],
  ['neighbour', benchNeighbour],
  ['memory', benchMemory],
]);

const DOCS = join(dirname(guestPath('core')), '..', '..', '..', 'docs', 'benchmarks.md');
const INTERRUPTED = 130;

async function measureAll(options: BenchOptions, signal: AbortSignal): Promise<Measurement[]> {
  const effort = options.isQuick ? QUICK_EFFORT : FULL_EFFORT;
  const measured: Measurement[] = [];
  for (const [group, bench] of GROUPS) {
    if (!group.includes(options.only)) continue;
    // Two servers and ten seconds are too much to see that everything runs; it has a command of its own for that.
    if (group === 'serving' && options.isQuick && options.only === '') continue;
    const progress = (text: string): void => void process.stderr.write(`${group}: ${text}\n`);
    measured.push(...(await bench({ effort, signal, progress })));
  }
  if (measured.length === 0) throw new TypeError(`--only ${options.only}: there is no such group`);
  return measured;
}

async function report(options: BenchOptions, measured: readonly Measurement[]): Promise<void> {
  const machine = machineFacts();
  const takenAt = new Date().toISOString();
  process.stdout.write(`${machineLine(machine)}\n\n${reportTable(measured)}\n`);
  if (options.jsonFile !== undefined) {
    const measurements = measured.map((each) => ({ ...each, verdict: verdictOf(each) }));
    const json = JSON.stringify({ takenAt, machine, measurements }, undefined, 2);
    await writeFile(options.jsonFile, `${json}\n`);
  }
  if (options.writesDocs)
    await writeFile(DOCS, reportDocs(machine, measured, takenAt.slice(0, 10)));
}

async function main(args: readonly string[]): Promise<number> {
  const options = benchOptions(args);
  if (options.isHelp) {
    process.stdout.write(USAGE);
    return 0;
  }
  const interruption = new AbortController();
  const onInterrupt = (): void => {
    if (interruption.signal.aborted) process.exit(INTERRUPTED);
    interruption.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onInterrupt);
  try {
    await report(options, await measureAll(options, interruption.signal));
    return 0;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    process.stderr.write('interrupted\n');
    return INTERRUPTED;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof TypeError;
  process.stderr.write(
    `${isUsage ? `${error.message}\n\n${USAGE}` : String((error as Error).stack)}\n`,
  );
  process.exitCode = isUsage ? 2 : 1;
}

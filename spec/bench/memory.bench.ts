import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchRun } from './effort.ts';
import { type Measurement, measurementOf, type Round } from './measurement.ts';

const CHILD = fileURLToPath(new URL('memory-child.js', import.meta.url));
const CHILD_DEADLINE_MS = 120_000;
/** On demand, for each process that is measured. */
const RECORDS = 2_000;

const runFile = promisify(execFile);

async function growthOf(
  kind: 'threads' | 'instances' | 'records',
  run: BenchRun,
  count = run.effort.residents,
): Promise<number> {
  const { stdout } = await runFile(process.execPath, [CHILD, kind, String(count)], {
    signal: run.signal,
    timeout: CHILD_DEADLINE_MS,
  });
  return Number(stdout);
}

/** How much resident memory an instance takes. */
export async function benchMemory(run: BenchRun): Promise<Measurement[]> {
  const { processes, residents } = run.effort;
  const rounds: Round[] = [];
  for (let index = 0; index < processes; index++) {
    run.signal.throwIfAborted();
    run.progress(`memory, process pair ${index + 1} of ${processes}`);
    const floor = await growthOf('threads', run);
    rounds.push({ floor: [floor], ours: [await growthOf('instances', run)] });
  }
  const subject = {
    name: 'memory per instance',
    what: `resident memory that ${residents} running instances of \`core\` add to a process, divided by ${residents}; each sample from a fresh process`,
    floor: 'as many bare `Worker`s that hold one page of WebAssembly memory, with the same limits',
    unit: 'MiB',
    aim: { kind: 'ratio', atMost: 1.15 },
  } as const;
  return [measurementOf(subject, rounds), await benchRecords(run)];
}

async function benchRecords(run: BenchRun): Promise<Measurement> {
  const count = RECORDS * run.effort.processes;
  const rounds: Round[] = [];
  for (let index = 0; index < run.effort.processes; index++) {
    run.signal.throwIfAborted();
    run.progress(`memory of records, process ${index + 1} of ${run.effort.processes}`);
    rounds.push({ floor: [], ours: [(await growthOf('records', run, count)) * 1_024] });
  }
  return measurementOf(
    {
      name: 'memory per instance on demand',
      what: `heap that ${count} sleeping instances of \`core\` add, divided by ${count}; each sample from a fresh process`,
      unit: 'KiB',
      aim: { kind: 'p99', atMost: 1 },
    },
    rounds,
  );
}

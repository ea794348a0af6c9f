import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchRun } from './effort.ts';
import { type Measurement, measurementOf, type Round } from './measurement.ts';

const CHILD = fileURLToPath(new URL('memory-child.js', import.meta.url));
const CHILD_DEADLINE_MS = 120_000;

const runFile = promisify(execFile);

async function growthOf(kind: 'threads' | 'instances', run: BenchRun): Promise<number> {
  const { stdout } = await runFile(process.execPath, [CHILD, kind, String(run.effort.residents)], {
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
  } as const;
  return [measurementOf(subject, rounds)];
}

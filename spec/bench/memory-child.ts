import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { withSupervisor } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';
import { type BareThread, holdingThread } from './bare-threads.ts';

/**
 * One memory measure in a process of its own, since V8 keeps what ended threads had: holds so many
 * instances or bare threads at once and prints what each of them adds, in MiB.
 */
const [kind, count = '0'] = process.argv.slice(2);
const residents = Number(count);

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function residentMiB(): number {
  collectGarbage();
  return process.memoryUsage.rss() / 1_048_576;
}

/** The first one is not counted: it brings what all of them share. */
async function growthOf(addOne: () => Promise<unknown>): Promise<number> {
  await addOne();
  const before = residentMiB();
  for (let index = 0; index < residents; index++) await addOne();
  return (residentMiB() - before) / residents;
}

async function growthOfThreads(): Promise<number> {
  const threads: BareThread[] = [];
  const growth = await growthOf(async () => threads.push(await holdingThread()));
  await Promise.all(threads.map((thread) => thread.end()));
  return growth;
}

function growthOfInstances(): Promise<number> {
  return withSupervisor(
    (supervisor) => growthOf(() => supervisor.startInstance({ module: guestPath('core') })),
    { warmSpares: 0 },
  );
}

/** Of the heap, where the records of instances on demand are. */
function growthOfRecords(): Promise<number> {
  return withSupervisor(
    async (supervisor) => {
      const add = () =>
        supervisor.startInstance({ module: guestPath('core'), residency: 'on-demand' });
      await add();
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      for (let index = 0; index < residents; index++) await add();
      collectGarbage();
      return (process.memoryUsage().heapUsed - before) / residents / 1_048_576;
    },
    { maxFacts: 1, warmSpares: 0 },
  );
}

const KINDS: Readonly<Record<string, () => Promise<number>>> = {
  threads: growthOfThreads,
  instances: growthOfInstances,
  records: growthOfRecords,
};
const growthMiB = await (KINDS[kind ?? ''] ?? growthOfThreads)();
process.stdout.write(`${growthMiB}\n`);

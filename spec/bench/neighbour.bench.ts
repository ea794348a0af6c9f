import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { withSupervisor } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';
import type { BenchRun } from './effort.ts';
import { HostileCrowd } from './hostile-crowd.ts';
import { type Measurement, measurementOf, type Round } from './measurement.ts';
import { quantilesOf } from './quantiles.ts';

/** A tail needs samples, and under this load a call takes its time. */
const TURNS = 8;
const LEAST_SAMPLES = 20;

/** Calls of the innocent guest, one after another, each in milliseconds. */
async function innocentCalls(
  run: BenchRun,
  supervisor: Supervisor,
  id: string,
): Promise<readonly number[]> {
  const samples: number[] = [];
  const until = performance.now() + TURNS * run.effort.turnMs;
  while (performance.now() < until || samples.length < LEAST_SAMPLES) {
    run.signal.throwIfAborted();
    const begun = performance.now();
    const sum = await supervisor.invoke(id, 'add', [20, 22]);
    samples.push(performance.now() - begun);
    if (sum !== 42) throw new Error(`add answered ${String(sum)}`);
  }
  return samples;
}

async function measure(run: BenchRun, isolation: 'thread' | 'process'): Promise<Measurement> {
  const { hostile } = run.effort;
  const where = isolation === 'thread' ? 'threads' : 'processes';
  const name = `invoke beside ${hostile} hostile ${where}`;
  const rounds = await withSupervisor(async (supervisor) => {
    const id = await supervisor.startInstance({ module: guestPath('core') });
    const taken: Round[] = [];
    for (let round = 0; round < Math.ceil(run.effort.rounds / 3); round += 1) {
      const floor = await innocentCalls(run, supervisor, id);
      const crowd = await HostileCrowd.open(supervisor, hostile, isolation, run.signal);
      const begun = performance.now();
      const before = await crowd.kills();
      const ours = await innocentCalls(run, supervisor, id);
      const rate = ((await crowd.kills()) - before) / ((performance.now() - begun) / 1_000);
      run.progress(`${name}: ${rate.toFixed(0)} kills a second`);
      await crowd.close();
      taken.push({ floor, ours });
    }
    return taken;
  });
  const tail = (kind: keyof Round): number => quantilesOf(rounds.flatMap((each) => each[kind])).p99;
  const subject = {
    name,
    what: `\`supervisor.invoke(id, 'add', [20, 22])\` of an innocent guest while ${hostile} others, each in a ${isolation}, loop, are killed 20 ms later and come back without backoff; the ratio is of p99`,
    floor: 'the same while nobody else runs',
    unit: 'ms',
  } as const;
  return { ...measurementOf(subject, rounds), ratio: tail('ours') / tail('floor') };
}

/** What guests that are killed and restarted all the time do to an innocent one. */
export async function benchNeighbour(run: BenchRun): Promise<Measurement[]> {
  return [await measure(run, 'thread'), await measure(run, 'process')];
}

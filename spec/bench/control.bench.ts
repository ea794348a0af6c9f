import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { ALL_KV, kvGrant, withSupervisor } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';
import type { BenchRun } from './effort.ts';
import { type Measurement, measurementOf, type Round } from './measurement.ts';
import { quantilesOf } from './quantiles.ts';

const HAMMERS = 10;
/** The figure of interest is a p99, which needs samples. */
const SAMPLES_A_ROUND = 50;

/** What an operator does while guests call their providers. */
const CONTROLS: readonly {
  readonly name: string;
  readonly act: (supervisor: Supervisor, id: string) => Promise<unknown>;
}[] = [
  { name: 'queryInstance', act: (supervisor, id) => supervisor.queryInstance(id) },
  { name: 'stopInstance', act: (supervisor, id) => supervisor.stopInstance(id) },
];

async function timed(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await act();
  return performance.now() - begun;
}

/** Lets guests call their provider without a pause while something else is done. */
async function underLoad<T>(
  supervisor: Supervisor,
  hammers: readonly string[],
  act: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const loads = hammers.map(async (id) => {
    while (!over.signal.aborted)
      await supervisor.invoke(id, 'read-many', ['key', 2_000], { timeoutMs: 60_000 });
  });
  try {
    return await act();
  } finally {
    over.abort();
    await Promise.all(loads);
  }
}

/** What control operations take while guests hammer a provider, as a ratio to what they take idle. */
export function benchControl(run: BenchRun): Promise<Measurement[]> {
  return withSupervisor(async (supervisor) => {
    const start = (): Promise<string> =>
      supervisor.startInstance({
        module: guestPath('counter-c'),
        capabilities: [kvGrant(ALL_KV)],
      });
    const hammers = await Promise.all(Array.from({ length: HAMMERS }, start));
    const measured: Measurement[] = [];
    for (const { name, act } of CONTROLS) {
      run.progress(`${name} under load`);
      const samples = async (): Promise<readonly number[]> => {
        const taken: number[] = [];
        for (let count = 0; count < Math.min(SAMPLES_A_ROUND, run.effort.batch); count += 1) {
          run.signal.throwIfAborted();
          const id = await start();
          taken.push(await timed(() => act(supervisor, id)));
          await supervisor.stopInstance(id);
        }
        return taken;
      };
      const rounds: Round[] = [];
      const count = Math.max(1, Math.floor(run.effort.rounds / 3));
      for (let round = 0; round < count; round += 1) {
        const floor = await samples();
        rounds.push({ floor, ours: await underLoad(supervisor, hammers, samples) });
      }
      measured.push(ofTails(name, rounds));
    }
    return measured;
  });
}

/** Unlike elsewhere the ratio is that of the p99: a control that now and then hangs is no control. */
function ofTails(name: string, rounds: readonly Round[]): Measurement {
  const tail = (samples: readonly number[]): number => quantilesOf(samples).p99;
  const ratio =
    tail(rounds.flatMap(({ ours }) => ours)) / tail(rounds.flatMap(({ floor }) => floor));
  const subject = {
    name: `${name} under load`,
    what: `\`supervisor.${name}\` while ${HAMMERS} guests call the key-value provider without a pause; the ratio is of p99`,
    floor: 'the same while nobody calls anything',
    unit: 'ms',
    aim: { kind: 'ratio', atMost: 3 },
  } as const;
  return { ...measurementOf(subject, rounds), ratio };
}

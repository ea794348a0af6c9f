import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { withSupervisor } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import type { BenchRun } from './effort.ts';
import { type Measurement, measurementOf, type Round } from './measurement.ts';

/** Calls that are timed together where many are under way. */
const MANY = 200;
const LANES = 16;
/** Instances that are registered to be weighed, for each sample of a measure that happens once. */
const RECORDS_FOR_EACH_SAMPLE = 1_000;
const UNLABELLED: Readonly<Record<string, string>> = {};

/** Registers instances of `core` on demand, and answers their ids. */
export async function registered(
  supervisor: Supervisor,
  count: number,
  labelsOf: (index: number) => Readonly<Record<string, string>> = () => UNLABELLED,
): Promise<readonly string[]> {
  const module = guestBytes('core');
  const ids: string[] = [];
  while (ids.length < count) {
    const some = Array.from({ length: Math.min(100, count - ids.length) }, (_, at) =>
      supervisor.startInstance({
        module,
        residency: 'on-demand',
        labels: labelsOf(ids.length + at),
      }),
    );
    ids.push(...(await Promise.all(some)));
  }
  return ids;
}

async function added(supervisor: Supervisor, id: string, index: number): Promise<void> {
  const sum = await supervisor.invoke(id, 'add', [index, 1]);
  if (sum !== index + 1) throw new Error(`add answered ${String(sum)}`);
}

/** How long a call takes that has to wake its instance, one after another. */
function benchActivation(run: BenchRun): Promise<Measurement> {
  run.progress('activation');
  return withSupervisor(
    async (supervisor) => {
      const ids = await registered(supervisor, 64);
      const samples: number[] = [];
      for (let index = -20; index < 10 * run.effort.once; index += 1) {
        run.signal.throwIfAborted();
        const begun = performance.now();
        await added(supervisor, ids[Math.abs(index) % ids.length] as string, index);
        if (index >= 0) samples.push(performance.now() - begun);
      }
      return measurementOf(
        {
          name: 'activation',
          what: '`invoke` of `add` of an instance on demand that sleeps, until the answer; the thread is warm and has carried others',
          unit: 'ms',
          aim: { kind: 'p50', atMost: 2 },
        },
        [{ floor: [], ours: samples }],
      );
    },
    { onDemand: { maxThreads: 2, idleMs: 0 } },
  );
}

/** The same where many are called at once: what one activation costs of the machine's time. */
function benchActivations(run: BenchRun): Promise<Measurement> {
  run.progress('activations at once');
  return withSupervisor(
    async (supervisor) => {
      const ids = await registered(supervisor, 1_000);
      const rounds: Round[] = [];
      let next = 0;
      const lane = async (until: number): Promise<void> => {
        while (next < until) {
          const index = next++;
          await added(supervisor, ids[index % ids.length] as string, index);
        }
      };
      for (let round = -2; round < 2 * run.effort.rounds; round += 1) {
        run.signal.throwIfAborted();
        const begun = performance.now();
        const until = next + MANY;
        await Promise.all(Array.from({ length: LANES }, () => lane(until)));
        const each = ((performance.now() - begun) * 1_000) / MANY;
        if (round >= 0) rounds.push({ floor: [], ours: [each] });
      }
      return measurementOf(
        {
          name: 'activations, 16 at once',
          what: `the same of 1,000 instances one after another, ${LANES} calls under way: time of ${MANY}, divided by ${MANY}; 500 µs are 2,000 a second`,
          unit: 'µs',
          aim: { kind: 'p50', atMost: 500 },
        },
        rounds,
      );
    },
    { onDemand: { idleMs: 0 } },
  );
}

/** How long it takes to register one among many. */
function benchRegistration(run: BenchRun): Promise<Measurement> {
  run.progress('registration');
  return withSupervisor(async (supervisor) => {
    const rounds: Round[] = [];
    for (let round = 0; round < run.effort.once; round += 1) {
      run.signal.throwIfAborted();
      const begun = performance.now();
      await registered(supervisor, RECORDS_FOR_EACH_SAMPLE);
      const each = ((performance.now() - begun) * 1_000) / RECORDS_FOR_EACH_SAMPLE;
      rounds.push({ floor: [], ours: [each] });
    }
    return measurementOf(
      {
        name: 'start on demand',
        what: `\`startInstance\` of \`core\` with \`residency: 'on-demand'\`, 100 under way: time of ${RECORDS_FOR_EACH_SAMPLE}, divided by ${RECORDS_FOR_EACH_SAMPLE}, while ${run.effort.once * RECORDS_FOR_EACH_SAMPLE} come to be there; 600 µs are 100,000 in a minute`,
        unit: 'µs',
        aim: { kind: 'p99', atMost: 600 },
      },
      rounds,
    );
  });
}

/** Instances that share threads. */
export async function benchOnDemand(run: BenchRun): Promise<Measurement[]> {
  return [await benchActivation(run), await benchActivations(run), await benchRegistration(run)];
}

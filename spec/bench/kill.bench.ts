import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { failureOf, pause, withSupervisor } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';
import { DeadlineClock } from './deadline-clock.ts';
import type { BenchRun } from './effort.ts';
import { EndsHeard } from './ends-heard.ts';
import { KILL_STATES, type KillState } from './kill-states.ts';
import { type Measurement, measurementOf, type Round } from './measurement.ts';

/** Long enough for a guest to be in the midst of things; unlike any other timer of a supervisor. */
const DEADLINE_MS = 41;
/** What is promised for every guest and default limits. */
const AIM_MS = 50;

/** A storm costs as much as many kills one after another, and gives as many samples. */
const STORM_SHARE = 0.2;

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/**
 * The deadlines of so many guests pass together: how long after it each carrier was gone. Nobody knows
 * which end belongs to which deadline, but they come in the same order, within the spread of the
 * deadlines themselves.
 */
async function ourSamples(
  state: KillState,
  { supervisor, clock }: { readonly supervisor: Supervisor; readonly clock: DeadlineClock },
  count: number,
): Promise<readonly number[]> {
  using ends = new EndsHeard(state.carrier);
  const dooms = await Promise.all(indices(count).map(() => state.doom(supervisor, DEADLINE_MS)));
  clock.takeDue();
  for (const { code } of await Promise.all(dooms.map((doom) => failureOf(doom())))) {
    if (code !== 'TIMEOUT') throw new Error(`${state.name}: failed by ${code}, not its deadline`);
  }
  const due = clock.takeDue();
  return (await ends.times(count)).map((end, index) => end - (due[index] ?? Number.NaN));
}

/** The same of bare threads or processes, by a timer of the same length. */
async function bareSamples(state: KillState, count: number): Promise<readonly number[]> {
  const doomed = await Promise.all(indices(count).map(() => state.bare()));
  return Promise.all(
    doomed.map(async ({ end }) => {
      const due = performance.now() + DEADLINE_MS;
      await pause(DEADLINE_MS);
      return (await end()) - due;
    }),
  );
}

async function measure(run: BenchRun, state: KillState, count: number): Promise<Measurement> {
  const name = `kill, ${state.name}${count === 1 ? '' : `, ${count} at once`}`;
  run.progress(name);
  const clock = new DeadlineClock(DEADLINE_MS);
  const rounds = await withSupervisor(
    async (supervisor) => {
      // The threads that compile are made now, and are nobody's carrier.
      await supervisor.inspectModule(guestPath('core'));
      await state.open?.(supervisor);
      const wanted = count === 1 ? run.effort.once : Math.ceil(run.effort.once * STORM_SHARE);
      const taken: Round[] = [];
      // The first round is not counted.
      for (let index = 0; index <= wanted; index += 1) {
        run.signal.throwIfAborted();
        const floor = await bareSamples(state, count);
        const ours = await ourSamples(state, { supervisor, clock }, count);
        if (index > 0) taken.push({ floor, ours });
      }
      return taken;
    },
    { warmSpares: 0, clock },
  );
  const together = count === 1 ? '' : ` of ${count} whose deadlines pass at the same moment`;
  return measurementOf(
    {
      name,
      what: `${state.what}${together}: from its deadline, ${DEADLINE_MS} ms after its timer was set, until Node tells that its ${state.carrier} is gone`,
      floor: `${state.floor}, by a timer of as many milliseconds`,
      unit: 'ms',
      aim: { kind: 'p99', atMost: AIM_MS },
    },
    rounds,
  );
}

/** How long a guest has from its deadline until nothing of it is left. */
export async function benchKill(run: BenchRun): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  for (const state of KILL_STATES) {
    measured.push(await measure(run, state, 1));
    measured.push(await measure(run, state, run.effort.storm));
  }
  return measured;
}

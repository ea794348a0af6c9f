import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { pause, withSupervisor } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { timeBareStart } from './bare-threads.ts';
import type { BenchRun } from './effort.ts';
import { type Aim, type Measurement, measurementOf } from './measurement.ts';
import { alternateOnce } from './rounds.ts';

/** Spare threads of a supervisor whose starts are warm. */
export const SPARES = 2;

/** Milliseconds of one start; the instance is gone when this resolves. */
export async function timeStart(supervisor: Supervisor, module: Uint8Array): Promise<number> {
  const begun = performance.now();
  const id = await supervisor.startInstance({ module });
  const took = performance.now() - begun;
  await supervisor.stopInstance(id, { graceMs: 0 });
  return took;
}

/** Waits until every spare is there, so that none of them loads while something is timed. */
export async function sparesReady(supervisor: Supervisor, signal: AbortSignal): Promise<void> {
  while ((await supervisor.stats()).threads.spares < SPARES) {
    signal.throwIfAborted();
    await pause(2);
  }
  // What the last spare has left to do after its first message.
  await pause(5);
}

function benchCold(run: BenchRun): Promise<Measurement> {
  run.progress('cold start');
  const module = guestBytes('core');
  return withSupervisor(
    async (supervisor) => {
      const rounds = await alternateOnce(run, timeBareStart, () => timeStart(supervisor, module));
      return measurementOf(
        {
          name: 'cold start',
          what: '`startInstance` of `core` until it resolves, module compiled before, no spare thread',
          floor:
            '`new Worker` of one line of source, with the same limits and no environment, until its ' +
            'first message',
          unit: 'ms',
          aim: { kind: 'ratio', atMost: 1.5 },
        },
        rounds,
      );
    },
    { warmSpares: 0 },
  );
}

function benchWarm(
  run: BenchRun,
  { name, guest, aim }: { readonly name: string; readonly guest: string; readonly aim?: Aim },
): Promise<Measurement> {
  run.progress(name);
  const module = guestBytes(guest);
  return withSupervisor(
    async (supervisor) => {
      const rounds = await alternateOnce(run, undefined, async () => {
        await sparesReady(supervisor, run.signal);
        return timeStart(supervisor, module);
      });
      return measurementOf(
        {
          name,
          what: `\`startInstance\` of \`${guest}\` until it resolves, module compiled before, a spare thread ready`,
          unit: 'ms',
          ...(aim === undefined ? {} : { aim }),
        },
        rounds,
      );
    },
    { warmSpares: SPARES },
  );
}

/** How long it takes until an instance runs. */
export async function benchStart(run: BenchRun): Promise<Measurement[]> {
  const aim = { kind: 'p50', atMost: 0.5 } as const;
  return [
    await benchCold(run),
    await benchWarm(run, { name: 'warm start, core module', guest: 'core', aim }),
    await benchWarm(run, { name: 'warm start, component', guest: 'counter-c' }),
  ];
}

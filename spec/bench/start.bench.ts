import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { withSupervisor } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';
import { timeBareStart } from './bare-threads.ts';
import type { BenchRun } from './effort.ts';
import { type Measurement, measurementOf } from './measurement.ts';
import { alternateOnce } from './rounds.ts';

const MODULE = guestPath('core');
const SPARES = 2;

/** Milliseconds of one start; the instance is gone when this resolves. */
async function timeStart(supervisor: Supervisor): Promise<number> {
  const begun = performance.now();
  const id = await supervisor.startInstance({ module: MODULE });
  const took = performance.now() - begun;
  await supervisor.stopInstance(id, { graceMs: 0 });
  return took;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
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
  return withSupervisor(
    async (supervisor) => {
      const rounds = await alternateOnce(run, timeBareStart, () => timeStart(supervisor));
      return measurementOf(
        {
          name: 'cold start',
          what: '`startInstance` until it resolves, module compiled before, no spare thread',
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

function benchWarm(run: BenchRun): Promise<Measurement> {
  run.progress('warm start');
  return withSupervisor(
    async (supervisor) => {
      const rounds = await alternateOnce(run, undefined, async () => {
        await sparesReady(supervisor, run.signal);
        return timeStart(supervisor);
      });
      return measurementOf(
        {
          name: 'warm start',
          what: '`startInstance` until it resolves, module compiled before, a spare thread ready',
          unit: 'ms',
          aim: { kind: 'p50', atMost: 1 },
        },
        rounds,
      );
    },
    { warmSpares: SPARES },
  );
}

/** How long it takes until an instance runs. */
export async function benchStart(run: BenchRun): Promise<Measurement[]> {
  return [await benchCold(run), await benchWarm(run)];
}

import { AT_ONCE, failureOf, withSupervisor } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';
import type { BenchRun } from './effort.ts';
import { type Measurement, measurementOf } from './measurement.ts';
import { alternateOnce } from './rounds.ts';
import { sparesReady } from './start.bench.ts';

const MODULE = guestPath('core');

function benchRestart(run: BenchRun): Promise<Measurement> {
  run.progress('restart after a trap');
  return withSupervisor(
    async (supervisor) => {
      const id = await supervisor.startInstance({ module: MODULE, restartPolicy: AT_ONCE });
      const facts = supervisor.events({ instanceId: id, types: ['instance_restarted'] });
      const restarts = facts[Symbol.asyncIterator]();
      const rounds = await alternateOnce(run, undefined, async () => {
        await sparesReady(supervisor, run.signal);
        const restarted = restarts.next();
        const begun = performance.now();
        await failureOf(supervisor.invoke(id, 'boom'));
        await restarted;
        return performance.now() - begun;
      });
      return measurementOf(
        {
          name: 'restart after a trap',
          what: '`invoke` of an export that traps, until the fact `instance_restarted`; no backoff, a spare thread ready',
          unit: 'ms',
          aim: { kind: 'p50', atMost: 2 },
        },
        rounds,
      );
    },
    { warmSpares: 2 },
  );
}

/** How long it takes until a guest that went wrong is replaced. */
export async function benchCrash(run: BenchRun): Promise<Measurement[]> {
  return [await benchRestart(run)];
}

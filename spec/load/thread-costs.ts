import { machineFigures } from '../../lib/threads/process-figures.ts';
import { withSupervisor } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';

/**
 * Prints what a thread takes on this machine, for comparison with `lib/core/capacity-cost.ts`: mappings,
 * descriptors, tasks and resident memory of a guest's thread and of a provider's.
 */
const THREADS = 40;
const PROVIDERS = 8;

async function print(what: string, count: number, act: () => Promise<void>): Promise<void> {
  const before = await machineFigures();
  await act();
  const after = await machineFigures();
  const each = (one = 0, other = 0): string => ((other - one) / count).toFixed(1);
  const mib = (after.residentBytes - before.residentBytes) / count / 1_048_576;
  console.log(
    `${what.padEnd(24)} ${each(before.mappings, after.mappings).padStart(6)} mappings` +
      `${each(before.descriptors, after.descriptors).padStart(6)} descriptors` +
      `${each(before.tasks, after.tasks).padStart(6)} tasks${mib.toFixed(1).padStart(7)} MiB`,
  );
}

await withSupervisor(
  async (supervisor) => {
    const ids: string[] = [];
    const start = async (count: number, guest: string): Promise<void> => {
      for (let index = 0; index < count; index++) {
        ids.push(await supervisor.startInstance({ module: guestPath(guest) }));
      }
    };
    // The first ones bring what all share.
    await start(2, 'core');
    await start(2, 'counter-c');
    await print('core', THREADS, () => start(THREADS, 'core'));
    await print('counter-c', THREADS, () => start(THREADS, 'counter-c'));
    for (const providerType of ['kv', 'messaging', 'http']) {
      await print(`provider ${providerType}`, PROVIDERS, async () => {
        for (let index = 0; index < PROVIDERS; index++) {
          await supervisor.startProvider({ providerType });
        }
      });
    }
    await print('given back by each end', ids.length, async () => {
      await Promise.all(ids.map((id) => supervisor.stopInstance(id)));
    });
  },
  { warmSpares: 0 },
);

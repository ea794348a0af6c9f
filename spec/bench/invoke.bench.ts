import { withSupervisor } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';
import { echoThread } from './bare-threads.ts';
import type { BenchRun } from './effort.ts';
import { type Measurement, measurementOf } from './measurement.ts';
import { alternate, scaled } from './rounds.ts';

const ARGS = [20, 22];

const KINDS = [
  { guest: 'core', name: 'invoke, core module' },
  { guest: 'counter-c', name: 'invoke, component' },
] as const;

/** How long a call takes from the caller to the guest and back. */
export async function benchInvoke(run: BenchRun): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  for (const { guest, name } of KINDS) {
    run.progress(name);
    measured.push(await measureGuest(run, guest, name));
  }
  return measured;
}

function measureGuest(run: BenchRun, guest: string, name: string): Promise<Measurement> {
  return withSupervisor(async (supervisor) => {
    const id = await supervisor.startInstance({ module: guestPath(guest) });
    const echo = await echoThread();
    try {
      const sum = await supervisor.invoke(id, 'add', ARGS);
      if (sum !== 42) throw new Error(`add answered ${String(sum)}`);
      const rounds = await alternate(
        run,
        () => echo.ask({ id: 1, args: ARGS }),
        () => supervisor.invoke(id, 'add', ARGS),
      );
      return measurementOf(
        {
          name,
          what: `\`supervisor.invoke(id, 'add', [20, 22])\` until it resolves, guest \`${guest}\``,
          floor: '`postMessage` of `{ id, args }` to a bare `Worker` that posts it back',
          unit: 'µs',
          aim: { kind: 'ratio', atMost: 2 },
        },
        scaled(rounds, 1_000),
      );
    } finally {
      await echo.end();
    }
  });
}

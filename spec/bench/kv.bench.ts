import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { ALL_KV, kvGrant, withSupervisor } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';
import { askingThread } from './bare-threads.ts';
import type { BenchRun } from './effort.ts';
import { type Aim, type Measurement, measurementOf } from './measurement.ts';
import { alternate, scaled } from './rounds.ts';

const KEY = 'key';
const VALUE = new TextEncoder().encode('a value of 24 bytes here');

const FLOOR =
  'a bare `Worker` that posts `{ op, key }` on a port and blocks in `Atomics.wait`; the main ' +
  'thread answers with `Atomics.store` and `Atomics.notify` and does nothing else';

interface Operation {
  readonly name: string;
  readonly what: string;
  readonly aim?: Aim;
  /** Calls the provider so many times within one call of the guest. */
  perform(supervisor: Supervisor, id: string, times: number): Promise<unknown>;
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'kv get',
    what: 'one `bucket.get` of 24 bytes',
    aim: { kind: 'ratio', atMost: 2 },
    async perform(supervisor, id, times) {
      const found = await supervisor.invoke(id, 'read-many', [KEY, times]);
      if (found !== times) throw new Error(`${String(found)} of ${times} reads found the key`);
    },
  },
  {
    name: 'kv increment',
    what: 'one `atomics.increment`, a read and a write,',
    perform: (supervisor, id, times) => supervisor.invoke(id, 'bump-many', ['counter', times]),
  },
];

/** How long a guest waits for the key-value provider, asked many times within one call. */
export function benchKv(run: BenchRun): Promise<Measurement[]> {
  return withSupervisor(async (supervisor) => {
    const id = await supervisor.startInstance({
      module: guestPath('counter-c'),
      capabilities: [kvGrant(ALL_KV)],
    });
    await supervisor.invoke(id, 'write', [KEY, VALUE]);
    const asker = await askingThread();
    const { batch } = run.effort;
    const measured: Measurement[] = [];
    try {
      for (const { name, what, aim, perform } of OPERATIONS) {
        run.progress(name);
        const rounds = await alternate(
          run,
          () => asker.ask(batch),
          () => perform(supervisor, id, batch),
        );
        const subject = {
          name,
          what: `${what} by the guest \`counter-c\` from the memory backend: a call that makes ${batch} of them, divided by ${batch}`,
          floor: FLOOR,
          unit: 'µs',
          ...(aim === undefined ? {} : { aim }),
        } as const;
        measured.push(measurementOf(subject, scaled(rounds, 1_000 / batch)));
      }
    } finally {
      await asker.end();
    }
    return measured;
  });
}

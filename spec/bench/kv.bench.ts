import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { ALL_KV, kvGrant, withSupervisor } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';
import { askingThreads } from './bare-threads.ts';
import type { BenchRun } from './effort.ts';
import { type Aim, type Measurement, measurementOf } from './measurement.ts';
import { alternate, scaled } from './rounds.ts';

const KEY = 'key';
const VALUE = new TextEncoder().encode('a value of 24 bytes here');
const MANY = 8;

const FLOOR =
  'a bare `Worker` that posts `{ op, key }` on a port and blocks in `Atomics.wait`; another bare ' +
  '`Worker` answers with `Atomics.store` and `Atomics.notify` and does nothing else';

interface Operation {
  readonly name: string;
  readonly what: string;
  readonly aim?: Aim;
  /** Calls the provider so many times within one call of the guest. */
  perform(supervisor: Supervisor, id: string, times: number): Promise<unknown>;
}

const expected = async (made: Promise<unknown>, times: number): Promise<void> => {
  const count = await made;
  if (count !== times) throw new Error(`${String(count)} of ${times} calls were served`);
};

const get: Operation = {
  name: 'kv get',
  what: 'one `bucket.get` of 24 bytes',
  aim: { kind: 'ratio', atMost: 1.5 },
  perform: (supervisor, id, times) =>
    expected(supervisor.invoke(id, 'read-many', [KEY, times]), times),
};

const set: Operation = {
  name: 'kv set',
  what: 'one `bucket.set` of 24 bytes',
  aim: { kind: 'ratio', atMost: 1.5 },
  perform: (supervisor, id, times) =>
    expected(supervisor.invoke(id, 'write-many', [KEY, VALUE, times]), times),
};

const increment: Operation = {
  name: 'kv increment',
  what: 'one `atomics.increment`, a read and a write,',
  perform: (supervisor, id, times) => supervisor.invoke(id, 'bump-many', ['counter', times]),
};

/** How long a guest waits for the key-value provider, asked many times within one call. */
export function benchKv(run: BenchRun): Promise<Measurement[]> {
  return withSupervisor(async (supervisor) => {
    const ids = await Promise.all(
      Array.from({ length: MANY }, () =>
        supervisor.startInstance({
          module: guestPath('counter-c'),
          capabilities: [kvGrant(ALL_KV)],
        }),
      ),
    );
    const [id = ''] = ids;
    await supervisor.invoke(id, 'write', [KEY, VALUE]);
    const measured: Measurement[] = [];
    for (const operation of [get, set, increment]) {
      measured.push(await measure(run, supervisor, operation, [id]));
    }
    const together = {
      ...get,
      name: `kv get, ${MANY} guests`,
      what: `one \`bucket.get\` of 24 bytes, as ${MANY} guests at once have it answered (time of all, divided by the calls of all),`,
    };
    measured.push(await measure(run, supervisor, together, ids));
    return measured;
  });
}

async function measure(
  run: BenchRun,
  supervisor: Supervisor,
  { name, what, aim, perform }: Operation,
  ids: readonly string[],
): Promise<Measurement> {
  run.progress(name);
  const { batch } = run.effort;
  const floor = await askingThreads(ids.length);
  try {
    const rounds = await alternate(
      run,
      () => Promise.all(floor.askers.map((asker) => asker.ask(batch))),
      () => Promise.all(ids.map((id) => perform(supervisor, id, batch))),
    );
    const subject = {
      name,
      what: `${what} by the guest \`counter-c\` from the memory backend: a call that makes ${batch} of them, divided by ${batch}`,
      floor: ids.length === 1 ? FLOOR : `${ids.length} times this at once: ${FLOOR}`,
      unit: 'µs',
      ...(aim === undefined ? {} : { aim }),
    } as const;
    return measurementOf(subject, scaled(rounds, 1_000 / (batch * ids.length)));
  } finally {
    await floor.end();
  }
}

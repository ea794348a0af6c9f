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

/** Guests that may do everything with one store, in which there is a value. */
async function startedCounters(supervisor: Supervisor, count: number): Promise<string[]> {
  const ids = await Promise.all(
    Array.from({ length: count }, () =>
      supervisor.startInstance({
        module: guestPath('counter-c'),
        capabilities: [kvGrant(ALL_KV)],
      }),
    ),
  );
  await supervisor.invoke(ids[0] ?? '', 'write', [KEY, VALUE]);
  return ids;
}

/** How long a guest waits for the key-value provider, asked many times within one call. */
export async function benchKv(run: BenchRun): Promise<Measurement[]> {
  return [...(await benchHere(run)), await benchShard(run)];
}

function benchHere(run: BenchRun): Promise<Measurement[]> {
  return withSupervisor(async (supervisor) => {
    const ids = await startedCounters(supervisor, MANY);
    const [id = ''] = ids;
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

/** The host asks the provider in the place of a guest in another process. */
function benchShard(run: BenchRun): Promise<Measurement> {
  const name = 'kv get, guest in a shard';
  run.progress(name);
  const { batch } = run.effort;
  const asks = async (supervisor: Supervisor): Promise<() => Promise<unknown>> => {
    const [id = ''] = await startedCounters(supervisor, 1);
    return () => get.perform(supervisor, id, batch);
  };
  return withSupervisor(
    (here) =>
      withSupervisor(
        async (there) => {
          const [floor, ours] = [await asks(here), await asks(there)];
          const rounds = await alternate(run, floor, ours);
          const subject = {
            name,
            what: `${get.what} by the guest \`counter-c\` in a shard from the memory backend in the host: a call that makes ${batch} of them, divided by ${batch}`,
            floor: 'the same by a guest in the process of the host',
            unit: 'µs',
          } as const;
          return measurementOf(subject, scaled(rounds, 1_000 / batch));
        },
        { shards: 1 },
      ),
    { shards: 0 },
  );
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

import { readFile } from 'node:fs/promises';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { ALL_KV, AT_ONCE, kvGrant } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import type { LoadOptions } from './load-options.ts';

/** One kind of request, so many times. */
export interface LoadWork {
  readonly name: string;
  /** Asked when its turn comes. */
  readonly times: () => number;
  /** Does the one with that number, and throws if its answer is wrong. */
  act(index: number): Promise<void>;
}

const COUNTERS = 16;

/** An index that is drawn the more often the smaller it is, about as Zipf's law has it. */
const drawn = (count: number): number =>
  Math.min(count - 1, Math.floor(count ** Math.random()) - 1);

/** Everything that a load does, one after another. */
export async function loadPhases(
  supervisor: Supervisor,
  options: LoadOptions,
): Promise<readonly LoadWork[]> {
  const { instances, calls, restarts, residency, guest, exportName, args, expected } = options;
  const module = guest === undefined ? guestBytes('core') : new Uint8Array(await readFile(guest));
  const ids: string[] = [];
  const idOf = (index: number): string => {
    const id = ids[index % ids.length];
    if (id === undefined) throw new Error('no instance has started');
    return id;
  };
  // Each once, then as often as chance has it.
  const call = async (index: number): Promise<void> => {
    const id = idOf(index < ids.length ? index : drawn(ids.length));
    const given = guest === undefined ? [index % 1_000, 7] : args;
    const wanted = guest === undefined ? (index % 1_000) + 7 : expected;
    const answer = await supervisor.invoke(id, guest === undefined ? 'add' : exportName, given);
    if (wanted !== undefined && !isDeepStrictEqual(answer, wanted)) {
      throw new Error(`a call answered ${inspect(answer)} instead of ${inspect(wanted)}`);
    }
  };
  return [
    {
      name: 'start',
      times: () => instances,
      async act() {
        ids.push(await supervisor.startInstance({ module, residency, restartPolicy: AT_ONCE }));
      },
    },
    { name: 'call', times: () => calls, act: call },
    ...kvPhases(supervisor, options),
    {
      name: 'restart',
      times: () => Math.min(restarts, ids.length),
      act: (index) => supervisor.restartInstance(idOf(index)),
    },
    { name: 'call after it', times: () => Math.min(calls, ids.length), act: call },
    { name: 'stop', times: () => ids.length, act: (index) => supervisor.stopInstance(idOf(index)) },
  ];
}

/** Counters of their own, whose sums tell whether every call counted once. */
function kvPhases(supervisor: Supervisor, options: LoadOptions): readonly LoadWork[] {
  const { kvCalls: times, residency } = options;
  if (times === 0) return [];
  const module = guestBytes('counter-c');
  const counters: string[] = [];
  const counts: bigint[] = [];
  let done = 0;
  return [
    {
      name: 'start counters',
      times: () => COUNTERS,
      async act(index) {
        const capabilities = [kvGrant(ALL_KV, `counter-${index}`)];
        counters[index] = await supervisor.startInstance({ module, residency, capabilities });
      },
    },
    {
      name: 'kv increment',
      times: () => times,
      async act(index) {
        const which = index % COUNTERS;
        const count = (await supervisor.invoke(counters[which] ?? '', 'bump', ['count'])) as bigint;
        // Answers may come in any order.
        if (count > (counts[which] ?? 0n)) counts[which] = count;
        done += 1;
      },
    },
    {
      name: 'stop counters',
      times: () => counters.length,
      async act(index) {
        const wanted = BigInt(Math.floor((times - index + COUNTERS - 1) / COUNTERS));
        const count = counts[index] ?? 0n;
        await supervisor.stopInstance(counters[index] ?? '');
        if (done === times && count !== wanted)
          throw new Error(`counter ${index} is ${count} instead of ${wanted}`);
      },
    },
  ];
}

import { expect } from 'chai';
import { resolveCapacity } from '../../lib/core/capacity-options.ts';
import { type OnDemandOptions, resolveOnDemand } from '../../lib/core/on-demand-options.ts';
import { CapacityGovernor } from '../../lib/threads/capacity-governor.ts';
import type { GuestThread } from '../../lib/threads/guest-thread.ts';
import { SharedThreads } from '../../lib/threads/shared-threads.ts';
import { DEFAULT_HEAP_MB } from '../../lib/threads/thread-options.ts';
import { ThreadRegistry } from '../../lib/threads/thread-registry.ts';
import { failureOf } from '../e2e/fixtures.ts';

describe('threads that guests share', () => {
  let registry: ThreadRegistry;

  async function shared(options: OnDemandOptions = {}): Promise<SharedThreads> {
    const governor = new CapacityGovernor(10, resolveCapacity(undefined));
    // A thread is made for several guests only where there is known to be plenty of room.
    await governor.bounds();
    registry = new ThreadRegistry({ governor, maxThreads: 10, warmSpares: 0 });
    return new SharedThreads(registry, governor, resolveOnDemand({ maxThreads: 1, ...options }));
  }

  /** Carries a guest that comes to rest cleanly. */
  async function carry(threads: SharedThreads): Promise<GuestThread> {
    const thread = await threads.lease({});
    await threads.giveBack(thread);
    return thread;
  }

  afterEach(() => registry.destroy());

  it('P1 · are handed on so many times, and then replaced', async () => {
    const threads = await shared({ maxLeases: 3 });
    const carriers = [];
    for (let lease = 0; lease < 7; lease += 1) carriers.push(await carry(threads));
    const [a, b, c] = [carriers[0], carriers[3], carriers[6]];
    expect(carriers).to.deep.equal([a, a, a, b, b, b, c]);
    expect(new Set(carriers).size).to.equal(3);
    expect([a, b, c].map((each) => each?.isAlive)).to.deep.equal([false, false, true]);
    expect(threads.idle).to.equal(1);
  });

  it('are replaced when the memories of their guests have grown much', async () => {
    const threads = await shared();
    const carriers = [];
    for (let lease = 0; lease < 4; lease += 1) {
      const thread = await threads.lease({});
      await threads.giveBack(thread, 16 * 1_024 * 1_024);
      carriers.push(thread);
    }
    const [a, b] = [carriers[0], carriers[2]];
    expect(carriers).to.deep.equal([a, a, b, b]);
    expect(a).to.not.equal(b);
    expect(registry.size).to.equal(0);
  });

  it('P1 · are not handed on where nobody wants that', async () => {
    const threads = await shared({ threadReuse: false });
    const [first, second] = [await carry(threads), await carry(threads)];
    expect(first).to.not.equal(second);
    expect(registry.size).to.equal(0);
  });

  it('P1 · are never seen again after a guest that was ended in them', async () => {
    const threads = await shared();
    const first = await carry(threads);
    expect(await threads.lease({})).to.equal(first);
    // Somebody waits for it, but has another one.
    const next = threads.lease({});
    await registry.reap(first.id);
    const second = await next;
    expect(second).to.not.equal(first);
    expect(second.isAlive).to.equal(true);
    expect(threads.idle).to.equal(0);
  });

  it('P1 · are never seen again when they end while they wait for a guest', async () => {
    const threads = await shared();
    const first = await carry(threads);
    await first.terminate();
    expect(threads.idle).to.equal(0);
    expect(await carry(threads)).to.not.equal(first);
  });

  it('P1 · with a larger heap than others have carry one guest', async () => {
    const threads = await shared();
    const large = await threads.lease({ heapMb: 2 * DEFAULT_HEAP_MB });
    await threads.giveBack(large);
    expect(large.isAlive).to.equal(false);
    expect(await carry(threads)).to.not.equal(large);
  });

  it('W4 · are waited for by so many, each of which may leave', async () => {
    const threads = await shared({ maxWaiting: 1 });
    const thread = await threads.lease({});
    const leaving = new AbortController();
    const reason = new Error('stopped');
    const waiting = threads.lease({}, leaving.signal);
    const refused = await failureOf(threads.lease({}));
    expect(refused.details).to.include({ resource: 'activations', used: 1, limit: 1 });
    leaving.abort(reason);
    expect(await waiting.catch((error: unknown) => error)).to.equal(reason);
    const next = threads.lease({});
    await threads.giveBack(thread);
    expect(await next).to.equal(thread);
  });
});

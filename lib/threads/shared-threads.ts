import { WasmatrixError } from '../core/errors.ts';
import type { OnDemandOptions } from '../core/on-demand-options.ts';
import { settlesWithin } from '../core/settles-within.ts';
import { systemClock } from '../core/system-clock.ts';
import type { CapacityClaim, CapacityGovernor } from './capacity-governor.ts';
import type { GuestThread } from './guest-thread.ts';
import { type LeaseDemand, NO_DEMAND } from './lease-demand.ts';
import { DEFAULT_HEAP_MB } from './thread-options.ts';
import type { ThreadRegistry } from './thread-registry.ts';

/** To forget a guest takes microseconds; a thread that has not by then is not to be trusted. */
const RESET_DEADLINE_MS = 1_000;

/**
 * What the guests of a thread may have grown by, together, before it is replaced. V8 does not count that when it
 * decides whether to collect, so a thread that rests would keep every memory that has grown on it.
 */
const MOST_GROWN_BYTES = 32 * 1_024 * 1_024;

/** Somebody who waits for a thread. */
interface Waiter {
  readonly demand: LeaseDemand;
  readonly resolve: (thread: GuestThread) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A few threads for many guests, one after another. A thread is handed on only by a guest that came to rest
 * cleanly, and only so many times; after a trap, a deadline or a kill it is never seen again.
 */
export class SharedThreads {
  readonly #registry: ThreadRegistry;
  readonly #governor: CapacityGovernor;
  readonly #options: Required<OnDemandOptions>;
  readonly #idle: GuestThread[] = [];
  readonly #claims = new Map<GuestThread, CapacityClaim>();
  readonly #leases = new WeakMap<GuestThread, number>();
  readonly #grownBytes = new WeakMap<GuestThread, number>();
  /** Threads with a guest, until it is forgotten. */
  readonly #busy = new Set<GuestThread>();
  readonly #waiting = new Set<Waiter>();
  /** Threads that have a guest, or are being made or cleaned for one. */
  #taken = 0;
  #isClosed = false;
  /** Asks whoever can to give a thread back. */
  onWanted: () => void = () => undefined;

  constructor(
    registry: ThreadRegistry,
    governor: CapacityGovernor,
    options: Required<OnDemandOptions>,
  ) {
    this.#registry = registry;
    this.#governor = governor;
    this.#options = options;
  }

  /** Guests that wait for a thread. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Threads that wait for a guest. */
  get idle(): number {
    return this.#idle.length;
  }

  /**
   * A thread for one guest, as soon as one is free.
   *
   * @param signal - of who wants none any more; heard while there is none.
   * @throws `RESOURCE_EXHAUSTED` where too many wait, or where there is no room for a guest.
   */
  lease(demand: LeaseDemand, signal?: AbortSignal): Promise<GuestThread> {
    if (this.#isClosed) return Promise.reject(closed());
    if (this.#taken < this.#options.maxThreads) return this.#taking(demand);
    if (this.#waiting.size >= this.#options.maxWaiting) {
      return Promise.reject(tooManyWait(this.#waiting.size, this.#options.maxWaiting));
    }
    const { promise, resolve, reject } = Promise.withResolvers<GuestThread>();
    const waiter = { demand, resolve, reject };
    this.#waiting.add(waiter);
    const leave = (): void => {
      if (this.#waiting.delete(waiter)) reject(signal?.reason);
    };
    signal?.addEventListener('abort', leave, { once: true });
    this.onWanted();
    return promise;
  }

  async #taking(demand: LeaseDemand): Promise<GuestThread> {
    this.#taken += 1;
    try {
      const thread = await this.#find(demand);
      this.#busy.add(thread);
      if (!this.#leases.has(thread)) void thread.ended.then(() => this.#dropped(thread));
      this.#leases.set(thread, (this.#leases.get(thread) ?? 0) + 1);
      return thread;
    } catch (error) {
      this.#free();
      throw error;
    }
  }

  async #find(demand: LeaseDemand): Promise<GuestThread> {
    // Threads that are shared have the heap that nearly all guests need.
    if ((demand.heapMb ?? DEFAULT_HEAP_MB) !== DEFAULT_HEAP_MB) return this.#registry.lease(demand);
    const thread = this.#takeIdle() ?? (await this.#registry.leaseEmpty());
    if (thread === undefined) return this.#registry.lease(demand);
    let claim: CapacityClaim;
    try {
      claim = await this.#governor.claimGuest({ ...NO_DEMAND, ...demand }, true);
    } catch (error) {
      this.#keep(thread);
      throw error;
    }
    claim.settle();
    this.#claims.set(thread, claim);
    thread.holdProcess(true);
    return thread;
  }

  #takeIdle(): GuestThread | undefined {
    let thread = this.#idle.pop();
    while (thread !== undefined && !thread.isAlive) thread = this.#idle.pop();
    return thread;
  }

  /**
   * Takes back a thread whose guest stands still. A thread that is not to carry another one is ended; resolves
   * when it is gone.
   *
   * @param grownBytes - by which the memories of its guest may have grown.
   */
  async giveBack(thread: GuestThread, grownBytes = 0): Promise<void> {
    thread.quit();
    this.#grownBytes.set(thread, (this.#grownBytes.get(thread) ?? 0) + grownBytes);
    if (!this.#mayGoOn(thread)) {
      await this.#registry.reap(thread.id);
      return;
    }
    this.#claims.get(thread)?.end();
    this.#claims.delete(thread);
    this.#keep(thread);
    const isWanted = this.#waiting.size > 0;
    if (this.#busy.delete(thread)) this.#free();
    // Whoever comes next has it forget its last guest anyway.
    if (isWanted || (await isReset(thread))) return;
    const index = this.#idle.indexOf(thread);
    if (index < 0) return;
    this.#idle.splice(index, 1);
    await this.#registry.reap(thread.id);
  }

  #mayGoOn(thread: GuestThread): boolean {
    const { threadReuse, maxLeases } = this.#options;
    const isShared = this.#claims.has(thread);
    const leases = this.#leases.get(thread) ?? 0;
    const isWorn = leases >= maxLeases || (this.#grownBytes.get(thread) ?? 0) >= MOST_GROWN_BYTES;
    return threadReuse && isShared && !isWorn && thread.isAlive && !this.#isClosed;
  }

  #keep(thread: GuestThread): void {
    thread.holdProcess(false);
    this.#idle.push(thread);
  }

  /** The thread has ended: with its guest, or while it waited for one. */
  #dropped(thread: GuestThread): void {
    const claim = this.#claims.get(thread);
    this.#claims.delete(thread);
    claim?.end();
    const index = this.#idle.indexOf(thread);
    if (index >= 0) this.#idle.splice(index, 1);
    if (this.#busy.delete(thread)) this.#free();
  }

  /** A place is free; whoever has waited longest has it. */
  #free(): void {
    this.#taken -= 1;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#taking(next.demand).then(next.resolve, next.reject);
  }

  /** Refuses everybody who waits; the threads are the registry's to end. */
  destroy(): void {
    this.#isClosed = true;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(closed());
  }
}

/** Whether the thread has forgotten its guest in time. */
async function isReset(thread: GuestThread): Promise<boolean> {
  const reset = thread.reset().then(
    () => true,
    () => false,
  );
  return (await settlesWithin(reset, RESET_DEADLINE_MS, systemClock)) && reset;
}

const closed = (): WasmatrixError =>
  new WasmatrixError('INVALID_REQUEST', 'the supervisor is closed');

const tooManyWait = (used: number, limit: number): WasmatrixError =>
  new WasmatrixError('RESOURCE_EXHAUSTED', 'too many instances wait for a thread', {
    resource: 'activations',
    used,
    limit,
    needed: 1,
    raise: 'raise the option onDemand.maxWaiting',
  });

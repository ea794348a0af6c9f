import { availableParallelism } from 'node:os';
import type { GuestDemand } from '../core/capacity-cost.ts';
import { WasmatrixError } from '../core/errors.ts';
import { settlesWithin } from '../core/settles-within.ts';
import { systemClock } from '../core/system-clock.ts';
import type { CapacityClaim, CapacityGovernor } from './capacity-governor.ts';
import { GuestThread } from './guest-thread.ts';
import { isShortOfRoom, type LeaseDemand, NO_DEMAND } from './lease-demand.ts';
import { TaskGate } from './task-gate.ts';
import { notLoaded } from './thread-end.ts';
import { DEFAULT_HEAP_MB } from './thread-options.ts';
import { type WorkerScriptOptions, WorkerScripts } from './worker-scripts.ts';

/** A start takes a millisecond or two, and a spare that loads meanwhile would compete with it. */
const REFILL_DELAY_MS = 5;
/** A thread that has not loaded by then never will. */
const LOAD_DEADLINE_MS = 30_000;

/**
 * Threads that are being ended at once. Each costs the host a millisecond or two, and more of them would
 * only hold up everybody else; so few that a guest which takes seconds to end holds up no other.
 */
const ENDINGS_AT_ONCE = 32;

/** Nothing that is admitted holds out for so long; what does must not hold up everybody else. */
const END_DEADLINE_MS = 30_000;

/**
 * Owns every guest thread from its first to its last moment. Actors borrow threads; whatever becomes
 * of an actor, `reap` and `destroy` find its thread here.
 */
export class ThreadRegistry {
  readonly #threads = new Map<number, GuestThread>();
  readonly #spares: GuestThread[] = [];
  /** Spares that are being made. */
  readonly #coming = new Set<GuestThread>();
  /** A cold thread takes about 10 ms of a processor: more at once only delay each other and all else. */
  readonly #gate = new TaskGate(2 * availableParallelism());
  readonly #endings = new TaskGate(ENDINGS_AT_ONCE);
  readonly #scripts: WorkerScripts;
  readonly #governor: CapacityGovernor;
  readonly #maxThreads: number;
  readonly #spareTarget: number;
  #lastId = 0;
  #sparesComing = 0;
  #leasesWaiting = 0;
  #isClosed = false;
  #refillTimer: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly governor: CapacityGovernor;
    readonly maxThreads: number;
    readonly warmSpares: number;
    /** What the threads run. */
    readonly script?: WorkerScriptOptions;
  }) {
    this.#scripts = new WorkerScripts(options.script);
    this.#governor = options.governor;
    this.#maxThreads = options.maxThreads;
    this.#spareTarget = options.warmSpares;
  }

  /** Threads that exist, spares included. */
  get size(): number {
    return this.#threads.size;
  }

  /** Spares that are ready. */
  get spares(): number {
    return this.#spares.length;
  }

  /** Starts that wait for a thread. */
  get waiting(): number {
    return this.#leasesWaiting;
  }

  /**
   * Keeps a place for a guest whose lease is to come.
   *
   * @returns gives it up, once; right before the lease, which takes its own.
   * @throws `RESOURCE_EXHAUSTED`
   */
  reserve(memoryBytes: number): () => void {
    return this.#governor.reserve(memoryBytes);
  }

  /**
   * A fresh thread for one guest: a warm spare, or a cold one where there is none or where the guest
   * needs a larger heap than the spares have.
   *
   * @throws `RESOURCE_EXHAUSTED` where there is no room; `TIMEOUT` if it did not load; `ThreadGone` if it
   * died doing so.
   */
  async lease({ heapMb = DEFAULT_HEAP_MB, ...demand }: LeaseDemand = {}): Promise<GuestThread> {
    this.#assertOpen();
    const guest = { ...NO_DEMAND, ...demand };
    this.#leasesWaiting += 1;
    let thread: GuestThread | undefined;
    try {
      const spare = heapMb === DEFAULT_HEAP_MB ? this.#takeSpare() : undefined;
      if (spare !== undefined) thread = await this.#leaseSpare(spare, guest);
      thread ??= await this.#leaseCold(heapMb, guest);
    } finally {
      this.#leasesWaiting -= 1;
    }
    thread.holdProcess(true);
    this.#refillSoon();
    return thread;
  }

  async #leaseSpare(spare: GuestThread, guest: GuestDemand): Promise<GuestThread | undefined> {
    let claim: CapacityClaim;
    try {
      claim = await this.#governor.claimGuest(guest, true);
    } catch (error) {
      if (!this.#isClosed && spare.isAlive) this.#spares.push(spare);
      throw error;
    }
    this.#occupy(spare, claim);
    this.#assertOpen();
    // It may have ended while there was something to wait for.
    return spare.isAlive ? spare : undefined;
  }

  async #leaseCold(heapMb: number, guest: GuestDemand): Promise<GuestThread> {
    const claim = await this.#claimCold(guest);
    try {
      return await this.#spawn(heapMb, claim);
    } catch (error) {
      claim.end();
      throw error;
    }
  }

  /** Where a cold start has no room, spares give up theirs. */
  async #claimCold(guest: GuestDemand): Promise<CapacityClaim> {
    for (;;) {
      try {
        return await this.#governor.claimGuest(guest, false);
      } catch (error) {
        const spare = isShortOfRoom(error) ? this.#takeSpare() : undefined;
        if (spare === undefined) throw error;
        await spare.terminate();
        this.#assertOpen();
      }
    }
  }

  /**
   * A thread that is to carry several guests, one after another, each of which takes room of its own.
   * Nothing where there is no room to spare.
   */
  async leaseEmpty(): Promise<GuestThread | undefined> {
    this.#assertOpen();
    const spare = this.#takeSpare();
    const claim = spare === undefined ? this.#governor.claimSpare() : undefined;
    if (spare === undefined && claim === undefined) return undefined;
    this.#refillSoon();
    if (claim === undefined) return spare;
    const thread = await this.#spawn(DEFAULT_HEAP_MB, claim).catch((error: unknown) => {
      claim.end();
      throw error;
    });
    claim.settle();
    return thread;
  }

  /** A thread has, or will have, a guest, and holds what that takes until it is gone. */
  #occupy(thread: GuestThread, claim: CapacityClaim): void {
    thread.whenStarted(() => claim.settle());
    void thread.ended.then(() => claim.end());
  }

  #refillSoon(): void {
    this.#refillTimer ??= setTimeout(() => {
      this.#refillTimer = undefined;
      this.refill();
    }, REFILL_DELAY_MS);
  }

  #takeSpare(): GuestThread | undefined {
    let thread = this.#spares.pop();
    while (thread !== undefined && !thread.isAlive) thread = this.#spares.pop();
    return thread;
  }

  /** Brings the spares up to their number while there is plenty of room, behind every start that waits. */
  refill(): void {
    if (this.#isClosed || this.#spareTarget === 0) return;
    if (!this.#governor.isInformed) {
      void this.#governor.open().then(() => this.refill());
      return;
    }
    const isWanted =
      this.#leasesWaiting === 0 &&
      this.#spares.length + this.#sparesComing < this.#spareTarget &&
      this.#threads.size < this.#maxThreads;
    const claim = isWanted ? this.#governor.claimSpare() : undefined;
    if (claim !== undefined) void this.#addSpare(claim);
  }

  async #addSpare(claim: CapacityClaim): Promise<void> {
    this.#sparesComing += 1;
    try {
      const thread = await this.#spawn(DEFAULT_HEAP_MB, claim, true);
      claim.settle();
      thread.holdProcess(false);
      if (!this.#isClosed) this.#spares.push(thread);
    } catch {
      // A spare that failed to load is no loss: the next lease starts a cold one and hears why.
      claim.end();
    }
    this.#sparesComing -= 1;
    if (this.#spares.length > 0) this.refill();
  }

  async #spawn(heapMb: number, claim: CapacityClaim, isSpare = false): Promise<GuestThread> {
    return this.#gate.run(async () => {
      this.#assertOpen();
      await claim.launch();
      await this.#makeRoom(isSpare);
      this.#assertOpen();
      const thread = this.#newThread(heapMb, claim);
      let isLate = false;
      const deadline = setTimeout(() => {
        isLate = true;
        void thread.terminate();
      }, LOAD_DEADLINE_MS);
      if (isSpare) this.#coming.add(thread);
      try {
        await thread.ready;
        // The very first thread, too: the compiled code that it shares is every other thread's.
        if (isSpare || !this.#scripts.hasCode) await thread.rehearse();
      } catch (error) {
        throw isLate ? notLoaded(LOAD_DEADLINE_MS) : error;
      } finally {
        this.#coming.delete(thread);
        clearTimeout(deadline);
      }
      return thread;
    });
  }

  #newThread(heapMb: number, claim: CapacityClaim): GuestThread {
    const thread = new GuestThread(++this.#lastId, heapMb, this.#scripts);
    this.#threads.set(thread.id, thread);
    this.#occupy(thread, claim);
    void thread.ended.then(() => {
      this.#threads.delete(thread.id);
      this.#governor.threadEnded();
    });
    return thread;
  }

  /** At the limit a start that no spare can serve, such as one with a larger heap, has one's place. */
  async #makeRoom(isSpare: boolean): Promise<void> {
    // Otherwise a spare could take the place of a start that has been let in.
    if (isSpare && this.#leasesWaiting > 0) throw this.#exhausted();
    while (this.#threads.size >= this.#maxThreads) {
      const spare = isSpare ? undefined : (this.#takeSpare() ?? this.#coming.values().next().value);
      if (spare === undefined) throw this.#exhausted();
      await spare.terminate();
    }
  }

  #exhausted(): WasmatrixError {
    return new WasmatrixError('RESOURCE_EXHAUSTED', 'no thread is free for another instance', {
      resource: 'threads',
      limit: this.#maxThreads,
      used: this.#threads.size,
    });
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new WasmatrixError('INVALID_REQUEST', 'the supervisor is closed');
  }

  /**
   * Ends a thread, whoever holds it. Idempotent; resolves when it is gone, or has been given up: until it is
   * gone it counts.
   */
  async reap(id: number): Promise<void> {
    await this.#endings.run(async () => {
      const ended = this.#threads.get(id)?.terminate();
      if (ended !== undefined) await settlesWithin(ended, END_DEADLINE_MS, systemClock);
    });
  }

  /** Ends every thread and refuses new ones. Idempotent; resolves when all are gone. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#refillTimer);
    this.#spares.length = 0;
    await Promise.all([...this.#threads.keys()].map((id) => this.reap(id)));
    await this.#governor.destroy();
  }
}

import { availableParallelism } from 'node:os';
import { WasmatrixError } from '../core/errors.ts';
import { GuestThread } from './guest-thread.ts';
import { StartGate } from './start-gate.ts';
import { DEFAULT_HEAP_MB } from './thread-options.ts';
import { WorkerScript } from './worker-script.ts';

/** A start takes a millisecond or two, and a spare that loads meanwhile would compete with it. */
const REFILL_DELAY_MS = 5;
/** A thread that has not loaded by then never will. */
const LOAD_DEADLINE_MS = 30_000;

/**
 * Owns every guest thread from its first to its last moment. Actors borrow threads; whatever becomes
 * of an actor, `reap` and `destroy` find its thread here.
 */
export class ThreadRegistry {
  readonly #threads = new Map<number, GuestThread>();
  readonly #spares: GuestThread[] = [];
  readonly #gate = new StartGate(2 * availableParallelism());
  readonly #script = new WorkerScript();
  readonly #maxThreads: number;
  readonly #spareTarget: number;
  #lastId = 0;
  #sparesComing = 0;
  #leasesWaiting = 0;
  #isClosed = false;
  #refillTimer: NodeJS.Timeout | undefined;

  constructor(options: { readonly maxThreads: number; readonly warmSpares: number }) {
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
   * A fresh thread for one guest: a warm spare, or a cold one where there is none or where the guest
   * needs a larger heap than the spares have.
   *
   * @param heapMb - old generation of its heap, in MiB.
   * @throws `RESOURCE_EXHAUSTED` at the limit of threads; `ThreadGone` if it died while loading.
   */
  async lease(heapMb: number = DEFAULT_HEAP_MB): Promise<GuestThread> {
    this.#assertOpen();
    let thread = heapMb === DEFAULT_HEAP_MB ? this.#takeSpare() : undefined;
    if (thread === undefined) {
      this.#leasesWaiting += 1;
      try {
        thread = await this.#spawn(heapMb);
      } finally {
        this.#leasesWaiting -= 1;
      }
    }
    thread.holdProcess(true);
    this.#refillSoon();
    return thread;
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

  /** Brings the spares up to their number, behind every start that waits already. */
  refill(): void {
    const isWanted =
      !this.#isClosed &&
      this.#leasesWaiting === 0 &&
      this.#spares.length + this.#sparesComing < this.#spareTarget &&
      this.#threads.size < this.#maxThreads;
    if (!isWanted) return;
    this.#sparesComing += 1;
    void this.#spawn(DEFAULT_HEAP_MB, true)
      .then((thread) => {
        thread.holdProcess(false);
        if (!this.#isClosed) this.#spares.push(thread);
      })
      // A spare that failed to load is no loss: the next lease starts a cold one and hears why.
      .catch(() => undefined)
      .finally(() => {
        this.#sparesComing -= 1;
        if (this.#spares.length > 0) this.refill();
      });
  }

  async #spawn(heapMb: number, isSpare = false): Promise<GuestThread> {
    return this.#gate.run(async () => {
      this.#assertOpen();
      await this.#makeRoom(isSpare);
      this.#assertOpen();
      const thread = new GuestThread(++this.#lastId, heapMb, this.#script);
      this.#threads.set(thread.id, thread);
      void thread.ended.then(() => this.#threads.delete(thread.id));
      const deadline = setTimeout(() => void thread.terminate(), LOAD_DEADLINE_MS);
      try {
        await thread.ready;
        // The very first thread, too: the compiled code that it shares is every other thread's.
        if (isSpare || !this.#script.hasCode) await thread.rehearse();
      } finally {
        clearTimeout(deadline);
      }
      return thread;
    });
  }

  /** At the limit a start that no spare can serve, such as one with a larger heap, has one's place. */
  async #makeRoom(isSpare: boolean): Promise<void> {
    while (this.#threads.size >= this.#maxThreads) {
      const spare = isSpare ? undefined : this.#takeSpare();
      if (spare === undefined) throw this.#exhausted();
      await spare.terminate();
    }
    // Otherwise a spare could take the place that a start has just made.
    if (isSpare && this.#leasesWaiting > 0) throw this.#exhausted();
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

  /** Ends a thread, whoever holds it. Idempotent; resolves when it is gone. */
  async reap(id: number): Promise<void> {
    await this.#threads.get(id)?.terminate();
  }

  /** Ends every thread and refuses new ones. Idempotent; resolves when all are gone. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#refillTimer);
    this.#spares.length = 0;
    await Promise.all([...this.#threads.values()].map((thread) => thread.terminate()));
  }
}

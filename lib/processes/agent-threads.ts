import { constants } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { resolveCapacity } from '../core/capacity-options.ts';
import type { ProcessDemand } from '../protocol/process-messages.ts';
import type { ShardConfig } from '../protocol/shard-config.ts';
import { CapacityGovernor } from '../threads/capacity-governor.ts';
import { GuestThread } from '../threads/guest-thread.ts';
import { capMemoryPages } from '../threads/page-cap.ts';
import { ThreadRegistry } from '../threads/thread-registry.ts';
import { WorkerScripts } from '../threads/worker-scripts.ts';

/**
 * V8 would otherwise collect each of some hundreds of idle heaps after its last work, and nothing else
 * would run meanwhile; and it would keep the pages of ended threads.
 */
const FLAGS = ['--no-memory-reducer', '--no-memory-pool-share-memory-on-teardown'];

/**
 * Hundreds of guests that compute would leave the first thread of their shard, which is to end them and to answer
 * the host, and the host itself, next to nothing of the processors.
 */
const NICENESS =
  process.platform === 'linux' ? constants.priority.PRIORITY_BELOW_NORMAL : undefined;

/** Where a process has the threads of its guests from. */
export interface AgentThreads {
  /** Threads that exist. */
  readonly size: number;
  /**
   * A thread of its own for one guest.
   *
   * @throws `RESOURCE_EXHAUSTED` where there is no room; `ThreadGone` if it died while loading.
   */
  lease(demand: ProcessDemand): Promise<GuestThread>;
  /** Ends one; resolves when it is gone, or has been given up. */
  reap(thread: GuestThread): Promise<void>;
}

/** Those of a process that one guest has, or a few share: made when they are wanted. */
export class FreshThreads implements AgentThreads {
  readonly #scripts: WorkerScripts;
  #lastId = 0;
  #size = 0;

  constructor(bundle: URL) {
    this.#scripts = new WorkerScripts({ bundle });
  }

  get size(): number {
    return this.#size;
  }

  async lease({ heapMb }: ProcessDemand): Promise<GuestThread> {
    const thread = new GuestThread(++this.#lastId, heapMb, this.#scripts);
    this.#size += 1;
    void thread.ended.then(() => {
      this.#size -= 1;
    });
    await thread.ready;
    return thread;
  }

  reap(thread: GuestThread): Promise<void> {
    return thread.terminate();
  }
}

/** Those of a shard: bounded by what its process can carry, with spares. */
export class ShardThreads implements AgentThreads {
  readonly #registry: ThreadRegistry;

  constructor(bundle: URL, { maxThreads, warmSpares, capacity }: ShardConfig) {
    for (const flag of FLAGS) setFlagsFromString(flag);
    const limits = resolveCapacity(capacity);
    capMemoryPages(limits.maxMemoryPages);
    const governor = new CapacityGovernor(maxThreads, limits);
    const script = { bundle, niceness: NICENESS };
    this.#registry = new ThreadRegistry({ governor, maxThreads, warmSpares, script });
    this.#registry.refill();
  }

  get size(): number {
    return this.#registry.size;
  }

  lease(demand: ProcessDemand): Promise<GuestThread> {
    return this.#registry.lease(demand);
  }

  reap(thread: GuestThread): Promise<void> {
    return this.#registry.reap(thread.id);
  }
}

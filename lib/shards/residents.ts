import { isWasmatrixError } from '../core/errors.ts';
import type { ProcessDemand } from '../protocol/process-messages.ts';
import type { CapacityGovernor } from '../threads/capacity-governor.ts';
import type { GuestCarrier } from '../threads/guest-carrier.ts';
import type { ThreadRegistry } from '../threads/thread-registry.ts';
import type { ShardModule } from './shard-modules.ts';
import type { ShardRegistry } from './shard-registry.ts';

/** What this process lacks and another would have. */
const ELSEWHERE: ReadonlySet<unknown> = new Set(['threads', 'mappings', 'descriptors']);

/**
 * Where residents live: in threads of this process, in shards, or here for as long as there is plenty of
 * room and in shards beyond that.
 */
export class Residents {
  readonly #threads: ThreadRegistry;
  readonly #governor: CapacityGovernor;
  readonly #shards: ShardRegistry;
  readonly #where: 'here' | 'shards' | 'auto';

  constructor(
    threads: ThreadRegistry,
    governor: CapacityGovernor,
    shards: ShardRegistry,
    count: number | 'auto',
  ) {
    this.#threads = threads;
    this.#governor = governor;
    this.#shards = shards;
    this.#where = count === 'auto' ? 'auto' : count === 0 ? 'here' : 'shards';
  }

  /**
   * Keeps a place for a guest whose lease is to come.
   *
   * @returns gives it up, once; right before the lease, which takes its own.
   * @throws `RESOURCE_EXHAUSTED`
   */
  reserve(memoryBytes: number): () => void {
    if (this.#where === 'here') return this.#threads.reserve(memoryBytes);
    // With `auto`, who finds no room in a shard may still find some here.
    return this.#shards.reserve(memoryBytes);
  }

  /**
   * A fresh thread for one guest, wherever it is.
   *
   * @throws `RESOURCE_EXHAUSTED`; `TIMEOUT`; `ThreadGone` if it died while loading.
   */
  async lease(demand: ProcessDemand, module: ShardModule): Promise<GuestCarrier> {
    if (this.#where === 'here') return this.#threads.lease(demand);
    if (this.#where === 'shards') return this.#shards.lease(demand, module);
    const here = this.#governor.hasPlenty ? await this.#tried(demand) : undefined;
    if (here !== undefined) return here;
    try {
      return await this.#shards.lease(demand, module);
    } catch (error) {
      if (!isWasmatrixError(error) || error.code !== 'RESOURCE_EXHAUSTED') throw error;
      const last = await this.#tried(demand);
      if (last === undefined) throw error;
      return last;
    }
  }

  /** A thread of this process, unless it lacks what another process would have. */
  async #tried(demand: ProcessDemand): Promise<GuestCarrier | undefined> {
    try {
      return await this.#threads.lease(demand);
    } catch (error) {
      if (!isWasmatrixError(error) || error.code !== 'RESOURCE_EXHAUSTED') throw error;
      if (!ELSEWHERE.has(error.details['resource'])) throw error;
      return undefined;
    }
  }
}

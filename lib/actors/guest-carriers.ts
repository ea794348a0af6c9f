import type { ResolvedInstanceSpec } from '../core/instance-spec.ts';
import { systemClock } from '../core/system-clock.ts';
import type { ProcessRegistry } from '../processes/process-registry.ts';
import type { Residents } from '../shards/residents.ts';
import type { ShardRegistry } from '../shards/shard-registry.ts';
import type { GuestCarrier } from '../threads/guest-carrier.ts';
import { GuestThread } from '../threads/guest-thread.ts';
import type { CompiledModule } from '../threads/module-store.ts';
import type { SharedThreads } from '../threads/shared-threads.ts';
import { heapFor } from '../threads/thread-options.ts';
import type { ThreadRegistry } from '../threads/thread-registry.ts';

/** What carries guests, by its kind. */
export interface CarrierKinds {
  readonly threads: ThreadRegistry;
  /** Threads of this process for guests that take turns. */
  readonly shared: SharedThreads;
  readonly shards: ShardRegistry;
  /** Threads of this process, or of shards. */
  readonly residents: Residents;
  readonly processes: ProcessRegistry;
}

/** How long the start of a next life takes where a spare waits for it. */
const SUCCESSOR_MS = 5;

/** What decides about the carrier of a life. */
type CarrierChoice = Pick<ResolvedInstanceSpec, 'isolation' | 'limits' | 'residency'>;

/**
 * Where lives are carried: in threads of this process or of shards, of their own or shared one after another,
 * or in processes of their own.
 */
export class GuestCarriers {
  readonly threads: ThreadRegistry;
  readonly shared: SharedThreads;
  readonly shards: ShardRegistry;
  readonly processes: ProcessRegistry;
  readonly #residents: Residents;

  constructor({ threads, shared, shards, residents, processes }: CarrierKinds) {
    this.threads = threads;
    this.shared = shared;
    this.shards = shards;
    this.processes = processes;
    this.#residents = residents;
  }

  /** Makes the first shards, which load by themselves. */
  async open(): Promise<void> {
    await this.shards.open();
    this.threads.refill();
  }

  /**
   * Keeps a place for a life to come, so that a flood of starts is refused before it costs anything.
   *
   * @returns gives it up, once; right before the lease, which takes its own.
   * @throws `RESOURCE_EXHAUSTED`
   */
  reserve({ isolation, limits, residency }: CarrierChoice): () => void {
    if (isolation === 'process' || residency === 'on-demand') return () => undefined;
    return this.#residents.reserve(limits.memoryBytes);
  }

  /**
   * A carrier for one life, which knows nothing of any other.
   *
   * @param signal - of a life that has ended before it began: it need not wait for a shared thread any more.
   * @throws `RESOURCE_EXHAUSTED`; `ThreadGone` if it died while loading.
   */
  lease(
    { isolation, limits, residency }: CarrierChoice,
    module: Pick<CompiledModule, 'admitted' | 'code'>,
    signal?: AbortSignal,
  ): Promise<GuestCarrier> {
    const { memories, initialMemoryBytes } = module.admitted;
    const heapMb = heapFor(limits.tableEntries, limits.payloadBytes);
    const demand = { heapMb, memories, initialMemoryBytes, memoryBytes: limits.memoryBytes };
    if (isolation === 'process') return this.processes.lease(demand);
    if (residency === 'on-demand') return this.shared.lease(demand, signal);
    return this.#residents.lease(demand, module);
  }

  /**
   * Gives back the carrier of a guest that stands still. Resolves when nothing of it is left.
   *
   * @param grownBytes - by which the memories of the guest may have grown.
   */
  async giveBack(carrier: GuestCarrier, grownBytes = 0): Promise<void> {
    if (carrier instanceof GuestThread) await this.shared.giveBack(carrier, grownBytes);
    else await carrier.terminate();
  }

  /** Ends a carrier, whatever it does. Idempotent; resolves when it is gone. */
  async reap(carrier: GuestCarrier): Promise<void> {
    if (carrier instanceof GuestThread) await this.threads.reap(carrier.id);
    else await carrier.terminate();
  }

  /**
   * Ends the carrier of a guest that stands still for good. To end a thread holds up the host for a millisecond
   * or two, and the next life, which may begin at once, shall not wait for that.
   */
  async reapStill(carrier: GuestCarrier): Promise<void> {
    if (carrier instanceof GuestThread) await pause(SUCCESSOR_MS);
    await this.reap(carrier);
  }

  /** Ends all of them and refuses new ones. Idempotent; resolves when all are gone. */
  async destroy(): Promise<void> {
    this.shared.destroy();
    await Promise.all([this.threads.destroy(), this.shards.destroy(), this.processes.destroy()]);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.setTimeout(resolve, ms));
}

import type { ResolvedInstanceSpec } from '../core/instance-spec.ts';
import { ProcessRegistry } from '../processes/process-registry.ts';
import type { CapacityGovernor } from '../threads/capacity-governor.ts';
import type { GuestCarrier } from '../threads/guest-carrier.ts';
import { GuestThread } from '../threads/guest-thread.ts';
import { SharedThreads } from '../threads/shared-threads.ts';
import { heapFor } from '../threads/thread-options.ts';
import { ThreadRegistry } from '../threads/thread-registry.ts';
import type { AdmittedModule } from '../wasm/admitted-module.ts';
import type { ResolvedSupervisorOptions } from './supervisor-options.ts';

/** What decides about the carrier of a life. */
type CarrierChoice = Pick<ResolvedInstanceSpec, 'isolation' | 'limits' | 'residency'>;

/**
 * Where lives are carried: in threads of this process, of their own or shared one after another, or in
 * processes of their own.
 */
export class GuestCarriers {
  readonly threads: ThreadRegistry;
  readonly shared: SharedThreads;
  readonly processes: ProcessRegistry;

  constructor(threads: ThreadRegistry, shared: SharedThreads, processes: ProcessRegistry) {
    this.threads = threads;
    this.shared = shared;
    this.processes = processes;
  }

  /**
   * Keeps a place for a life to come, so that a flood of starts is refused before it costs anything.
   *
   * @returns gives it up, once; right before the lease, which takes its own.
   * @throws `RESOURCE_EXHAUSTED`
   */
  reserve({ isolation, limits, residency }: CarrierChoice): () => void {
    if (isolation === 'process' || residency === 'on-demand') return () => undefined;
    return this.threads.reserve(limits.memoryBytes);
  }

  /**
   * A carrier for one life, which knows nothing of any other.
   *
   * @throws `RESOURCE_EXHAUSTED`; `ThreadGone` if it died while loading.
   */
  lease(
    { isolation, limits, residency }: CarrierChoice,
    { memories, initialMemoryBytes }: Pick<AdmittedModule, 'memories' | 'initialMemoryBytes'>,
  ): Promise<GuestCarrier> {
    const heapMb = heapFor(limits.tableEntries, limits.payloadBytes);
    const { memoryBytes } = limits;
    if (isolation === 'process') return this.processes.lease(heapMb, memoryBytes);
    const demand = { heapMb, memories, initialMemoryBytes, memoryBytes };
    return residency === 'on-demand' ? this.shared.lease(demand) : this.threads.lease(demand);
  }

  /** Gives back the carrier of a guest that stands still. Resolves when nothing of it is left. */
  async giveBack(carrier: GuestCarrier): Promise<void> {
    if (carrier instanceof GuestThread) await this.shared.giveBack(carrier);
    else await carrier.terminate();
  }

  /** Ends a carrier, whatever it does. Idempotent; resolves when it is gone. */
  async reap(carrier: GuestCarrier): Promise<void> {
    if (carrier instanceof GuestThread) await this.threads.reap(carrier.id);
    else await carrier.terminate();
  }

  /** Ends all of them and refuses new ones. Idempotent; resolves when all are gone. */
  async destroy(): Promise<void> {
    this.shared.destroy();
    await Promise.all([this.threads.destroy(), this.processes.destroy()]);
  }
}

/** All carriers of a supervisor, which its governor lets in. */
export function newCarriers(
  options: ResolvedSupervisorOptions,
  governor: CapacityGovernor,
): GuestCarriers {
  const { maxThreads, warmSpares, onDemand } = options;
  const threads = new ThreadRegistry({ governor, maxThreads, warmSpares });
  return new GuestCarriers(
    threads,
    new SharedThreads(threads, governor, onDemand),
    new ProcessRegistry(options, governor),
  );
}

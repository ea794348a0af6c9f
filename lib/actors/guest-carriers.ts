import type { ResolvedInstanceSpec } from '../core/instance-spec.ts';
import type { ProcessRegistry } from '../processes/process-registry.ts';
import type { GuestCarrier } from '../threads/guest-carrier.ts';
import { GuestThread } from '../threads/guest-thread.ts';
import { heapFor } from '../threads/thread-options.ts';
import type { ThreadRegistry } from '../threads/thread-registry.ts';
import type { AdmittedModule } from '../wasm/admitted-module.ts';

/** Where lives are carried: in threads of this process, or of processes of their own. */
export class GuestCarriers {
  readonly threads: ThreadRegistry;
  readonly processes: ProcessRegistry;

  constructor(threads: ThreadRegistry, processes: ProcessRegistry) {
    this.threads = threads;
    this.processes = processes;
  }

  /**
   * Keeps a place for a life to come, so that a flood of starts is refused before it costs anything.
   *
   * @returns gives it up, once; right before the lease, which takes its own.
   * @throws `RESOURCE_EXHAUSTED`
   */
  reserve({ isolation, limits }: Pick<ResolvedInstanceSpec, 'isolation' | 'limits'>): () => void {
    return isolation === 'thread' ? this.threads.reserve(limits.memoryBytes) : () => undefined;
  }

  /**
   * A fresh carrier for one life.
   *
   * @throws `RESOURCE_EXHAUSTED`; `ThreadGone` if it died while loading.
   */
  lease(
    { isolation, limits }: Pick<ResolvedInstanceSpec, 'isolation' | 'limits'>,
    { memories, initialMemoryBytes }: Pick<AdmittedModule, 'memories' | 'initialMemoryBytes'>,
  ): Promise<GuestCarrier> {
    const heapMb = heapFor(limits.tableEntries, limits.payloadBytes);
    const { memoryBytes } = limits;
    if (isolation === 'process') return this.processes.lease(heapMb, memoryBytes);
    return this.threads.lease({ heapMb, memories, initialMemoryBytes, memoryBytes });
  }

  /** Ends a carrier, whatever it does. Idempotent; resolves when it is gone. */
  async reap(carrier: GuestCarrier): Promise<void> {
    if (carrier instanceof GuestThread) await this.threads.reap(carrier.id);
    else await carrier.terminate();
  }

  /** Ends all of them and refuses new ones. Idempotent; resolves when all are gone. */
  async destroy(): Promise<void> {
    await Promise.all([this.threads.destroy(), this.processes.destroy()]);
  }
}

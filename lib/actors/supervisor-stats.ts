import type { FactLog } from '../core/fact-log.ts';
import { INSTANCE_STATUSES, type InstanceStatus } from '../core/lifecycle.ts';
import type { ModuleStore } from '../threads/module-store.ts';
import { memoryMappings, residentBytes } from '../threads/process-figures.ts';
import type { ThreadRegistry } from '../threads/thread-registry.ts';
import type { CapabilityDesk } from './capability-desk.ts';
import type { InstanceDirectory } from './instance-directory.ts';
import type { SupervisorStats } from './supervisor.ts';

/** Counts what there is at this moment. */
export async function supervisorStats(parts: {
  readonly nodeId: string;
  readonly instances: InstanceDirectory;
  readonly threads: ThreadRegistry;
  readonly modules: ModuleStore;
  readonly desk: CapabilityDesk;
  readonly facts: FactLog;
}): Promise<SupervisorStats> {
  const byStatus = Object.fromEntries(INSTANCE_STATUSES.map((status) => [status, 0])) as Record<
    InstanceStatus,
    number
  >;
  let guestBytes = 0;
  for (const { info } of parts.instances.all()) {
    byStatus[info.status] += 1;
    guestBytes += info.usage.memoryBytes;
  }
  let waiting = 0;
  for (const child of parts.instances.live()) {
    waiting += child.depth;
  }
  const mappings = await memoryMappings();
  const { threads, modules, facts } = parts;
  return {
    nodeId: parts.nodeId,
    instances: byStatus,
    threads: {
      total: threads.size,
      spares: threads.spares,
      waiting: threads.waiting,
      compile: modules.threads,
    },
    ...(mappings === undefined ? {} : { mappings }),
    memory: { rssBytes: residentBytes(), guestBytes },
    calls: { begun: parts.instances.begun, waiting },
    capabilityCalls: parts.desk.counts,
    modules: modules.size,
    facts: { oldestSeq: facts.oldestSeq, lastSeq: facts.lastSeq },
  };
}

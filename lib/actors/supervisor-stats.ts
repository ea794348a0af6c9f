import { capacityUsage } from '../core/capacity-usage.ts';
import type { FactLog } from '../core/fact-log.ts';
import type { LatencyHistogram } from '../core/latency-histogram.ts';
import type { CapacityGovernor } from '../threads/capacity-governor.ts';
import type { ModuleStore } from '../threads/module-store.ts';
import { residentBytes } from '../threads/process-figures.ts';
import type { CapabilityDesk } from './capability-desk.ts';
import type { GuestCarriers } from './guest-carriers.ts';
import type { InstanceDirectory } from './instance-directory.ts';
import type { SupervisorStats } from './supervisor.ts';

/** Counts what there is at this moment. */
export async function supervisorStats(parts: {
  readonly nodeId: string;
  readonly instances: InstanceDirectory;
  readonly carriers: GuestCarriers;
  readonly governor: CapacityGovernor;
  readonly modules: ModuleStore;
  readonly desk: CapabilityDesk;
  readonly facts: FactLog;
  readonly latencies: LatencyHistogram;
}): Promise<SupervisorStats> {
  const { roll, onDemand } = parts.instances;
  let guestBytes = 0;
  let waiting = 0;
  for (const child of roll.live()) {
    guestBytes += child.info().usage.memoryBytes;
    waiting += child.depth;
  }
  const bounds = await parts.governor.bounds();
  const mappings = parts.governor.figures?.mappings;
  const { modules, facts } = parts;
  const { threads, shared, processes, shards } = parts.carriers;
  return {
    nodeId: parts.nodeId,
    instances: roll.counts,
    onDemand: { ...onDemand, idleThreads: shared.idle, waiting: shared.waiting },
    threads: {
      total: threads.size,
      spares: threads.spares,
      waiting: threads.waiting,
      compile: modules.threads,
    },
    processes: processes.size,
    shards: await shards.stats(),
    ...(mappings === undefined ? {} : { mappings }),
    capacity: capacityUsage(bounds),
    memory: { rssBytes: residentBytes(), guestBytes },
    calls: { begun: roll.begun, waiting, latency: parts.latencies.figures },
    capabilityCalls: parts.desk.counts,
    modules: modules.size,
    facts: { oldestSeq: facts.oldestSeq, lastSeq: facts.lastSeq },
  };
}

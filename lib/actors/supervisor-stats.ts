import { capacityUsage } from '../core/capacity-usage.ts';
import type { FactLog } from '../core/fact-log.ts';
import type { InstanceFigures } from '../core/telemetry-figures.ts';
import type { CallTelemetry } from '../telemetry/call-telemetry.ts';
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
  readonly telemetry: CallTelemetry;
}): Promise<SupervisorStats> {
  const { roll, onDemand } = parts.instances;
  const live = Array.from(roll.live(), ({ usage, parts: { instanceId, spec } }) => ({
    instanceId,
    ...(spec.name === undefined ? {} : { name: spec.name }),
    cpuMs: usage.cpuMs,
    memoryBytes: usage.memoryBytes,
    mailboxDepth: usage.mailboxDepth,
  }));
  const guestBytes = live.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  const waiting = live.reduce((sum, { mailboxDepth }) => sum + mailboxDepth, 0);
  const bounds = await parts.governor.bounds();
  const mappings = parts.governor.figures?.mappings;
  const { modules, facts } = parts;
  const { topInstances } = parts.telemetry;
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
    calls: { begun: roll.begun, waiting, latency: parts.instances.latencies.figures() },
    capabilityCalls: parts.desk.counts,
    modules: modules.size,
    facts: { oldestSeq: facts.oldestSeq, lastSeq: facts.lastSeq },
    ...(topInstances === undefined
      ? {}
      : {
          telemetry: {
            ...parts.telemetry.figures(),
            capabilityLatency: parts.desk.latency,
            deepestMailbox: live.reduce((most, each) => Math.max(most, each.mailboxDepth), 0),
            topInstances: foremost(live, topInstances),
          },
        }),
  };
}

/** So many of those that took the most processor time, and so many of those with the most memory. */
function foremost(all: readonly InstanceFigures[], count: number): readonly InstanceFigures[] {
  const most = (figure: 'cpuMs' | 'memoryBytes'): readonly InstanceFigures[] =>
    all.toSorted((a, b) => b[figure] - a[figure]).slice(0, count);
  return [...new Set([...most('cpuMs'), ...most('memoryBytes')])];
}

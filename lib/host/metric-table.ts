import type { SupervisorStats } from '../actors/supervisor.ts';
import type { ResourceUsage } from '../core/capacity-usage.ts';
import type { InstanceFigures, TelemetryFigures } from '../core/telemetry-figures.ts';
import type { MetricDefinition, MetricSample } from '../telemetry/metric-page.ts';

/** A metric that is read from the figures of a supervisor. */
export interface StatsMetric extends MetricDefinition {
  readonly read: (stats: SupervisorStats) => readonly MetricSample[];
}

const one = (value: number): readonly MetricSample[] => [{ value }];

/** A sample for each key of a record. */
function each(label: string, record: object, keys?: readonly string[]): readonly MetricSample[] {
  const values = record as Readonly<Record<string, number | undefined>>;
  return (keys ?? Object.keys(values)).map((key) => ({
    labels: { [label]: key },
    value: values[key] ?? 0,
  }));
}

function gauge(
  name: string,
  help: string,
  read: StatsMetric['read'],
  labels: readonly string[] = [],
): StatsMetric {
  return { name, kind: 'gauge', help, labels, read };
}

function counter(
  name: string,
  help: string,
  read: StatsMetric['read'],
  labels: readonly string[] = [],
): StatsMetric {
  return { name, kind: 'counter', help, labels, read };
}

/** Of what is counted only with the option `telemetry.metrics` of the supervisor. */
function told(
  read: (figures: TelemetryFigures) => readonly MetricSample[],
): (stats: SupervisorStats) => readonly MetricSample[] {
  return ({ telemetry }) => (telemetry === undefined ? [] : read(telemetry));
}

const fact = (type: keyof TelemetryFigures['facts']): StatsMetric['read'] =>
  told(({ facts }) => one(facts[type] ?? 0));

function capacity(figure: keyof ResourceUsage): StatsMetric['read'] {
  return (stats) =>
    Object.entries(stats.capacity as unknown as Readonly<Record<string, ResourceUsage>>).map(
      ([resource, usage]) => ({ labels: { resource }, value: usage[figure] }),
    );
}

function ofInstances(figure: (each: InstanceFigures) => number): StatsMetric['read'] {
  return told(({ topInstances }) =>
    topInstances.map((figures) => ({
      labels: { instance_id: figures.instanceId, name: figures.name ?? '' },
      value: figure(figures),
    })),
  );
}

const INSTANCE = ['instance_id', 'name'];

const ofSupervisor: readonly StatsMetric[] = [
  gauge(
    'wasmatrix_instances',
    'Instances by status.',
    ({ instances }) => each('status', instances),
    ['status'],
  ),
  gauge(
    'wasmatrix_on_demand_instances',
    'Instances on demand: asleep, or awake, with a thread or waiting for one.',
    ({ onDemand }) => each('state', onDemand, ['asleep', 'awake', 'waiting']),
    ['state'],
  ),
  gauge('wasmatrix_on_demand_idle_threads', 'Shared threads without an instance.', (stats) =>
    one(stats.onDemand.idleThreads),
  ),
  gauge(
    'wasmatrix_threads',
    'Threads of this process: of guests, spares among them, and for compiling.',
    ({ threads }) => [
      { labels: { use: 'guest' }, value: threads.total },
      { labels: { use: 'spare' }, value: threads.spares },
      { labels: { use: 'compile' }, value: threads.compile },
    ],
    ['use'],
  ),
  gauge('wasmatrix_starts_waiting', 'Starts that wait for a thread.', ({ threads }) =>
    one(threads.waiting),
  ),
  gauge('wasmatrix_guest_processes', 'Processes for isolated instances.', ({ processes }) =>
    one(processes),
  ),
  gauge(
    'wasmatrix_shards',
    'Shards by status.',
    ({ shards }) =>
      ['loading', 'ready', 'suspect', 'ended'].map((status) => ({
        labels: { status },
        value: shards.filter((shard) => shard.status === status).length,
      })),
    ['status'],
  ),
  gauge('wasmatrix_shard_instances', 'Instances that live in shards.', ({ shards }) =>
    one(shards.reduce((sum, { guests }) => sum + guests, 0)),
  ),
  gauge('wasmatrix_shard_resident_bytes', 'Resident memory of all shards.', ({ shards }) =>
    one(shards.reduce((sum, { residentBytes }) => sum + residentBytes, 0)),
  ),
  gauge(
    'wasmatrix_capacity_used',
    'What is used of a resource; bytes where the resource ends in Bytes.',
    capacity('used'),
    ['resource'],
  ),
  gauge(
    'wasmatrix_capacity_limit',
    'What may be used of a resource before starts are refused.',
    capacity('limit'),
    ['resource'],
  ),
  gauge('wasmatrix_guest_memory_bytes', 'Linear memories of all guests.', ({ memory }) =>
    one(memory.guestBytes),
  ),
  gauge('wasmatrix_modules', 'Compiled modules that are kept.', ({ modules }) => one(modules)),
  gauge('wasmatrix_mailbox_waiting', 'Calls that wait in mailboxes.', ({ calls }) =>
    one(calls.waiting),
  ),
  counter('wasmatrix_calls_begun_total', 'Calls begun.', ({ calls }) => one(calls.begun)),
  counter(
    'wasmatrix_capability_calls_total',
    'Capability calls by what came of them.',
    ({ capabilityCalls }) => each('outcome', capabilityCalls),
    ['outcome'],
  ),
];

const ofTelemetry: readonly StatsMetric[] = [
  counter('wasmatrix_instance_starts_total', 'Instances started.', fact('instance_started')),
  counter('wasmatrix_instance_restarts_total', 'Instances restarted.', fact('instance_restarted')),
  counter(
    'wasmatrix_instance_failures_total',
    'Instances given up: the policy allowed no further restart.',
    fact('instance_failed'),
  ),
  counter(
    'wasmatrix_instance_crashes_total',
    'Lives that ended in a crash, by how.',
    told(({ crashes }) =>
      each('reason', crashes, ['exited', 'trap', 'timeout', 'killed', 'out-of-memory', 'lost']),
    ),
    ['reason'],
  ),
  counter(
    'wasmatrix_instance_kills_total',
    'Lives that the host ended: at a deadline, or on request.',
    told(({ kills }) => each('reason', kills, ['timeout', 'killed'])),
    ['reason'],
  ),
  counter(
    'wasmatrix_admissions_refused_total',
    'Starts refused for want of room.',
    fact('admission_refused'),
  ),
  counter(
    'wasmatrix_mailbox_overflow_facts_total',
    'Facts of mailboxes that were full; many refusals of one instance share a fact.',
    fact('mailbox_overflowed'),
  ),
  counter('wasmatrix_provider_crashes_total', 'Providers that crashed.', fact('provider_crashed')),
  counter(
    'wasmatrix_calls_total',
    'Calls by what they came to: ok, or the code of the error.',
    told(({ calls }) => each('outcome', { ok: 0, ...calls })),
    ['outcome'],
  ),
  {
    name: 'wasmatrix_call_duration_seconds',
    kind: 'histogram',
    help: 'From the request of a call to its answer.',
    read: told(({ callLatency }) => [{ value: callLatency }]),
  },
  {
    name: 'wasmatrix_mailbox_wait_seconds',
    kind: 'histogram',
    help: 'What calls spent of that in the mailbox.',
    read: told(({ mailboxLatency }) => [{ value: mailboxLatency }]),
  },
  {
    name: 'wasmatrix_capability_duration_seconds',
    kind: 'histogram',
    help: 'Operations of capability calls, where they are served, by type of provider.',
    labels: ['provider_type'],
    read: told(({ capabilityLatency }) =>
      Object.entries(capabilityLatency).map(([type, value]) => ({
        labels: { provider_type: type },
        value,
      })),
    ),
  },
  gauge(
    'wasmatrix_mailbox_deepest',
    'Calls that wait in the fullest mailbox.',
    told(({ deepestMailbox }) => one(deepestMailbox)),
  ),
  counter(
    'wasmatrix_instance_cpu_seconds_total',
    'Processor time of the instances that use the most; begins anew with each life.',
    ofInstances(({ cpuMs }) => cpuMs / 1_000),
    INSTANCE,
  ),
  gauge(
    'wasmatrix_instance_memory_bytes',
    'Linear memories of the instances that use the most.',
    ofInstances(({ memoryBytes }) => memoryBytes),
    INSTANCE,
  ),
  gauge(
    'wasmatrix_instance_mailbox_waiting',
    'Calls that wait for the instances that use the most.',
    ofInstances(({ mailboxDepth }) => mailboxDepth),
    INSTANCE,
  ),
];

/** Everything that is read from the figures of a supervisor. */
export const STATS_METRICS: readonly StatsMetric[] = [...ofSupervisor, ...ofTelemetry];

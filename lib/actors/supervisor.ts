import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import type { CapacityUsage } from '../core/capacity-usage.ts';
import type { ExecutionEvent, ExecutionEventFilter } from '../core/execution-event.ts';
import type { ExecutionEventList } from '../core/fact-log.ts';
import type { GroupSpec } from '../core/group-spec.ts';
import type { InstanceFilter, InstanceInfo } from '../core/instance-info.ts';
import type { InstanceSpec } from '../core/instance-spec.ts';
import type { LatencyFigures } from '../core/latency-buckets.ts';
import type { InstanceStatus } from '../core/lifecycle.ts';
import type { ModuleSource } from '../core/module-source.ts';
import type { ProviderConfig } from '../core/provider-config.ts';
import type { TelemetryFigures } from '../core/telemetry-figures.ts';
import type { ShardStats } from '../shards/shard-stats.ts';
import type { ModuleInfo } from '../wasm/module-info.ts';
import type { ProviderInfo } from './provider-info.ts';

/**
 * Figures of one moment.
 *
 * @public
 */
export interface SupervisorStats {
  readonly nodeId: string;
  readonly instances: Readonly<Record<InstanceStatus, number>>;
  /** Instances with `residency: 'on-demand'`; those asleep count as running. */
  readonly onDemand: {
    readonly asleep: number;
    /** With a thread, or waiting for one. */
    readonly awake: number;
    /** Those that wait for a thread. */
    readonly waiting: number;
    /** Threads that wait for an instance. */
    readonly idleThreads: number;
  };
  readonly threads: {
    /** Guest threads of this process, spares included. */
    readonly total: number;
    readonly spares: number;
    /** Starts that wait for a thread. */
    readonly waiting: number;
    /** Threads that admit and compile modules. */
    readonly compile: number;
  };
  /** Processes that carry instances with `isolation: 'process'`. */
  readonly processes: number;
  /** Processes that carry instances with `isolation: 'thread'`; none unless there is the option `shards`. */
  readonly shards: readonly ShardStats[];
  /** Memory mappings of this process; undefined where the system does not tell. */
  readonly mappings?: number;
  /** What there is room for; a start that would need more is refused. */
  readonly capacity: CapacityUsage;
  readonly memory: { readonly rssBytes: number; readonly guestBytes: number };
  readonly calls: {
    readonly begun: number;
    readonly waiting: number;
    /** How long those took that have ended, from the moment they were asked for. */
    readonly latency: LatencyFigures;
  };
  readonly capabilityCalls: { readonly served: number; readonly denied: number };
  readonly modules: number;
  readonly facts: { readonly oldestSeq: number; readonly lastSeq: number };
  /** Counts and times, where the option `telemetry.metrics` is on. */
  readonly telemetry?: TelemetryFigures;
}

/**
 * How an export is called.
 *
 * @public
 */
export interface InvokeOptions {
  /** Milliseconds that it may wait in the mailbox, and that it may run. @defaultValue `limits.callTimeoutMs` */
  readonly timeoutMs?: number;
  /** The caller lets go, and a call that still waits is never begun. */
  readonly signal?: AbortSignal;
  /**
   * The id of the request that this goes back to: at most 128 letters, digits, `.`, `_`, `:` or `-`. Facts and
   * log lines about what the call does have it, too. @defaultValue none; a host gives that of its own request
   */
  readonly requestId?: string;
}

/**
 * The whole of the system as a caller sees it; see `createSupervisor()`.
 *
 * @public
 */
export interface Supervisor extends AsyncDisposable {
  readonly nodeId: string;
  /**
   * Starts an instance; resolves with its id when it is running, or on demand as soon as it is admitted.
   *
   * @throws `INVALID_REQUEST`, `VALIDATION_ERROR`, `WASM_RUNTIME_ERROR`, `CAPABILITY_NOT_FOUND`,
   * `RESOURCE_EXHAUSTED`, `TIMEOUT`; nothing is left behind then.
   */
  startInstance(spec: InstanceSpec): Promise<string>;
  /**
   * Stops an instance; resolves when its thread is gone. It can still be queried for a while.
   *
   * @param options - `graceMs`: how long a running call may go on, in milliseconds.
   * @throws `INSTANCE_NOT_FOUND`
   */
  stopInstance(id: string, options?: { readonly graceMs?: number }): Promise<void>;
  /**
   * Ends the present life and begins the next; resolves when that runs.
   *
   * @throws `INSTANCE_NOT_FOUND`, `RESTART_POLICY_VIOLATION`, or why the new life did not start.
   */
  restartInstance(id: string): Promise<void>;
  /** @throws `INSTANCE_NOT_FOUND` */
  queryInstance(id: string): Promise<InstanceInfo>;
  /** Instances in the order of their start; those that were stopped on request only by `status`. */
  listInstances(filter?: InstanceFilter): Promise<InstanceInfo[]>;
  /**
   * Calls an export.
   *
   * @throws any of the codes; the reason of the signal when that fired.
   */
  invoke(
    id: string,
    exportName: string,
    args?: readonly unknown[],
    options?: InvokeOptions,
  ): Promise<unknown>;
  /**
   * Starts instances that are supervised together, each when the one before it runs; resolves when all
   * do. The ids are in the order of starts.
   *
   * @throws what `startInstance` throws, of the first that cannot be started; nothing is left then.
   */
  startGroup(spec: GroupSpec): Promise<{ groupId: string; instanceIds: string[] }>;
  /**
   * Stops the instances of a group in reverse order; resolves when all are gone.
   *
   * @throws `INSTANCE_NOT_FOUND`, also for a group that has failed; `INVALID_REQUEST` for one that is
   * part of another.
   */
  stopGroup(id: string): Promise<void>;
  /**
   * Gives a grant at run time; one of the same `capabilityId` is replaced.
   *
   * @throws `INSTANCE_NOT_FOUND`, `CAPABILITY_NOT_FOUND`, `INVALID_REQUEST`
   */
  assignCapability(id: string, assignment: CapabilityAssignment): Promise<void>;
  /**
   * Takes a grant away; once resolved, no call is served by it any more.
   *
   * @throws `INSTANCE_NOT_FOUND`, `CAPABILITY_NOT_FOUND`
   */
  revokeCapability(id: string, capabilityId: string): Promise<void>;
  /** @throws `INSTANCE_NOT_FOUND` */
  listCapabilities(id: string): Promise<CapabilityAssignment[]>;
  /**
   * Starts a provider; resolves with its id when it is ready.
   *
   * @throws `INVALID_REQUEST`, `STORAGE_ERROR`, `TIMEOUT`
   */
  startProvider(provider: ProviderConfig): Promise<string>;
  /** Drains and stops a provider. @throws `CAPABILITY_NOT_FOUND` */
  stopProvider(id: string): Promise<void>;
  /**
   * Puts another configuration or implementation of the same type in the place of a running provider.
   * Calls that come meanwhile wait; none is lost and none is made twice. If it fails, everything is as
   * before.
   *
   * @throws `CAPABILITY_NOT_FOUND`, `INVALID_REQUEST`, `TIMEOUT`, or what the new one's start throws.
   */
  updateProvider(id: string, provider: ProviderConfig): Promise<void>;
  /** Those that were started, stopped and crashed ones included, and the defaults that are there. */
  listProviders(): Promise<ProviderInfo[]>;
  /**
   * What happened, oldest first. With `limit`: the first facts after `sinceSeq`, or without
   * `sinceSeq` the newest ones.
   */
  executionEvents(
    filter?: ExecutionEventFilter & { readonly limit?: number },
  ): Promise<ExecutionEventList>;
  /** What happens from now on, or from `sinceSeq` on; ends by its signal or with the supervisor. */
  events(
    filter?: ExecutionEventFilter & { readonly signal?: AbortSignal },
  ): AsyncIterable<ExecutionEvent>;
  /**
   * Tells what a module is, what it needs and why it may not run; starts nothing.
   *
   * @throws what `startInstance` would throw of this module under the largest limits.
   */
  inspectModule(module: ModuleSource): Promise<ModuleInfo>;
  /** What there is, what is used of the machine, and what was counted since the start. */
  stats(): Promise<SupervisorStats>;
  /** Stops everything in good order. Idempotent. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
  /** Ends everything now. Idempotent. */
  destroy(reason?: unknown): Promise<void>;
}

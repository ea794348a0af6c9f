import type { Clock } from '../core/clock.ts';
import type { WasmatrixError } from '../core/errors.ts';
import type { ResolvedInstanceSpec } from '../core/instance-spec.ts';
import type { LatencyBuckets } from '../core/latency-buckets.ts';
import type { InstancePast } from '../machines/instance-context.ts';
import type { InstanceFact } from '../machines/instance-machine.ts';
import type { CallTelemetry } from '../telemetry/call-telemetry.ts';
import type { CompiledModule } from '../threads/module-store.ts';
import type { CallQueue } from './call-queue.ts';
import type { CapabilityDesk } from './capability-desk.ts';
import type { Membership } from './group-membership.ts';
import type { GuestCarriers } from './guest-carriers.ts';
import type { OutputLog } from './output-log.ts';

/** What an instance is made of. */
export interface InstanceParts {
  readonly instanceId: string;
  readonly nodeId: string;
  readonly spec: ResolvedInstanceSpec;
  readonly module: CompiledModule;
  readonly carriers: GuestCarriers;
  readonly clock: Clock;
  readonly desk: CapabilityDesk;
  readonly latencies: LatencyBuckets;
  readonly outputs: OutputLog | undefined;
  /** Who follows its calls. */
  readonly telemetry?: CallTelemetry | undefined;
  readonly onOverflow: () => void;
  readonly onFact: (fact: InstanceFact) => void;
  /** The group that decides about its restarts. */
  readonly member?: Membership | undefined;
  /** Of an instance that wakes up. */
  readonly past?: SleepingState | undefined;
  /** Who puts it to sleep and wakes it. */
  readonly sleep?: SleepListener | undefined;
}

/** What an instance is while it sleeps, and wakes up with. */
export interface SleepingState extends InstancePast {
  readonly createdAt: string;
  /** Calls begun so far. */
  readonly begun: number;
  /** Of its lives so far, in milliseconds. */
  readonly cpuMs: number;
  /** Its mailbox, where calls wait in it. */
  readonly queue?: CallQueue;
}

/** What is to be known about an instance that does not have a thread for life. */
export interface SleepListener {
  /** It has nothing to do; or there is more to do, but others could have a turn. */
  onPause(isIdle: boolean): void;
  /** It found no thread; its guest has not run. @returns whether it goes to sleep again, and is no crash. */
  onNoRoom(error: WasmatrixError): boolean;
}

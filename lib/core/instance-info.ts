import type { InstanceExit } from './exit.ts';
import type { InstanceStatus } from './lifecycle.ts';
import type { ResolvedLimits } from './limits.ts';
import type { ResolvedRestartPolicy } from './restart-policy.ts';

/**
 * What is known of an instance at this moment.
 *
 * @public
 */
export interface InstanceInfo {
  readonly instanceId: string;
  readonly nodeId: string;
  readonly name?: string;
  /** The group that it was started in, the innermost one. */
  readonly groupId?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** SHA-256 of the module's original bytes, lower-case hex. */
  readonly moduleHash: string;
  readonly abi: string;
  readonly status: InstanceStatus;
  /**
   * Where the machine is that decides about the instance, such as `up.running` or `backoff`; `asleep` for one on
   * demand that has no thread, and hence no machine.
   */
  readonly lifecycle: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Lives begun after the first. */
  readonly restarts: number;
  /** While crashed with a restart to come: when. */
  readonly nextRestartAt?: string;
  readonly residency: string;
  readonly isolation: string;
  readonly restartPolicy: ResolvedRestartPolicy;
  readonly limits: ResolvedLimits;
  /** How the latest life ended, if one has. */
  readonly lastExit?: InstanceExit;
  readonly usage: InstanceUsage;
  /** The end of what this life has written, or the last one; only for guests that can write. */
  readonly output?: { readonly stdout: string; readonly stderr: string };
}

/**
 * What an instance uses.
 *
 * @public
 */
export interface InstanceUsage {
  /** Bytes of all linear memories, as of the last call or capability call; 0 without a thread. */
  readonly memoryBytes: number;
  /**
   * Processor time of the guest's thread in this life, in milliseconds, as of the last call's end: a
   * call that is killed is not counted.
   */
  readonly cpuMs: number;
  /** Calls begun, over all lives. */
  readonly calls: number;
  /** Calls that wait, without the running one. */
  readonly mailboxDepth: number;
}

/**
 * Which instances are wanted. All conditions must hold.
 *
 * @public
 */
export interface InstanceFilter {
  readonly status?: InstanceStatus;
  readonly name?: string;
  /** Each of these labels must be there with this value. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly moduleHash?: string;
}

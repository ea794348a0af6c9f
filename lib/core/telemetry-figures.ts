import type { ErrorCode } from './error-codes.ts';
import type { ExecutionEventType } from './execution-event.ts';
import type { InstanceExit } from './exit.ts';
import type { LatencyFigures } from './latency-buckets.ts';

/**
 * What one instance uses.
 *
 * @public
 */
export interface InstanceFigures {
  readonly instanceId: string;
  readonly name?: string;
  /** As `usage.cpuMs` of the instance: it begins anew with each life. */
  readonly cpuMs: number;
  /** Bytes of all linear memories. */
  readonly memoryBytes: number;
  /** Calls that wait. */
  readonly mailboxDepth: number;
}

/**
 * What is counted where the option `telemetry.metrics` is on. Counts only grow while the supervisor lives.
 *
 * @public
 */
export interface TelemetryFigures {
  /** Facts by type. */
  readonly facts: Readonly<Partial<Record<ExecutionEventType, number>>>;
  /** Lives that ended in a crash, by how. */
  readonly crashes: Readonly<Partial<Record<InstanceExit['reason'], number>>>;
  /** Lives that the supervisor ended, at a deadline or on request. */
  readonly kills: Readonly<Partial<Record<'timeout' | 'killed', number>>>;
  /** Calls by what they came to. */
  readonly calls: Readonly<Partial<Record<'ok' | ErrorCode, number>>>;
  /** From the request of a call to its answer. */
  readonly callLatency: LatencyFigures;
  /** What of that was spent in the mailbox. */
  readonly mailboxLatency: LatencyFigures;
  /** Operations of capability calls where they are served, by type of provider. */
  readonly capabilityLatency: Readonly<Record<string, LatencyFigures>>;
  /** The mailbox with the most calls in it. */
  readonly deepestMailbox: number;
  /** Those that use the most, a bounded number. */
  readonly topInstances: readonly InstanceFigures[];
}

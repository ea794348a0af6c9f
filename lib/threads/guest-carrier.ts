import type { Transferable } from 'node:worker_threads';
import type { CallOutcome, LifeRequest } from '../protocol/instance-messages.ts';
import type { ThreadEnd } from './thread-end.ts';

/** What the leaseholder of a carrier wants to hear. */
export interface CarrierListener {
  /** A command has come to its end; the carrier still lives. */
  onCommandEnded(outcome: CallOutcome): void;
  /** The carrier is gone; every pending call has been rejected. Heard once. */
  onEnd(end: ThreadEnd): void;
}

/** What carries one life of an instance: a thread of this process, or one of another. */
export interface GuestCarrier {
  /** Whether it has not ended yet. */
  readonly isAlive: boolean;
  /** Resolves when it is gone; never rejects. */
  readonly ended: Promise<ThreadEnd>;
  /** Who hears what happens from now on. */
  listen(listener: CarrierListener): void;
  /**
   * Makes it an instance.
   *
   * @throws `ThreadGone`
   */
  start(request: LifeRequest, transferList: readonly Transferable[]): Promise<CallOutcome>;
  /**
   * Calls an export. One call at a time is the caller's duty.
   *
   * @throws `ThreadGone`, or what the message throws for arguments that cannot be cloned.
   */
  call(exportName: string, args: readonly unknown[]): Promise<CallOutcome>;
  /** Ends it now, whatever it does. Resolves when it is gone; idempotent. */
  terminate(): Promise<void>;
}

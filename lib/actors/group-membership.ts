import type { WasmatrixError } from '../core/errors.ts';
import type { RestartDecision } from '../core/restart-policy.ts';

/** How an instance left its group's hands. */
export interface MemberGone {
  /** Whether somebody asked for its end. */
  readonly wasAsked: boolean;
  /** Why it could not start. */
  readonly error?: WasmatrixError | undefined;
}

/** What an instance knows of the group that it belongs to; whatever it tells, its thread is gone first. */
export interface Membership {
  readonly groupId: string;
  /** Decides about an end, once. */
  judge(isFailure: boolean): RestartDecision;
  onRunning(): void;
  /** It is down, and waits to be started again or stopped. */
  onHeld(): void;
  /** It has come to its end. */
  onGone(end: MemberGone): void;
}

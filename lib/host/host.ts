import type { Supervisor } from '../actors/supervisor.ts';

/**
 * A host process's server: a supervisor with its API, and its triggers.
 *
 * @public
 */
export interface Host extends AsyncDisposable {
  /** Of the API, such as `http://127.0.0.1:7070`. */
  readonly url: string;
  /** Of the triggers, where the host listens for them. */
  readonly triggerUrl?: string;
  /** What the API serves. */
  readonly supervisor: Supervisor;
  /**
   * Ends in good order: `/readyz` says no, what is under way is finished, event streams are ended, and then the
   * supervisor is closed if it is the host's own. What is not done by the deadline is broken off. Idempotent.
   *
   * @param options - `deadlineMs`: for all of it, in milliseconds, 10,000 by default.
   */
  close(options?: { readonly deadlineMs?: number }): Promise<void>;
  /** Ends everything now. Idempotent. */
  destroy(): Promise<void>;
}

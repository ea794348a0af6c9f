import type { Clock } from './clock.ts';
import { WasmatrixError } from './errors.ts';
import { settlesWithin } from './settles-within.ts';

/**
 * What a promise comes to, if it does so in time.
 *
 * @param deadlineMs - milliseconds.
 * @param complaint - what the failure says otherwise.
 * @throws `TIMEOUT`, or what the promise rejects with.
 * @internal
 */
export async function withinDeadline<T>(
  promise: Promise<T>,
  deadlineMs: number,
  clock: Clock,
  complaint: string,
): Promise<T> {
  if (await settlesWithin(promise, deadlineMs, clock)) return promise;
  throw new WasmatrixError('TIMEOUT', complaint, { timeoutMs: deadlineMs });
}

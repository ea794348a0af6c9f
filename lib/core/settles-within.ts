import type { Clock } from './clock.ts';

/**
 * Waits for a promise to settle, either way, but no longer than a deadline.
 *
 * @param deadlineMs - milliseconds.
 * @returns whether it has settled in time.
 * @internal
 */
export async function settlesWithin(
  promise: Promise<unknown>,
  deadlineMs: number,
  clock: Clock,
): Promise<boolean> {
  const { promise: passed, resolve } = Promise.withResolvers<boolean>();
  const timer = clock.setTimeout(() => resolve(false), deadlineMs);
  const settled = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, passed]);
  } finally {
    clock.clearTimeout(timer);
  }
}

import type { Clock } from '../../lib/core/clock.ts';

/**
 * The time of the machine. Its timers keep no process alive: what expires while nobody is there is
 * absent all the same.
 *
 * @internal
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

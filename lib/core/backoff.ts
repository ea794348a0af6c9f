/**
 * How long to wait before the next life: exponential with a ceiling and jitter.
 *
 * @public
 */
export interface Backoff {
  /** Milliseconds before the first retry. @defaultValue 100 */
  readonly initialMs?: number;
  /** What each further retry multiplies it by. @defaultValue 2 */
  readonly factor?: number;
  /** The ceiling in milliseconds, jitter included. @defaultValue 30,000 */
  readonly maxMs?: number;
  /** Share by which the delay may differ either way, 0 to 1. @defaultValue 0.1 */
  readonly jitter?: number;
}

/**
 * The delay before retry number `attempt`, in whole milliseconds, never above `maxMs`.
 *
 * Jitter spreads instances that crashed together, so that they do not come back together
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param attempt - 1 for the first retry.
 * @param random - in [0, 1).
 * @internal
 */
export function backoffDelayMs(
  backoff: Required<Backoff>,
  attempt: number,
  random: number,
): number {
  const { initialMs, factor, maxMs, jitter } = backoff;
  // A power that overflows to Infinity would make NaN of an initial delay of 0.
  const growth = Math.min(Number.MAX_VALUE, factor ** Math.max(0, attempt - 1));
  const plain = Math.min(maxMs, initialMs * growth);
  const spread = plain * (1 + jitter * (2 * random - 1));
  return Math.min(Math.floor(maxMs), Math.round(Math.max(0, spread)));
}

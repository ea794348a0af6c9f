/**
 * Time as an argument: machines and actors never read the system's clock themselves. XState's
 * `Clock` is a part of it, so one simulated clock drives windows, delays and deadlines alike.
 *
 * @public
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fn` once, `ms` milliseconds from now. */
  setTimeout(fn: () => void, ms: number): unknown;
  /** Forgets a timer; an unknown one is ignored. */
  clearTimeout(timer: unknown): void;
}

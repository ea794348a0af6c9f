import type { Clock } from '../../lib/core/clock.ts';
import { isPromiseLike } from '../../lib/core/promise-like.ts';
import type { Awaitable } from './kv-store.ts';

/** The least time between two sweeps of which the first left nothing due behind. */
const LEAST_PAUSE_MS = 1_000;

/** The longest time for which something expired may keep its room. */
const LONGEST_PAUSE_MS = 60_000;

/** The pause while more is due than one sweep takes away: others get their turn between. */
const PAUSE_BETWEEN_BATCHES_MS = 20;

/** Most entries that one sweep takes away. @internal */
export const SWEEP_ENTRIES = 1_000;

/**
 * What a sweep has left.
 *
 * @internal
 */
export interface SweepOutcome {
  /** Whether something is due still. */
  readonly isMoreDue: boolean;
  /** When something will be due next, in milliseconds since the epoch; undefined: nothing will. */
  readonly nextDueMs?: number | undefined;
}

/**
 * Gives back the room of what has expired, in bounded steps: one timer for all, armed only while
 * something will expire. What it sweeps is absent for readers already, so it may be late.
 *
 * @internal
 */
export class Sweeper {
  readonly #clock: Clock;
  readonly #sweep: () => Awaitable<SweepOutcome>;
  #timer: unknown;
  #isUnderWay = false;
  #isClosed = false;

  constructor(clock: Clock, sweep: () => Awaitable<SweepOutcome>) {
    this.#clock = clock;
    this.#sweep = sweep;
  }

  /** Something will be due. */
  expect(dueMs: number): void {
    const pauseMs = dueMs - this.#clock.now();
    this.#arm(Math.min(Math.max(pauseMs, LEAST_PAUSE_MS), LONGEST_PAUSE_MS));
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(pauseMs: number): void {
    if (this.#timer !== undefined || this.#isUnderWay || this.#isClosed) return;
    this.#timer = this.#clock.setTimeout(() => this.#run(), pauseMs);
  }

  #run(): void {
    this.#timer = undefined;
    this.#isUnderWay = true;
    try {
      const outcome = this.#sweep();
      if (!isPromiseLike(outcome)) return this.#goOn(outcome);
      void outcome.then(
        (later) => this.#goOn(later),
        () => this.#tryAgain(),
      );
    } catch {
      this.#tryAgain();
    }
  }

  #goOn({ isMoreDue, nextDueMs }: SweepOutcome): void {
    this.#isUnderWay = false;
    if (isMoreDue) this.#arm(PAUSE_BETWEEN_BATCHES_MS);
    else if (nextDueMs !== undefined) this.expect(nextDueMs);
  }

  /** A store that fails tells those who write to it; here it is only asked again. */
  #tryAgain(): void {
    this.#isUnderWay = false;
    this.#arm(LONGEST_PAUSE_MS);
  }
}

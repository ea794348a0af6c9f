import type { Clock } from '../../lib/core/clock.ts';
import { systemClock } from '../../lib/core/system-clock.ts';

/** The clock of the machine, which remembers when the timers of one length were due. */
export class DeadlineClock implements Clock {
  readonly #lengthMs: number;
  #due: number[] = [];

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  now(): number {
    return systemClock.now();
  }

  setTimeout(fn: () => void, ms: number): unknown {
    if (ms === this.#lengthMs) this.#due.push(performance.now() + ms);
    return systemClock.setTimeout(fn, ms);
  }

  clearTimeout(timer: unknown): void {
    systemClock.clearTimeout(timer);
  }

  /** When the timers set since the last look are due, by `performance.now()`, earliest first. */
  takeDue(): readonly number[] {
    const due = this.#due.toSorted((a, b) => a - b);
    this.#due = [];
    return due;
  }
}

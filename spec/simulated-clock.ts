import type { Clock } from '../lib/core/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly fn: () => void;
}

/** Timers that one `advance` fires at most: a chain that never ends is a bug, not a long test. */
const MAX_FIRINGS = 100_000;

/** Time that stands still until a spec moves it. */
export class SimulatedClock implements Clock {
  // A map keeps the order of creation, which decides between timers due at the same time.
  readonly #timers = new Map<number, Timer>();
  #nowMs: number;
  #lastTimer = 0;

  constructor(startMs: number = Date.UTC(2030, 0, 1)) {
    this.#nowMs = startMs;
  }

  /** Timers that have neither fired nor been cleared. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimeout(fn: () => void, ms: number): unknown {
    if (!Number.isFinite(ms)) throw new Error(`a timer of ${ms} ms`);
    this.#lastTimer += 1;
    this.#timers.set(this.#lastTimer, { dueMs: this.#nowMs + Math.max(0, ms), fn });
    return this.#lastTimer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  /** Moves time on and fires what falls due on the way, timers made meanwhile included. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let firings = 0; ; firings++) {
      const next = this.#nextDue(untilMs);
      if (next === undefined) break;
      if (firings === MAX_FIRINGS) throw new Error('the timers never come to an end');
      const [id, { dueMs, fn }] = next;
      this.#timers.delete(id);
      this.#nowMs = dueMs;
      fn();
    }
    this.#nowMs = untilMs;
  }

  #nextDue(untilMs: number): [number, Timer] | undefined {
    let first: [number, Timer] | undefined;
    for (const entry of this.#timers) {
      const { dueMs } = entry[1];
      if (dueMs <= untilMs && dueMs < (first?.[1].dueMs ?? Number.POSITIVE_INFINITY)) first = entry;
    }
    return first;
  }
}

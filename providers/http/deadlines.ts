import type { Clock } from '../../lib/core/clock.ts';

/**
 * Deadlines by name, at most one of each.
 *
 * @internal
 */
export class Deadlines<Name extends string> {
  readonly #clock: Clock;
  readonly #passed: (name: Name) => void;
  readonly #timers = new Map<Name, unknown>();

  /** @param passed - called when one has passed, which is then forgotten. */
  constructor(clock: Clock, passed: (name: Name) => void) {
    this.#clock = clock;
    this.#passed = passed;
  }

  /** Sets a deadline, in the place of the one of that name. */
  set(name: Name, ms: number): void {
    this.clear(name);
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(name);
      this.#passed(name);
    }, ms);
    this.#timers.set(name, timer);
  }

  clear(name: Name): void {
    if (!this.#timers.has(name)) return;
    this.#clock.clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  clearAll(): void {
    for (const timer of this.#timers.values()) this.#clock.clearTimeout(timer);
    this.#timers.clear();
  }
}

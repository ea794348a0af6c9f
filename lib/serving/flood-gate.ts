import type { Clock } from '../core/clock.ts';

/** Facts of one kind that an instance may cause within a period. */
const MAX_FACTS = 100;
const PERIOD_MS = 1_000;

interface Window {
  readonly sinceMs: number;
  readonly recorded: number;
  readonly unrecorded: number;
}

/**
 * Keeps one instance from filling the record of all: of a kind of fact that a guest can cause at
 * will, 100 a second are recorded one by one and the rest are counted.
 */
export class FloodGate {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Whether the next fact of an instance is to be recorded.
   *
   * @returns what its details have to add, which is how many before it were not; undefined if it is
   * only counted.
   */
  admit(instanceId: string): { readonly unrecorded?: number } | undefined {
    const nowMs = this.#clock.now();
    const { sinceMs, recorded, unrecorded } = this.#window(instanceId, nowMs);
    if (recorded >= MAX_FACTS) {
      this.#windows.set(instanceId, { sinceMs, recorded, unrecorded: unrecorded + 1 });
      return undefined;
    }
    this.#windows.set(instanceId, { sinceMs, recorded: recorded + 1, unrecorded: 0 });
    return unrecorded === 0 ? {} : { unrecorded };
  }

  #window(instanceId: string, nowMs: number): Window {
    const window = this.#windows.get(instanceId) ?? { sinceMs: nowMs, recorded: 0, unrecorded: 0 };
    const ageMs = nowMs - window.sinceMs;
    // A clock that was set back must not prolong the silence.
    if (ageMs >= 0 && ageMs < PERIOD_MS) return window;
    return { sinceMs: nowMs, recorded: 0, unrecorded: window.unrecorded };
  }

  /** The instance has ended; what was only counted goes with it. */
  forget(instanceId: string): void {
    this.#windows.delete(instanceId);
  }
}

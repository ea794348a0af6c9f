import { within } from '../within.ts';

/** No episode of a run takes as long, where nothing else is said; in milliseconds. */
const EPISODE_DEADLINE_MS = 90_000;
const MOST_FAULTS = 20;

/** What was not as it has to be; bounded, since one fault brings others. */
export class FaultList {
  readonly #faults: string[] = [];

  get all(): readonly string[] {
    return this.#faults;
  }

  /** Whether there are so many that going on tells nothing more. */
  get isFull(): boolean {
    return this.#faults.length >= MOST_FAULTS;
  }

  add(fault: string): void {
    if (!this.isFull) this.#faults.push(fault);
  }

  /** Does something that has a deadline, and notes how it failed. Never rejects. */
  async attempt(
    what: string,
    act: () => Promise<void>,
    deadlineMs = EPISODE_DEADLINE_MS,
  ): Promise<void> {
    try {
      await within(act(), deadlineMs, what);
    } catch (error) {
      this.add(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

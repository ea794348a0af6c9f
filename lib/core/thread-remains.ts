/** V8 has kept them for at least seven seconds after the last thread of many (Node 26). */
const KEPT_MS = 5_000;

/**
 * What ended threads have left: V8 keeps many of their pages and mappings for the threads that come
 * next, so a start costs less for a while, and once for each that has ended.
 *
 * @internal
 */
export class ThreadRemains {
  #endedAtMs: number[] = [];

  /** A thread has ended. */
  note(nowMs: number): void {
    this.#drop(nowMs);
    this.#endedAtMs.push(nowMs);
  }

  /** Whether the next start can be made of what was left. */
  has(nowMs: number): boolean {
    this.#drop(nowMs);
    return this.#endedAtMs.length > 0;
  }

  /** A start takes what one thread has left. */
  take(): void {
    this.#endedAtMs.shift();
  }

  #drop(nowMs: number): void {
    const oldest = this.#endedAtMs[0];
    if (oldest === undefined || nowMs - oldest < KEPT_MS) return;
    this.#endedAtMs = this.#endedAtMs.filter((endedAtMs) => nowMs - endedAtMs < KEPT_MS);
  }
}

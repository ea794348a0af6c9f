/** A shard that has lived for so long was no failure of its making. */
const LONG_LIFE_MS = 10_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/** How long to wait before a shard is forked anew: not at all, unless they die one soon after the other. */
export class ForkPatience {
  #shortLives = 0;

  /** @param livedMs - how long the former one was there. */
  waitMs(livedMs: number): number {
    this.#shortLives = livedMs < LONG_LIFE_MS ? this.#shortLives + 1 : 0;
    if (this.#shortLives <= 1) return 0;
    return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#shortLives - 2, 20));
  }
}

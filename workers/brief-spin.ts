/** Longer than a quick answer takes, and no longer than a thread takes to be put to sleep and woken. */
const SPIN_MS = 0.03;
/** Loads between two looks at the clock. */
const LOADS_PER_LOOK = 20;
/** Waits that are not preceded by a spin, after one that was in vain. */
const PAUSE_AFTER_FAILURE = 50;

/**
 * Looks at a word of shared memory for a moment before its reader goes to sleep: to be woken costs more
 * than most answers from memory take, for the waker too. Where answers do not come that quickly, because
 * the provider is slow or the processors are taken, it soon stops trying.
 */
export class BriefSpin {
  #pause = 0;

  /** Whether the word has come to be as expected. */
  await(words: Int32Array<SharedArrayBuffer>, index: number, expected: number): boolean {
    if (this.#pause > 0) {
      this.#pause -= 1;
      return false;
    }
    const until = performance.now() + SPIN_MS;
    do {
      for (let loads = 0; loads < LOADS_PER_LOOK; loads++) {
        if (Atomics.load(words, index) === expected) return true;
      }
    } while (performance.now() < until);
    this.#pause = PAUSE_AFTER_FAILURE;
    return false;
  }
}

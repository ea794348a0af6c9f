/** Looks without an answer after which nobody is sent to a shard any more. */
const SUSPECT_AFTER = 3;
/** Looks without an answer after which it is given up. */
const LOST_AFTER = 30;

/** What is thought of a shard. */
export type Standing = 'well' | 'suspect' | 'lost';

/**
 * What the silence of a shard means. Looks are counted, not milliseconds: a host that was busy or asleep
 * itself has not looked, and must not take its own silence for that of others.
 */
export class Silence {
  #isAwaited = false;
  #missed = 0;

  /** One more look, a second after the last: whatever was asked before should be answered by now. */
  look(): Standing {
    if (this.#isAwaited) this.#missed += 1;
    this.#isAwaited = true;
    return this.standing;
  }

  /** Something has been heard. */
  heard(): void {
    this.#isAwaited = false;
    this.#missed = 0;
  }

  get standing(): Standing {
    if (this.#missed >= LOST_AFTER) return 'lost';
    return this.#missed >= SUSPECT_AFTER ? 'suspect' : 'well';
  }
}

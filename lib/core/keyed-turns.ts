/**
 * Work under names: what is asked for later under a name can wait for what was asked for before, and
 * names do not wait for each other.
 *
 * @internal
 */
export class KeyedTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Acts when everything before under the name has settled.
   *
   * @throws what it throws.
   */
  take<T>(key: string, act: () => Promise<T>): Promise<T> {
    return this.add(key, this.settled(key).then(act));
  }

  /** Has whoever comes later under the name wait for this too. */
  add<T>(key: string, work: Promise<T>): Promise<T> {
    const both = Promise.allSettled([this.#last.get(key), work]).finally(() => {
      if (this.#last.get(key) === both) this.#last.delete(key);
    });
    this.#last.set(key, both);
    return work;
  }

  /** Resolves when everything has settled that is under way under the name now. */
  async settled(key: string): Promise<void> {
    await this.#last.get(key);
  }
}

/** Tells whoever listens, once, that something is over; those who come later hear it at once. */
export class EndSignal {
  readonly #listeners = new Set<() => void>();
  #hasEnded = false;

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** @returns takes the listener away again. */
  listen(listener: () => void): () => void {
    if (this.#hasEnded) {
      attempt(listener);
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Idempotent. What a listener throws is its own affair. */
  end(): void {
    this.#hasEnded = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) attempt(listener);
  }
}

function attempt(listener: () => void): void {
  try {
    listener();
  } catch {
    // A provider that fails to tidy up must not keep others from hearing of the end.
  }
}

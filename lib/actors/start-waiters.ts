import type { WasmatrixError } from '../core/errors.ts';

interface StartWaiter {
  readonly resolve: () => void;
  readonly reject: (error: WasmatrixError) => void;
}

/** Who waits for the next life of an instance to run. */
export class StartWaiters {
  readonly #waiters: StartWaiter[] = [];

  /** Resolves when the next life runs; rejects with the reason when it could not. */
  next(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.push({ resolve, reject });
    return promise;
  }

  /** Tells all of them. @param error - undefined: it runs. */
  settle(error: WasmatrixError | undefined): void {
    for (const { resolve, reject } of this.#waiters.splice(0)) {
      if (error === undefined) resolve();
      else reject(error);
    }
  }
}

import type { Clock } from '../../lib/core/clock.ts';

/**
 * Tells those who wait that something has changed; what, they look up themselves.
 *
 * @internal
 */
export class Bell {
  readonly #listeners = new Set<() => void>();

  ring(): void {
    for (const listener of this.#listeners) listener();
  }

  /** @returns takes the listener away again. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/**
 * Waits until something holds, asking anew whenever one of the bells rings.
 *
 * @param waitMs - longest wait, in milliseconds; 0 asks only.
 * @returns whether it holds now.
 * @internal
 */
export function waitUntil(
  holds: () => boolean,
  bells: Iterable<Bell>,
  waitMs: number,
  clock: Clock,
): boolean | Promise<boolean> {
  if (holds()) return true;
  if (waitMs <= 0) return false;
  return new Promise((resolve) => {
    const leaves: (() => void)[] = [];
    const settle = (): void => {
      for (const leave of leaves) leave();
      clock.clearTimeout(timer);
      resolve(holds());
    };
    const timer = clock.setTimeout(settle, waitMs);
    for (const bell of bells) {
      leaves.push(
        bell.listen(() => {
          if (holds()) settle();
        }),
      );
    }
  });
}

import { isWasmatrixError, type WasmatrixError } from '../core/errors.ts';
import type { ModuleRefusal } from './module-info.ts';

/** A module may import a hundred thousand functions that nothing serves. */
const MOST_REFUSALS = 100;

/**
 * Collects what keeps a module from running, each reason once.
 *
 * @internal
 */
export class RefusalList {
  readonly #refusals: ModuleRefusal[] = [];
  readonly #messages: Set<string> = new Set();

  get all(): readonly ModuleRefusal[] {
    return this.#refusals;
  }

  /** @param isolation - `thread` if it may run in a process of its own. */
  add({ code, message, details }: WasmatrixError, isolation?: 'thread'): void {
    if (this.#refusals.length >= MOST_REFUSALS || this.#messages.has(message)) return;
    this.#messages.add(message);
    const where = isolation === undefined ? {} : { isolation };
    this.#refusals.push({ code, message, details, ...where });
  }

  /**
   * Makes a check, and notes its refusal.
   *
   * @returns what the check gave, or nothing if it refused.
   * @throws whatever is no refusal.
   */
  check<Result>(check: () => Result): Result | undefined {
    try {
      return check();
    } catch (error) {
      if (!isWasmatrixError(error) || error.code !== 'VALIDATION_ERROR') throw error;
      this.add(error);
      return undefined;
    }
  }
}

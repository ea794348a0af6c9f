import { asGuestFailure } from '../core/as-guest-failure.ts';

/**
 * What ended a guest, once something did. A guest can catch whatever an import throws (`catch_all`) and
 * run on; every later call of it then ends the same way, and no half-done call of ours is ever built
 * upon.
 *
 * @internal
 */
export class GuestFate {
  #end: { readonly thrown: unknown } | undefined;

  /** @throws what ended the guest, if anything did. */
  check(): void {
    if (this.#end !== undefined) throw this.#end.thrown;
  }

  /**
   * Lets a guest live on that has asked for its end: where the ABI has it run a `main` first, which ends
   * like that of any program.
   */
  pardon(thrown: unknown): void {
    if (this.#end?.thrown === thrown) this.#end = undefined;
  }

  /** Ends the guest; the first end is the one that counts. @throws that, always. */
  end(thrown: unknown): never {
    this.#end ??= { thrown };
    throw this.#end.thrown;
  }
}

/**
 * Runs something of a guest. An end that the guest has caught, and hidden behind a result or another
 * trap, comes first.
 *
 * @throws what ended the guest.
 * @internal
 */
export function concludes<Result>(fate: GuestFate, run: () => Result): Result {
  let result: Result;
  try {
    result = run();
  } catch (error) {
    fate.check();
    throw asGuestFailure(error);
  }
  fate.check();
  return result;
}

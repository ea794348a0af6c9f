import { asGuestFailure } from './as-guest-failure.ts';

/**
 * Makes an instance, which runs its start function.
 *
 * @throws `GuestTrap` if it does not link, and whatever its start function ends with.
 * @internal
 */
export function instantiate(
  module: WebAssembly.Module,
  imports: WebAssembly.Imports,
): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(module, imports);
  } catch (error) {
    throw asGuestFailure(error);
  }
}

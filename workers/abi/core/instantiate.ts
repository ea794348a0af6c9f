import type { FuelTank } from '../../fuel-tank.ts';
import { asGuestFailure } from './as-guest-failure.ts';

/**
 * Makes an instance, which runs its start function.
 *
 * @param fuel - what it pays from, if it is metered.
 * @throws `GuestTrap` if it does not link, and whatever its start function ends with.
 * @internal
 */
export function instantiate(
  module: WebAssembly.Module,
  imports: WebAssembly.Imports,
  fuel?: FuelTank,
): WebAssembly.Instance {
  try {
    fuel?.addTo(imports);
    return new WebAssembly.Instance(module, imports);
  } catch (error) {
    throw asGuestFailure(error);
  }
}

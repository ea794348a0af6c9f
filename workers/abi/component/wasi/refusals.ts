import { servedInterface } from '../../../../lib/wasm/component-interfaces.ts';
import { GuestTrap } from '../../../guest-failure.ts';
import { type HostFunction, HostResultError } from '../host-imports.ts';

/**
 * Makes each function of an interface answer one error code. Functions that cannot answer an error
 * need a handle which nobody was ever given; they end the guest.
 *
 * @param version - an importable name of the interface.
 * @param unanswerable - the functions that do not return a `result`.
 * @internal
 */
export function refusingFunctions(
  version: string,
  errorCode: string,
  unanswerable: ReadonlySet<string>,
): Record<string, HostFunction> {
  const refuse = (): never => {
    throw new HostResultError(errorCode);
  };
  const end = (): never => {
    throw new GuestTrap(`a handle of ${version} that was never given out`);
  };
  const names = servedInterface(version)?.functions.names() ?? [];
  return Object.fromEntries(names.map((name) => [name, unanswerable.has(name) ? end : refuse]));
}

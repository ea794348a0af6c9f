import { messageOf } from '../../../lib/core/errors.ts';
import {
  BadArguments,
  CapabilityRefused,
  GuestError,
  GuestExit,
  GuestTrap,
  PayloadTooLarge,
} from '../../guest-failure.ts';

const KNOWN = [
  GuestTrap,
  GuestExit,
  GuestError,
  BadArguments,
  PayloadTooLarge,
  CapabilityRefused,
  WebAssembly.RuntimeError,
  RangeError,
] as const;

/**
 * Turns whatever came out of a guest into one of the failures that a `Guest` may throw: an exception
 * that it threw and nobody caught, a failed link, a type of an import that nobody serves are all traps.
 *
 * @internal
 */
export function asGuestFailure(thrown: unknown): Error {
  const known = KNOWN.find((failure) => thrown instanceof failure);
  if (known !== undefined && thrown instanceof Error) return thrown;
  const message =
    thrown instanceof WebAssembly.Exception
      ? 'the guest threw an exception and did not catch it'
      : messageOf(thrown);
  return Object.assign(new GuestTrap(message), { cause: thrown });
}

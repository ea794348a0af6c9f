import { GuestTrap, PayloadTooLarge } from '../../guest-failure.ts';
import { HostResultError } from './host-imports.ts';

/**
 * What has unwound a guest, in the terms of a guest's failures.
 *
 * @internal
 */
export function trapCause(thrown: unknown): unknown {
  // A value that is too large can only be refused where the guest is not in the middle of something.
  if (thrown instanceof PayloadTooLarge) return new GuestTrap(thrown.message);
  if (thrown instanceof HostResultError) {
    return new GuestTrap('the host has an error where none can be answered', { cause: thrown });
  }
  // The engine's own, when a value does not convert to the type that a core function declares.
  const isMismatch = thrown instanceof TypeError || thrown instanceof SyntaxError;
  return isMismatch
    ? new GuestTrap(`wrong signature: ${thrown.message}`, { cause: thrown })
    : thrown;
}

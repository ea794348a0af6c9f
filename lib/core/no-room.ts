import type { CapacityRefusal } from './capacity.ts';
import { WasmatrixError } from './errors.ts';

const MIB = 1024 * 1024;

/**
 * The refusal of a start for want of room, with its numbers.
 *
 * @internal
 */
export function noRoom(refusal: CapacityRefusal): WasmatrixError {
  const { resource, used, limit, reserved, needed, raise } = refusal;
  const isBytes = resource === 'resident-memory' || resource === 'guest-memory';
  const amount = (value: number): string =>
    isBytes ? `${Math.round(value / MIB)} MiB` : String(Math.round(value));
  const kept = reserved === 0 ? '' : ` less ${amount(reserved)} in reserve`;
  return new WasmatrixError(
    'RESOURCE_EXHAUSTED',
    `no room for another thread: ${resource} ${amount(used)} and ${amount(needed)} more, ` +
      `the limit is ${amount(limit)}${kept}`,
    { resource, used, limit, needed, ...(reserved === 0 ? {} : { reserved }), raise },
  );
}

import { WasmatrixError } from '../core/errors.ts';

/**
 * Function types that all modules together may have, over the life of the process. V8 keeps each different
 * one until the process ends, and ends it at some two million ("too many canonicalized types", Node 26).
 */
const MOST_TYPES = 1_000_000;

/** Makes the account, which the threads that compile share. */
export function newTypeAccount(): SharedArrayBuffer {
  return new SharedArrayBuffer(4);
}

/**
 * Counts the types of a module that has not been compiled in this process before.
 *
 * @throws `RESOURCE_EXHAUSTED` if they are more than there is room for; then they do not count.
 */
export function countTypes(account: SharedArrayBuffer, types: number, most = MOST_TYPES): void {
  const total = new Int32Array(account);
  const used = Atomics.add(total, 0, types);
  if (used + types <= most) return;
  Atomics.sub(total, 0, types);
  throw new WasmatrixError(
    'RESOURCE_EXHAUSTED',
    'the modules of this process have as many types as its engine can keep',
    {
      resource: 'types',
      used,
      limit: most,
      needed: types,
      raise: "isolation: 'process', or another host process",
    },
  );
}

import { invalidField } from '../../lib/core/errors.ts';

const COUNTER_TEXT = /^(?:0|-?[1-9][0-9]{0,19})$/;
const LONGEST_COUNTER_BYTES = 20;
const LEAST = -(2n ** 63n);
const MOST = 2n ** 64n - 1n;

/**
 * Adds to a counter. It is stored as decimal text, readable by `get`, and spans what the guests'
 * interfaces call s64 and u64: -2^63 to 2^64-1. A missing key counts from 0.
 *
 * @throws `INVALID_REQUEST` naming `key` if the value is no such text, `delta` if the sum is out of
 * range; it is the caller's doing, and no retry would help.
 * @internal
 */
export function addToCounter(
  current: Uint8Array | undefined,
  delta: bigint,
): { readonly value: Uint8Array; readonly result: bigint } {
  const result = (current === undefined ? 0n : counterIn(current)) + delta;
  if (!isInRange(result)) throw invalidField('delta', 'the counter would exceed 64 bits');
  return { value: new TextEncoder().encode(String(result)), result };
}

function counterIn(value: Uint8Array): bigint {
  if (value.byteLength <= LONGEST_COUNTER_BYTES) {
    const text = String.fromCharCode(...value);
    if (COUNTER_TEXT.test(text) && isInRange(BigInt(text))) return BigInt(text);
  }
  throw invalidField('key', 'its value is not a counter');
}

function isInRange(count: bigint): boolean {
  return count >= LEAST && count <= MOST;
}

import { invalidField, WasmatrixError } from '../../lib/core/errors.ts';
import type { WireValue } from '../../lib/core/provider.ts';
import { BATCH_ENTRIES, BUCKET_NAME_BYTES, KEY_CEILING_BYTES, MAX_TTL_MS } from './kv-limits.ts';

type Args = readonly WireValue[];

/**
 * Refuses a call with more arguments than its operation takes.
 *
 * @throws `INVALID_REQUEST`
 * @internal
 */
export function atMost(args: Args, count: number): void {
  if (args.length > count) throw invalidField('args', `at most ${count} arguments`);
}

/**
 * The guest's name of a bucket.
 *
 * @throws `INVALID_REQUEST` naming `bucket`.
 * @internal
 */
export function bucketOf(args: Args): string {
  return text(args[0], 'bucket', BUCKET_NAME_BYTES);
}

/**
 * A key: never empty, since an empty one could be granted by no exact pattern.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function keyFrom(value: WireValue, field = 'key'): string {
  return text(value, field, KEY_CEILING_BYTES);
}

/**
 * A value.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function bytesFrom(value: WireValue, field = 'value'): Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalidField(field, 'must be bytes');
  return value;
}

/**
 * A value that may be missing.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function optionalBytesFrom(value: WireValue, field: string): Uint8Array | undefined {
  return value === undefined || value === null ? undefined : bytesFrom(value, field);
}

/**
 * A 64-bit integer, signed or not.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function integerFrom(value: WireValue, field: string): bigint {
  if (typeof value !== 'bigint') throw invalidField(field, 'must be a bigint');
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw invalidField(field, 'exceeds 64 bits');
  return value;
}

/**
 * A time to live in milliseconds, 1 to 10 years; it may be missing. Integers of 64 bits arrive as
 * bigint, others as numbers.
 *
 * @throws `INVALID_REQUEST` naming `ttlMs`.
 * @internal
 */
export function optionalTtlFrom(value: WireValue): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'bigint' && !Number.isInteger(value)) {
    throw invalidField('ttlMs', 'must be an integer');
  }
  const ttlMs = Number(value);
  if (ttlMs < 1 || ttlMs > MAX_TTL_MS) {
    throw invalidField('ttlMs', `must be between 1 and ${MAX_TTL_MS}`);
  }
  return ttlMs;
}

/**
 * The keys of a batch.
 *
 * @throws `INVALID_REQUEST` naming the element, `RESOURCE_EXHAUSTED` if there are too many.
 * @internal
 */
export function keysFrom(value: WireValue): readonly string[] {
  return batchFrom(value, 'keys').map((key, index) => keyFrom(key, `keys[${index}]`));
}

/**
 * The entries of a batch.
 *
 * @throws `INVALID_REQUEST` naming the element, `RESOURCE_EXHAUSTED` if there are too many.
 * @internal
 */
export function entriesFrom(value: WireValue): readonly (readonly [string, Uint8Array])[] {
  return batchFrom(value, 'entries').map((entry, index) => {
    const field = `entries[${index}]`;
    if (!isList(entry) || entry.length !== 2) throw invalidField(field, 'must be [key, bytes]');
    return [keyFrom(entry[0], `${field}[0]`), bytesFrom(entry[1], `${field}[1]`)];
  });
}

function batchFrom(value: WireValue, field: string): readonly WireValue[] {
  if (!isList(value)) throw invalidField(field, 'must be a list');
  if (value.length > BATCH_ENTRIES) {
    throw new WasmatrixError('RESOURCE_EXHAUSTED', `${field}: more than ${BATCH_ENTRIES}`, {
      field,
      limit: BATCH_ENTRIES,
    });
  }
  // Holes would be passed over by map, and arrive as undefined where they are used.
  return Array.from(value);
}

function isList(value: WireValue): value is readonly WireValue[] {
  return Array.isArray(value);
}

function text(value: WireValue, field: string, maxBytes: number): string {
  if (typeof value !== 'string') throw invalidField(field, 'must be a string');
  if (value === '') throw invalidField(field, 'must not be empty');
  // No code unit takes more than three bytes, so most texts need not be measured.
  if (value.length * 3 > maxBytes && Buffer.byteLength(value) > maxBytes) {
    throw invalidField(field, `must be at most ${maxBytes} bytes`);
  }
  if (!value.isWellFormed()) throw invalidField(field, 'must be well-formed Unicode');
  return value;
}

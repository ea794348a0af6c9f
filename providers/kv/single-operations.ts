import type { ProviderOperation } from '../../lib/core/provider.ts';
import { addToCounter } from './counter.ts';
import {
  bytesFrom,
  integerFrom,
  keyFrom,
  optionalBytesFrom,
  optionalTtlFrom,
} from './kv-arguments.ts';
import { checkKeySize, checkSize, type KvState, operation } from './kv-operation.ts';

/** Needs a mapping and nothing else: the grant is asked for by what is done with the bucket. @internal */
export const openBucket: ProviderOperation<KvState> = operation(
  1,
  () => undefined,
  () => [],
  () => undefined,
);

/** Answers the bytes, or undefined. @internal */
export const get: ProviderOperation<KvState> = operation(
  2,
  (args) => keyFrom(args[1]),
  (key) => ({ action: 'kv:read', scope: key }),
  (key, { store, bucket }) => store.get(bucket, key),
);

/** Answers whether the key holds a value. @internal */
export const exists: ProviderOperation<KvState> = operation(
  2,
  (args) => keyFrom(args[1]),
  (key) => ({ action: 'kv:read', scope: key }),
  (key, { store, bucket }) => store.exists(bucket, key),
);

/**
 * Writes bytes, for a time or for ever; answers when they are as durable as the backend makes them.
 *
 * @internal
 */
export const set: ProviderOperation<KvState> = operation(
  4,
  (args) => ({
    key: keyFrom(args[1]),
    value: bytesFrom(args[2]),
    ttlMs: optionalTtlFrom(args[3]),
  }),
  ({ key }) => ({ action: 'kv:write', scope: key }),
  ({ key, value, ttlMs }, { store, bucket, limits }) => {
    checkKeySize(key, limits);
    checkSize(value.byteLength, limits.maxValueBytes, 'value');
    return store.set(bucket, key, value, ttlMs);
  },
);

/** Removes a key; an absent one is no failure. @internal */
export const deleteKey: ProviderOperation<KvState> = operation(
  2,
  (args) => keyFrom(args[1]),
  (key) => ({ action: 'kv:delete', scope: key }),
  (key, { store, bucket }) => store.delete(bucket, key),
);

/**
 * Adds to a counter, atomically, and answers the sum. The counter keeps its expiry: one that counts
 * within a minute must not live on because it is counted.
 *
 * @internal
 */
export const increment: ProviderOperation<KvState> = operation(
  3,
  (args) => ({ key: keyFrom(args[1]), delta: integerFrom(args[2], 'delta') }),
  ({ key }) => ({ action: 'kv:write', scope: key }),
  ({ key, delta }, { store, bucket, limits }) => {
    checkKeySize(key, limits);
    return store.update(bucket, key, (current) => ({
      ...addToCounter(current, delta),
      ttlMs: 'kept',
    }));
  },
);

/**
 * Writes if the key holds the expected bytes, or holds nothing if none are expected; answers whether
 * it did. What it writes lives as what `set` writes.
 *
 * @internal
 */
export const compareAndSwap: ProviderOperation<KvState> = operation(
  5,
  (args) => ({
    key: keyFrom(args[1]),
    expected: optionalBytesFrom(args[2], 'expected'),
    value: bytesFrom(args[3]),
    ttlMs: optionalTtlFrom(args[4]),
  }),
  ({ key }) => ({ action: 'kv:write', scope: key }),
  ({ key, expected, value, ttlMs }, { store, bucket, limits }) => {
    checkKeySize(key, limits);
    checkSize(value.byteLength, limits.maxValueBytes, 'value');
    return store.update(bucket, key, (current) =>
      isSame(current, expected) ? { value, ttlMs, result: true } : { result: false },
    );
  },
);

function isSame(current: Uint8Array | undefined, expected: Uint8Array | undefined): boolean {
  if (current === undefined || expected === undefined) return current === expected;
  return Buffer.compare(current, expected) === 0;
}

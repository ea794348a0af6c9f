import type { ProviderOperation, RequiredPermission, WireValue } from '../../lib/core/provider.ts';
import { entriesFrom, keysFrom } from './kv-arguments.ts';
import { checkKeySize, checkSize, type KvState, operation } from './kv-operation.ts';
import { type Awaitable, whenReady } from './kv-store.ts';

/** Answers the values in the order of the keys, undefined for an absent one. @internal */
export const getMany: ProviderOperation<KvState> = operation(
  2,
  (args) => keysFrom(args[1]),
  (keys) => forEach('kv:read', keys),
  (keys, { store, bucket, limits }) => {
    const values: Awaitable<Uint8Array | undefined>[] = [];
    let bytes = 0;
    for (const key of keys) {
      const value = store.get(bucket, key);
      values.push(
        whenReady(value, (ready) => {
          bytes += ready?.byteLength ?? 0;
          checkSize(bytes, limits.maxBatchBytes, 'keys');
          return ready;
        }),
      );
    }
    return allOf(values);
  },
);

/**
 * Writes all entries, the last of a key counts; not atomic as a whole: where one finds no room, others
 * may have been written, each of them wholly.
 *
 * @internal
 */
export const setMany: ProviderOperation<KvState> = operation(
  2,
  (args) => entriesFrom(args[1]),
  (entries) =>
    forEach(
      'kv:write',
      entries.map(([key]) => key),
    ),
  (entries, { store, bucket, limits }) => {
    let bytes = 0;
    for (const [index, [key, value]] of entries.entries()) {
      checkKeySize(key, limits, `entries[${index}][0]`);
      checkSize(value.byteLength, limits.maxValueBytes, `entries[${index}][1]`);
      bytes += value.byteLength;
    }
    checkSize(bytes, limits.maxBatchBytes, 'entries');
    // All are under way before one is waited for, so a durable store commits them together.
    return whenReady(
      allOf(entries.map(([key, value]) => store.set(bucket, key, value))),
      () => undefined,
    );
  },
);

/** Removes all keys; not atomic as a whole. @internal */
export const deleteMany: ProviderOperation<KvState> = operation(
  2,
  (args) => keysFrom(args[1]),
  (keys) => forEach('kv:delete', keys),
  (keys, { store, bucket }) =>
    whenReady(allOf(keys.map((key) => store.delete(bucket, key))), () => undefined),
);

/** An empty batch still needs some grant of its action: it must not be a way to do without. */
function forEach(action: string, keys: readonly string[]): RequiredPermission[] {
  return keys.length === 0 ? [{ action }] : keys.map((scope) => ({ action, scope }));
}

function allOf(results: readonly Awaitable<WireValue>[]): Awaitable<readonly WireValue[]> {
  const ready: WireValue[] = [];
  for (const result of results) {
    if (result instanceof Promise) {
      return Promise.all(results.map((each) => Promise.resolve(each)));
    }
    ready.push(result);
  }
  return ready;
}

import { textOf, unsignedOf } from './import-arguments.ts';
import type { InterfaceGroup } from './interface-group.ts';
import { type KeyValueCalls, otherError } from './keyvalue-calls.ts';
import { batchFunctions, bucketName, keysOf, storeFunctions } from './keyvalue-store.ts';
import { NumberedCursors } from './numbered-cursors.ts';

const MOST_U64 = 2n ** 64n - 1n;

/**
 * `wasi:keyvalue@0.2.0-draft`, as wasmCloud and Wasmtime have it: cursors are numbers, counters are
 * unsigned, a batch read leaves out the keys that are absent.
 *
 * @internal
 */
export function keyvalueDraft(calls: KeyValueCalls): InterfaceGroup {
  const cursors = new NumberedCursors();
  return {
    'wasi:keyvalue/store@0.2.0-draft': {
      ...storeFunctions(calls),
      '[method]bucket.list-keys': (self, cursor) => {
        const name = bucketName(self);
        const start = cursor === undefined ? undefined : cursors.cursorOf(name, unsignedOf(cursor));
        const { keys, cursor: next } = calls.page(name, start);
        return { keys, cursor: next === undefined ? undefined : cursors.numberOf(name, next) };
      },
    },
    'wasi:keyvalue/atomics@0.2.0-draft': {
      increment: (bucket, key, delta) => {
        const args = [bucketName(bucket), textOf(key), unsignedOf(delta)];
        const count = calls.integer('increment', args);
        // Another guest, of another version, may have counted below zero.
        if (count < 0n || count > MOST_U64) throw otherError('the counter does not fit an u64');
        return count;
      },
    },
    'wasi:keyvalue/batch@0.2.0-draft': {
      ...batchFunctions(calls),
      'get-many': (bucket, list) => {
        const keys = keysOf(list);
        const values = calls.values(bucketName(bucket), keys);
        return values.map((value, index) =>
          value === undefined ? undefined : [keys[index], value],
        );
      },
    },
  };
}

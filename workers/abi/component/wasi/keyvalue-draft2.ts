import { CompareAndSwap, Snapshots } from './compare-and-swap.ts';
import { bytesOf, resourceOf, signedOf, textOf } from './import-arguments.ts';
import type { InterfaceGroup } from './interface-group.ts';
import { type KeyValueCalls, otherError } from './keyvalue-calls.ts';
import { batchFunctions, bucketName, keysOf, storeFunctions } from './keyvalue-store.ts';

/**
 * `wasi:keyvalue@0.2.0-draft2`, as the proposal's main branch and Spin have it: cursors are strings,
 * counters are signed, a batch read answers every key, and there are compare-and-swap handles.
 *
 * @internal
 */
export function keyvalueDraft2(calls: KeyValueCalls, payloadBytes: number): InterfaceGroup {
  const snapshots = new Snapshots(calls, payloadBytes);
  return {
    'wasi:keyvalue/store@0.2.0-draft2': {
      ...storeFunctions(calls),
      '[method]bucket.list-keys': (self, cursor) =>
        calls.page(bucketName(self), cursor === undefined ? undefined : textOf(cursor)),
    },
    'wasi:keyvalue/atomics@0.2.0-draft2': {
      increment: (bucket, key, delta) => {
        const args = [bucketName(bucket), textOf(key), signedOf(delta)];
        const count = calls.integer('increment', args);
        if (BigInt.asIntN(64, count) !== count) throw otherError('the counter does not fit an s64');
        return count;
      },
      '[static]cas.new': (bucket, key) => snapshots.take(bucketName(bucket), textOf(key)),
      '[method]cas.current': (self) => resourceOf(CompareAndSwap, self).current,
      swap: (handle, value) => snapshots.swap(resourceOf(CompareAndSwap, handle), bytesOf(value)),
    },
    'wasi:keyvalue/batch@0.2.0-draft2': {
      ...batchFunctions(calls),
      'get-many': (bucket, list) => {
        const keys = keysOf(list);
        return calls.values(bucketName(bucket), keys).map((value, index) => [keys[index], value]);
      },
    },
  };
}

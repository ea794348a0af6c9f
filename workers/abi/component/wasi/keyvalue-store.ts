import type { HostFunction } from '../host-imports.ts';
import { bytesOf, listOf, resourceOf, textOf } from './import-arguments.ts';
import { Bucket } from './keyvalue-bucket.ts';
import type { KeyValueCalls } from './keyvalue-calls.ts';

/**
 * The name behind a bucket that a guest hands in.
 *
 * @internal
 */
export function bucketName(value: unknown): string {
  return resourceOf(Bucket, value).name;
}

/**
 * The functions of `store` that are the same in both drafts.
 *
 * @internal
 */
export function storeFunctions(calls: KeyValueCalls): Record<string, HostFunction> {
  return {
    open: (identifier) => {
      const name = textOf(identifier);
      calls.perform('open', [name]);
      return new Bucket(name);
    },
    '[method]bucket.get': (self, key) => calls.bytes('get', [bucketName(self), textOf(key)]),
    '[method]bucket.set': (self, key, value) => {
      calls.perform('set', [bucketName(self), textOf(key), bytesOf(value)]);
    },
    '[method]bucket.delete': (self, key) => {
      calls.perform('delete', [bucketName(self), textOf(key)]);
    },
    '[method]bucket.exists': (self, key) => calls.flag('exists', [bucketName(self), textOf(key)]),
  };
}

/**
 * The functions of `batch` that are the same in both drafts.
 *
 * @internal
 */
export function batchFunctions(calls: KeyValueCalls): Record<string, HostFunction> {
  return {
    'set-many': (bucket, entries) => {
      const pairs = listOf(entries).map((entry) => {
        const [key, value] = listOf(entry);
        return [textOf(key), bytesOf(value)] as const;
      });
      calls.perform('setMany', [bucketName(bucket), pairs]);
    },
    'delete-many': (bucket, keys) => {
      calls.perform('deleteMany', [bucketName(bucket), keysOf(keys)]);
    },
  };
}

/**
 * The keys of a batch.
 *
 * @internal
 */
export function keysOf(value: unknown): readonly string[] {
  return listOf(value).map(textOf);
}

import { randomBytes } from 'node:crypto';
import type { KvChange, KvStore } from './kv-store.ts';
import { SortedKeys } from './sorted-keys.ts';
import { storeClosed } from './storage-error.ts';

interface Bucket {
  readonly values: Map<string, Uint8Array>;
  readonly order: SortedKeys;
}

/**
 * The default backend: everything in this thread's memory, gone with it, every answer at once.
 *
 * @internal
 */
export class MemoryStore implements KvStore {
  readonly secret: Uint8Array = randomBytes(32);
  #buckets: Map<string, Bucket> | undefined = new Map();

  get(bucket: string, key: string): Uint8Array | undefined {
    const value = this.#open().get(bucket)?.values.get(key);
    return value && new Uint8Array(value);
  }

  set(bucket: string, key: string, value: Uint8Array): undefined {
    const buckets = this.#open();
    let held = buckets.get(bucket);
    if (held === undefined) {
      held = { values: new Map(), order: new SortedKeys() };
      buckets.set(bucket, held);
    }
    if (!held.values.has(key)) held.order.add(key);
    held.values.set(key, new Uint8Array(value));
  }

  delete(bucket: string, key: string): undefined {
    const buckets = this.#open();
    const held = buckets.get(bucket);
    if (!held?.values.delete(key)) return;
    held.order.delete(key);
    if (held.values.size === 0) buckets.delete(bucket);
  }

  exists(bucket: string, key: string): boolean {
    return this.#open().get(bucket)?.values.has(key) ?? false;
  }

  listAfter(bucket: string, after: string | undefined, limit: number): readonly string[] {
    return this.#open().get(bucket)?.order.after(after, limit) ?? [];
  }

  update<T>(
    bucket: string,
    key: string,
    change: (current: Uint8Array | undefined) => KvChange<T>,
  ): T {
    const { value, result } = change(this.get(bucket, key));
    if (value !== undefined) this.set(bucket, key, value);
    return result;
  }

  close(): undefined {
    this.#buckets = undefined;
  }

  #open(): Map<string, Bucket> {
    if (this.#buckets === undefined) throw storeClosed();
    return this.#buckets;
  }
}

import { randomBytes } from 'node:crypto';
import { WasmatrixError } from '../../lib/core/errors.ts';
import { DEFAULT_MAX_BYTES, ENTRY_BYTES } from './kv-limits.ts';
import type { KvChange, KvStore } from './kv-store.ts';
import { SortedKeys } from './sorted-keys.ts';
import { storeClosed } from './storage-error.ts';

interface Bucket {
  readonly values: Map<string, Uint8Array>;
  readonly order: SortedKeys;
}

/**
 * The default backend: everything in this thread's memory, gone with it, every answer at once. It
 * holds a bounded number of bytes; a write beyond changes nothing.
 *
 * @internal
 */
export class MemoryStore implements KvStore {
  readonly secret: Uint8Array = randomBytes(32);
  readonly #maxBytes: number;
  #usedBytes = 0;
  #buckets: Map<string, Bucket> | undefined = new Map();

  /** @param maxBytes - of all keys, all values and `ENTRY_BYTES` for each entry. */
  constructor(maxBytes: number = DEFAULT_MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get(bucket: string, key: string): Uint8Array | undefined {
    const value = this.#open().get(bucket)?.values.get(key);
    return value && new Uint8Array(value);
  }

  /** @throws `RESOURCE_EXHAUSTED` when there is no room for it. */
  set(bucket: string, key: string, value: Uint8Array): undefined {
    const buckets = this.#open();
    let held = buckets.get(bucket);
    const replaced = held?.values.get(key);
    const used =
      this.#usedBytes +
      value.byteLength -
      (replaced === undefined ? -entryBytes(key) : replaced.byteLength);
    if (used > this.#maxBytes) throw full(this.#maxBytes);
    if (held === undefined) {
      held = { values: new Map(), order: new SortedKeys() };
      buckets.set(bucket, held);
    }
    // Before anything is noted, because memory may run out here.
    const kept = new Uint8Array(value);
    if (replaced === undefined) held.order.add(key);
    held.values.set(key, kept);
    this.#usedBytes = used;
  }

  delete(bucket: string, key: string): undefined {
    const buckets = this.#open();
    const held = buckets.get(bucket);
    const removed = held?.values.get(key);
    if (held === undefined || removed === undefined) return;
    held.values.delete(key);
    this.#usedBytes -= entryBytes(key) + removed.byteLength;
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

/** What an entry takes besides its value. */
function entryBytes(key: string): number {
  return ENTRY_BYTES + Buffer.byteLength(key);
}

function full(limitBytes: number): WasmatrixError {
  const message = `the store holds at most ${limitBytes} bytes`;
  return new WasmatrixError('RESOURCE_EXHAUSTED', message, { resource: 'storage', limitBytes });
}

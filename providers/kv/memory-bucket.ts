import { type Expiring, ExpiryQueue } from './expiry-queue.ts';
import type { KvPage } from './kv-store.ts';
import { SortedKeys } from './sorted-keys.ts';

/**
 * A key with what it holds.
 *
 * @internal
 */
export interface MemoryEntry extends Expiring {
  readonly key: string;
  readonly keyBytes: number;
  value: Uint8Array;
}

/**
 * The entries of one bucket: by key, in order, and by when they expire. What has expired stays until
 * it is removed; who reads asks for what is live.
 *
 * @internal
 */
export class MemoryBucket implements Expiring {
  readonly name: string;
  dueMs: number = Number.POSITIVE_INFINITY;
  slot = -1;
  readonly #entries = new Map<string, MemoryEntry>();
  readonly #order = new SortedKeys();
  readonly #expiring = new ExpiryQueue<MemoryEntry>();
  #bytes = 0;

  constructor(name: string) {
    this.name = name;
  }

  get keys(): number {
    return this.#entries.size;
  }

  /** Of keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What expires first, expired already or not. */
  get firstDue(): MemoryEntry | undefined {
    return this.#expiring.first;
  }

  /** Every entry, in no order that counts. */
  get entries(): Iterable<MemoryEntry> {
    return this.#entries.values();
  }

  at(key: string): MemoryEntry | undefined {
    return this.#entries.get(key);
  }

  /** Takes the bytes as its own. */
  put(key: string, value: Uint8Array, dueMs: number): void {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const keyBytes = Buffer.byteLength(key);
      entry = { key, keyBytes, value, dueMs: Number.POSITIVE_INFINITY, slot: -1 };
      this.#order.add(key);
      this.#entries.set(key, entry);
      this.#bytes += keyBytes + value.byteLength;
    } else {
      this.#bytes += value.byteLength - entry.value.byteLength;
      entry.value = value;
    }
    if (dueMs !== entry.dueMs) this.#expiring.place(entry, dueMs);
  }

  remove(entry: MemoryEntry): void {
    this.#entries.delete(entry.key);
    this.#order.delete(entry.key);
    this.#expiring.place(entry, Number.POSITIVE_INFINITY);
    this.#bytes -= entry.keyBytes + entry.value.byteLength;
  }

  pageAfter(after: string | undefined, limit: number, nowMs: number): KvPage {
    // One more than is looked at tells whether there is a next page.
    const looked = this.#order.after(after, limit + 1);
    const isEnd = looked.length <= limit;
    if (!isEnd) looked.pop();
    const last = looked.at(-1);
    const first = this.#expiring.first;
    const keys =
      first === undefined || first.dueMs > nowMs
        ? looked
        : looked.filter((key) => (this.#entries.get(key)?.dueMs ?? 0) > nowMs);
    return { keys, last, isEnd };
  }
}

import { randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/core/clock.ts';
import { WasmatrixError } from '../../lib/core/errors.ts';
import { bucketFull, exceededQuota, NO_RULES, type RulesOf } from './bucket-rules.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import type { HandedData } from './handed-over.ts';
import { DEFAULT_MAX_BYTES, ENTRY_BYTES } from './kv-limits.ts';
import type { KvChange, KvPage, KvStore, KvStoreOptions } from './kv-store.ts';
import { MemoryBucket, type MemoryEntry } from './memory-bucket.ts';
import { storeClosed } from './storage-error.ts';
import { SWEEP_ENTRIES, Sweeper, type SweepOutcome } from './sweeper.ts';
import { systemClock } from './system-clock.ts';

/**
 * The default backend: everything in this thread's memory, gone with it, every answer at once. It
 * holds a bounded number of bytes; a write beyond changes nothing.
 *
 * @internal
 */
export class MemoryStore implements KvStore {
  readonly secret: Uint8Array;
  readonly #maxBytes: number;
  readonly #rulesOf: RulesOf;
  readonly #clock: Clock;
  readonly #sweeper: Sweeper;
  /** The buckets in which something expires, by what does so first. */
  readonly #expiring = new ExpiryQueue<MemoryBucket>();
  #usedBytes = 0;
  #buckets: Map<string, MemoryBucket> | undefined = new Map();

  /**
   * Starts empty, or with what a store before has handed over. What that holds stays even where it
   * exceeds a quota that is new.
   *
   * @param options - `maxBytes`: of all keys, all values and `ENTRY_BYTES` for each entry.
   * @throws `RESOURCE_EXHAUSTED` if what is handed over does not fit.
   */
  constructor(
    options: Partial<KvStoreOptions> & { readonly maxBytes?: number } = {},
    inherited?: HandedData,
  ) {
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#rulesOf = options.rulesOf ?? (() => NO_RULES);
    this.#clock = options.clock ?? systemClock;
    this.#sweeper = new Sweeper(this.#clock, () => this.#sweep());
    this.secret = inherited?.secret ?? randomBytes(32);
    if (inherited !== undefined) this.#adopt(inherited);
  }

  get(bucket: string, key: string): Uint8Array | undefined {
    const entry = this.#live(bucket, key);
    return entry && new Uint8Array(entry.value);
  }

  /** @throws `RESOURCE_EXHAUSTED` when there is no room for it. */
  set(bucket: string, key: string, value: Uint8Array, ttlMs?: number): undefined {
    this.#write(bucket, key, value, ttlMs);
  }

  delete(bucket: string, key: string): undefined {
    const held = this.#open().get(bucket);
    const entry = held?.at(key);
    if (held !== undefined && entry !== undefined) this.#drop(held, entry);
  }

  exists(bucket: string, key: string): boolean {
    return this.#live(bucket, key) !== undefined;
  }

  listAfter(bucket: string, after: string | undefined, limit: number): KvPage {
    const held = this.#open().get(bucket);
    if (held === undefined) return { keys: [], last: undefined, isEnd: true };
    return held.pageAfter(after, limit, this.#clock.now());
  }

  update<T>(
    bucket: string,
    key: string,
    change: (current: Uint8Array | undefined) => KvChange<T>,
  ): T {
    const { value, ttlMs, result } = change(this.get(bucket, key));
    if (value !== undefined) this.#write(bucket, key, value, ttlMs);
    return result;
  }

  handOver(): HandedData {
    const nowMs = this.#clock.now();
    const buckets = Array.from(this.#open().values(), ({ name, entries }) => {
      const live = Array.from(entries).filter(({ dueMs }) => dueMs > nowMs);
      return [
        name,
        live.map(({ key, value, dueMs }): HandedData['buckets'][number][1][number] =>
          dueMs === Number.POSITIVE_INFINITY ? [key, value] : [key, value, dueMs],
        ),
      ] as const;
    });
    return { kind: 'kv', backend: 'memory', secret: this.secret, buckets };
  }

  close(): undefined {
    this.#buckets = undefined;
    this.#sweeper.close();
  }

  #open(): Map<string, MemoryBucket> {
    if (this.#buckets === undefined) throw storeClosed();
    return this.#buckets;
  }

  #live(bucket: string, key: string): MemoryEntry | undefined {
    const entry = this.#open().get(bucket)?.at(key);
    return entry === undefined || this.#isExpired(entry) ? undefined : entry;
  }

  /** Asks for the time only where it matters. */
  #isExpired({ dueMs }: MemoryEntry): boolean {
    return dueMs !== Number.POSITIVE_INFINITY && dueMs <= this.#clock.now();
  }

  #write(bucket: string, key: string, value: Uint8Array, ttlMs?: number | 'kept'): void {
    const buckets = this.#open();
    const rules = this.#rulesOf(bucket);
    let replaced = buckets.get(bucket)?.at(key);
    if (replaced !== undefined && this.#isExpired(replaced)) {
      this.#drop(buckets.get(bucket), replaced);
      replaced = undefined;
    }
    const keyBytes = replaced === undefined ? Buffer.byteLength(key) : 0;
    const moreKeys = replaced === undefined ? 1 : 0;
    const moreBytes = keyBytes + value.byteLength - (replaced?.value.byteLength ?? 0);
    const quota = (): 'maxKeys' | 'maxBytes' | undefined => {
      const { keys, bytes } = buckets.get(bucket) ?? { keys: 0, bytes: 0 };
      return exceededQuota(
        rules,
        { keys, bytes },
        { keys: keys + moreKeys, bytes: bytes + moreBytes },
      );
    };
    while (quota() !== undefined && this.#dropExpired(buckets.get(bucket))) continue;
    const exceeded = quota();
    if (exceeded !== undefined) throw bucketFull(exceeded, rules);
    const more = moreBytes + moreKeys * ENTRY_BYTES;
    const isFull = (): boolean => this.#usedBytes + more > this.#maxBytes;
    while (isFull() && this.#dropExpired(this.#expiring.first)) continue;
    if (isFull()) throw storeFull(this.#maxBytes);
    const dueMs = this.#dueMs(replaced, ttlMs, rules.ttlMs);
    // Copied before anything is noted, because memory may run out here.
    this.#put(bucket, key, new Uint8Array(value), dueMs);
  }

  #dueMs(
    replaced: MemoryEntry | undefined,
    ttlMs: number | 'kept' | undefined,
    bucketTtlMs: number,
  ): number {
    if (ttlMs === 'kept' && replaced !== undefined) return replaced.dueMs;
    const livesMs = typeof ttlMs === 'number' ? ttlMs : bucketTtlMs;
    return livesMs === Number.POSITIVE_INFINITY ? livesMs : this.#clock.now() + livesMs;
  }

  #put(bucket: string, key: string, value: Uint8Array, dueMs: number): void {
    const buckets = this.#open();
    let held = buckets.get(bucket);
    if (held === undefined) {
      held = new MemoryBucket(bucket);
      buckets.set(bucket, held);
    }
    const before = costOf(held);
    held.put(key, value, dueMs);
    this.#usedBytes += costOf(held) - before;
    this.#reorder(held);
    if (dueMs !== Number.POSITIVE_INFINITY) this.#sweeper.expect(dueMs);
  }

  #drop(held: MemoryBucket | undefined, entry: MemoryEntry): void {
    if (held === undefined) return;
    const before = costOf(held);
    held.remove(entry);
    this.#usedBytes += costOf(held) - before;
    if (held.keys === 0) this.#open().delete(held.name);
    this.#reorder(held);
  }

  #reorder(held: MemoryBucket): void {
    const dueMs = held.firstDue?.dueMs ?? Number.POSITIVE_INFINITY;
    if (dueMs !== held.dueMs) this.#expiring.place(held, dueMs);
  }

  /** Gives back the room of one entry; false if none has expired. */
  #dropExpired(held: MemoryBucket | undefined): boolean {
    const entry = held?.firstDue;
    if (entry === undefined || !this.#isExpired(entry)) return false;
    this.#drop(held, entry);
    return true;
  }

  #sweep(): SweepOutcome {
    for (let count = 0; count < SWEEP_ENTRIES; count += 1) {
      if (!this.#dropExpired(this.#expiring.first)) {
        return { isMoreDue: false, nextDueMs: this.#expiring.first?.dueMs };
      }
    }
    return { isMoreDue: true };
  }

  #adopt({ buckets }: HandedData): void {
    for (const [bucket, entries] of buckets) {
      for (const [key, value, dueMs] of entries) {
        this.#put(bucket, key, value, dueMs ?? Number.POSITIVE_INFINITY);
      }
    }
    if (this.#usedBytes <= this.#maxBytes) return;
    this.close();
    throw storeFull(this.#maxBytes);
  }
}

/** What a bucket takes of the store's bytes. */
function costOf({ keys, bytes }: MemoryBucket): number {
  return keys * ENTRY_BYTES + bytes;
}

function storeFull(limitBytes: number): WasmatrixError {
  const message = `the store holds at most ${limitBytes} bytes`;
  return new WasmatrixError('RESOURCE_EXHAUSTED', message, { resource: 'storage', limitBytes });
}

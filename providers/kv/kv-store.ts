import type { Clock } from '../../lib/core/clock.ts';
import type { RulesOf } from './bucket-rules.ts';

/**
 * A result that is there at once, or later. A synchronous store answers without a promise, so that
 * the hot path never waits for a turn of the event loop.
 *
 * @internal
 */
export type Awaitable<T> = T | Promise<T>;

/**
 * What an atomic update decides: the value to write, or none to leave the key as it is.
 *
 * @internal
 */
export interface KvChange<T> {
  /** Left out: nothing is written. */
  readonly value?: Uint8Array;
  /** As with `set`, or the time that the key has left. A key that is new has none. @defaultValue as with `set` */
  readonly ttlMs?: number | 'kept' | undefined;
  /** What `update` answers. */
  readonly result: T;
}

/**
 * A part of a listing.
 *
 * @internal
 */
export interface KvPage {
  readonly keys: readonly string[];
  /** The last key that was looked at, expired or not: the listing goes on behind it. */
  readonly last: string | undefined;
  /** Whether no key follows. */
  readonly isEnd: boolean;
}

/**
 * What a store is made with.
 *
 * @internal
 */
export interface KvStoreOptions {
  readonly rulesOf: RulesOf;
  readonly clock: Clock;
}

/**
 * Where the bytes are: buckets of keys in UTF-8 byte order. Callers have checked names and sizes;
 * a bucket exists as long as it holds a key. Bytes are copied on their way in and out. What a store
 * throws is a `STORAGE_ERROR`, after `close` too; but a write that finds no room, in the store or by
 * the quota of its bucket, is refused with `RESOURCE_EXHAUSTED` and changes nothing.
 *
 * What has expired is absent for every method; its room counts as free, though the store may give it
 * back later.
 *
 * @internal
 */
export interface KvStore {
  /** 32 random bytes that last as long as the data do; list cursors are sealed with them. */
  readonly secret: Uint8Array;
  get(bucket: string, key: string): Awaitable<Uint8Array | undefined>;
  /**
   * Settled only when the write is as durable as this store can make it.
   *
   * @param ttlMs - time to live; by default the bucket's.
   */
  set(bucket: string, key: string, value: Uint8Array, ttlMs?: number): Awaitable<undefined>;
  /** An absent key is no failure. */
  delete(bucket: string, key: string): Awaitable<undefined>;
  exists(bucket: string, key: string): Awaitable<boolean>;
  /**
   * The first keys behind `after`, whether that key exists or not; from the first key if undefined.
   *
   * @param limit - most keys to look at, expired ones among them, and to return.
   */
  listAfter(bucket: string, after: string | undefined, limit: number): Awaitable<KvPage>;
  /**
   * Reads and writes one key with no other write between. `change` is synchronous; when it throws,
   * nothing is written and the failure is passed on as it is.
   */
  update<T>(
    bucket: string,
    key: string,
    change: (current: Uint8Array | undefined) => KvChange<T>,
  ): Awaitable<T>;
  /** What the store of the next life needs to go on with the data: plain, and shared, not copied. */
  handOver(): unknown;
  /** Idempotent; waits for writes in flight. */
  close(): Awaitable<undefined>;
}

/**
 * Goes on with a result, at once if it is there.
 *
 * @internal
 */
export function whenReady<T, R>(result: Awaitable<T>, use: (value: T) => R): Awaitable<R> {
  return result instanceof Promise ? result.then(use) : use(result);
}

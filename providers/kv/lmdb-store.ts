import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { RootDatabase } from 'lmdb';
import { bucketFull, NO_RULES } from './bucket-rules.ts';
import { reasonOf } from './commit-failure.ts';
import type { HandedData, HandedFolder } from './handed-over.ts';
import type { KvChange, KvPage, KvStore, KvStoreOptions } from './kv-store.ts';
import { expiredBetween, findDue, NEW_PASS } from './lmdb-expiry.ts';
import { entryKey, keyOfEntry, rangeAfter, SECRET_KEY } from './lmdb-keys.ts';
import { dueMsOf, isExpired, removeEntry, removeIfExpired, writeEntry } from './lmdb-ledger.ts';
import { storageError, storeClosed } from './storage-error.ts';
import { SWEEP_ENTRIES, Sweeper, type SweepOutcome } from './sweeper.ts';
import { systemClock } from './system-clock.ts';

type Database = RootDatabase<Uint8Array, Buffer>;

/** Entries that are taken over by one transaction. */
const ADOPTED_AT_ONCE = 5_000;

/**
 * The durable backend: one LMDB environment in a folder. Reads answer at once from the memory map;
 * a write is settled when it has been committed and flushed, and then survives `kill -9`.
 *
 * Expiries and counts are records of their own beside the entries, written in the same transaction.
 * So a folder of a version that had neither is read as it is: its entries live for ever, and a bucket
 * is counted when it is first written to. That version must not write to the folder again.
 *
 * Close it before its thread is terminated: the native library brings the process down when its
 * thread goes away under a write in flight (measured with lmdb 3.5.6 on Node 26).
 *
 * @internal
 */
export class LmdbStore implements KvStore {
  readonly secret: Uint8Array;
  readonly #database: Database;
  readonly #options: KvStoreOptions;
  readonly #sweeper: Sweeper;
  readonly #inFlight = new Set<Promise<undefined>>();
  #pass = NEW_PASS;
  #closing: Promise<undefined> | undefined;

  private constructor(database: Database, secret: Uint8Array, options: KvStoreOptions) {
    this.#database = database;
    this.secret = secret;
    this.#options = options;
    this.#sweeper = new Sweeper(options.clock, () => this.#sweep());
    // A life before may have left something that is due.
    this.#sweeper.expect(options.clock.now());
  }

  /**
   * Opens the environment and makes its folder if need be, but not the folder's parents.
   *
   * @param inherited - written over what the folder holds: it is the newer.
   * @throws `STORAGE_ERROR` if the folder can't be made, or holds no such environment.
   */
  static async open(
    path: string,
    options: Partial<KvStoreOptions> = {},
    inherited?: HandedData,
  ): Promise<LmdbStore> {
    try {
      // lmdb makes missing parents by a recursive mkdir, which never returns below /proc on Node 26;
      // so the parent has to be there.
      await mkdir(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      // Loaded here, so that who keeps everything in memory never loads a native library.
      const { open } = await import('lmdb');
      const database: Database = open({
        path,
        encoding: 'binary',
        keyEncoding: 'binary',
        // A path with a dot would otherwise be taken for a file.
        noSubdir: false,
        // The commit itself flushes, so a settled write is on the disk, not only in the page cache.
        overlappingSync: false,
        // Batches by turn make a promise that nobody can hear: a full disk would end the process.
        eventTurnBatching: false,
      });
      const { rulesOf = () => NO_RULES, clock = systemClock } = options;
      const secret = await lastingSecret(database, inherited?.secret);
      const store = new LmdbStore(database, secret, { rulesOf, clock });
      try {
        if (inherited !== undefined) await store.#adopt(inherited);
      } catch (failure) {
        await store.close();
        throw failure;
      }
      return store;
    } catch (cause) {
      throw storageError(`the store at ${path} does not open`, cause);
    }
  }

  get(bucket: string, key: string): Uint8Array | undefined {
    return this.#read((database) => {
      const value = database.get(entryKey(bucket, key));
      if (value === undefined || isExpired(database, bucket, key, this.#nowMs())) return undefined;
      return exactBytes(value);
    });
  }

  async set(bucket: string, key: string, value: Uint8Array, ttlMs?: number): Promise<undefined> {
    // The transaction reads the bytes later; the caller may have changed its own by then.
    const kept = new Uint8Array(value);
    let refusal: Error | undefined;
    await this.#change((database) => {
      refusal = this.#put(database, bucket, key, kept, ttlMs);
    });
    if (refusal !== undefined) throw refusal;
    return undefined;
  }

  delete(bucket: string, key: string): Promise<undefined> {
    return this.#change((database) => removeEntry(database, bucket, key));
  }

  exists(bucket: string, key: string): boolean {
    return this.#read(
      (database) =>
        database.doesExist(entryKey(bucket, key)) &&
        !isExpired(database, bucket, key, this.#nowMs()),
    );
  }

  listAfter(bucket: string, after: string | undefined, limit: number): KvPage {
    return this.#read((database) => {
      // One more than is looked at tells whether there is a next page.
      const range = { ...rangeAfter(bucket, after), limit: limit + 1 };
      const keys = Array.from(database.getKeys(range), keyOfEntry);
      const isEnd = keys.length <= limit;
      if (!isEnd) keys.pop();
      const last = keys.at(-1);
      if (last === undefined) return { keys, last, isEnd };
      const expired = expiredBetween(database, bucket, after, last, this.#nowMs());
      const live = expired.size === 0 ? keys : keys.filter((key) => !expired.has(key));
      return { keys: live, last, isEnd };
    });
  }

  async update<T>(
    bucket: string,
    key: string,
    change: (current: Uint8Array | undefined) => KvChange<T>,
  ): Promise<T> {
    let refusal: { readonly thrown: unknown } | undefined;
    let decided: KvChange<T> | undefined;
    await this.#change((database) => {
      const value = database.get(entryKey(bucket, key));
      const isLive = value !== undefined && !isExpired(database, bucket, key, this.#nowMs());
      // What the change throws is its own, and no failure of the store.
      try {
        decided = change(isLive ? exactBytes(value) : undefined);
      } catch (thrown) {
        refusal = { thrown };
        return;
      }
      if (decided.value === undefined) return;
      const ttlMs = decided.ttlMs === 'kept' && !isLive ? undefined : decided.ttlMs;
      const full = this.#put(database, bucket, key, new Uint8Array(decided.value), ttlMs);
      if (full !== undefined) refusal = { thrown: full };
    });
    // What a closure has assigned is lost on the compiler.
    const [refused, done] = [refusal, decided] as [typeof refusal, typeof decided];
    if (refused !== undefined) throw refused.thrown;
    if (done === undefined) throw storageError('updating', 'nothing was decided');
    return done.result;
  }

  handOver(): HandedFolder {
    return { kind: 'kv', backend: 'lmdb' };
  }

  async close(): Promise<undefined> {
    this.#sweeper.close();
    this.#closing ??= this.#closeOnceSettled();
    return this.#closing;
  }

  #nowMs(): number {
    return this.#options.clock.now();
  }

  /** Writes within a transaction; the refusal if there is no room. */
  #put(
    database: Database,
    bucket: string,
    key: string,
    value: Uint8Array,
    ttlMs: number | 'kept' | undefined,
  ): Error | undefined {
    const nowMs = this.#nowMs();
    const rules = this.#options.rulesOf(bucket);
    const livesMs = typeof ttlMs === 'number' ? ttlMs : rules.ttlMs;
    const anewMs = livesMs === Number.POSITIVE_INFINITY ? undefined : nowMs + livesMs;
    const dueMs = ttlMs === 'kept' ? dueMsOf(database, bucket, key) : anewMs;
    const quota = writeEntry(database, { bucket, key, value, dueMs }, rules, nowMs);
    if (quota !== undefined) return bucketFull(quota, rules);
    if (dueMs !== undefined) this.#sweeper.expect(dueMs);
    return undefined;
  }

  async #sweep(): Promise<SweepOutcome> {
    const nowMs = this.#nowMs();
    const { due, pass } = this.#read((database) =>
      findDue(database, this.#pass, nowMs, SWEEP_ENTRIES),
    );
    if (due.length > 0) {
      await this.#change((database) => {
        for (const { bucket, key } of due) removeIfExpired(database, bucket, key, nowMs);
      });
    }
    this.#pass = pass.isDone ? NEW_PASS : pass;
    return { isMoreDue: !pass.isDone, nextDueMs: pass.nextDueMs };
  }

  /** In steps, so that others get their turn between; what is written twice is the same. */
  async #adopt({ buckets }: HandedData): Promise<void> {
    for (const [bucket, entries] of buckets) {
      for (let from = 0; from < entries.length; from += ADOPTED_AT_ONCE) {
        const some = entries.slice(from, from + ADOPTED_AT_ONCE);
        await this.#change((database) => {
          for (const [key, value, dueMs] of some) {
            // What is there already counts, even against a quota that is new.
            writeEntry(database, { bucket, key, value, dueMs }, NO_RULES, this.#nowMs());
          }
        });
      }
    }
  }

  #read<T>(read: (database: Database) => T): T {
    if (this.#closing !== undefined) throw storeClosed();
    try {
      return read(this.#database);
    } catch (cause) {
      throw storageError('reading', cause);
    }
  }

  /** One transaction, of which nothing stays if it fails in the middle. */
  #change(change: (database: Database) => void): Promise<undefined> {
    return this.#write((database) =>
      database.childTransaction(() => {
        change(database);
        return undefined;
      }),
    );
  }

  async #write(write: (database: Database) => Promise<undefined>): Promise<undefined> {
    if (this.#closing !== undefined) throw storeClosed();
    const settled = Promise.withResolvers<undefined>();
    this.#inFlight.add(settled.promise);
    try {
      await write(this.#database);
    } catch (cause) {
      throw storageError('writing', await reasonOf(cause));
    } finally {
      this.#inFlight.delete(settled.promise);
      settled.resolve(undefined);
    }
  }

  async #closeOnceSettled(): Promise<undefined> {
    // LMDB's own close lets puts in flight finish, but fails transactions.
    await Promise.all(this.#inFlight);
    try {
      await this.#database.close();
    } catch (cause) {
      throw storageError('closing', cause);
    }
  }
}

/** Bytes that own their whole buffer: a view into a larger one would carry that along in a message. */
function exactBytes(value: Uint8Array): Uint8Array {
  const isWhole = value.byteLength === value.buffer.byteLength;
  return isWhole ? new Uint8Array(value.buffer) : new Uint8Array(value);
}

async function lastingSecret(
  database: Database,
  fresh: Uint8Array = randomBytes(32),
): Promise<Uint8Array> {
  // Two openers may race; the first one's secret stays.
  await database.ifNoExists(SECRET_KEY, () => {
    void database.put(SECRET_KEY, fresh);
  });
  const secret = database.get(SECRET_KEY);
  if (secret?.byteLength !== 32) throw new Error('its own records are damaged');
  return exactBytes(secret);
}

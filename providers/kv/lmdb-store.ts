import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { RootDatabase } from 'lmdb';
import type { KvChange, KvStore } from './kv-store.ts';
import { entryKey, keyOfEntry, rangeAfter, SECRET_KEY } from './lmdb-keys.ts';
import { storageError, storeClosed } from './storage-error.ts';

type Database = RootDatabase<Uint8Array, Buffer>;

/**
 * The durable backend: one LMDB environment in a folder. Reads answer at once from the memory map;
 * a write is settled when it has been committed and flushed, and then survives `kill -9`.
 *
 * Close it before its thread is terminated: the native library brings the process down when its
 * thread goes away under a write in flight (measured with lmdb 3.5.6 on Node 26).
 *
 * @internal
 */
export class LmdbStore implements KvStore {
  readonly secret: Uint8Array;
  readonly #database: Database;
  readonly #inFlight = new Set<Promise<undefined>>();
  #closing: Promise<undefined> | undefined;

  private constructor(database: Database, secret: Uint8Array) {
    this.#database = database;
    this.secret = secret;
  }

  /**
   * Opens the environment and makes its folder if need be, but not the folder's parents.
   *
   * @throws `STORAGE_ERROR` if the folder can't be made, or holds no such environment.
   */
  static async open(path: string): Promise<LmdbStore> {
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
      const secret = await lastingSecret(database);
      return new LmdbStore(database, secret);
    } catch (cause) {
      throw storageError(`the store at ${path} does not open`, cause);
    }
  }

  get(bucket: string, key: string): Uint8Array | undefined {
    const value = this.#read((database) => database.get(entryKey(bucket, key)));
    return value && exactBytes(value);
  }

  set(bucket: string, key: string, value: Uint8Array): Promise<undefined> {
    // The writing thread reads the bytes later; the caller may have changed its own by then.
    const kept = new Uint8Array(value);
    return this.#write(async (database) => {
      await database.put(entryKey(bucket, key), kept);
    });
  }

  delete(bucket: string, key: string): Promise<undefined> {
    return this.#write(async (database) => {
      await database.remove(entryKey(bucket, key));
    });
  }

  exists(bucket: string, key: string): boolean {
    return this.#read((database) => database.doesExist(entryKey(bucket, key)));
  }

  listAfter(bucket: string, after: string | undefined, limit: number): readonly string[] {
    return this.#read((database) => {
      const range = { ...rangeAfter(bucket, after), limit };
      return Array.from(database.getKeys(range), keyOfEntry);
    });
  }

  async update<T>(
    bucket: string,
    key: string,
    change: (current: Uint8Array | undefined) => KvChange<T>,
  ): Promise<T> {
    const outcome: { decided?: { readonly result: T }; refusal?: { readonly thrown: unknown } } =
      {};
    await this.#write((database) =>
      database.transaction(() => {
        const entry = entryKey(bucket, key);
        const current = database.get(entry);
        // A throw would not undo the transaction, so the decision comes before any write.
        try {
          const { value, result } = change(current && exactBytes(current));
          outcome.decided = { result };
          if (value !== undefined) void database.put(entry, new Uint8Array(value));
        } catch (thrown) {
          outcome.refusal = { thrown };
        }
        return undefined;
      }),
    );
    if (outcome.refusal !== undefined) throw outcome.refusal.thrown;
    if (outcome.decided === undefined) throw storageError('updating', 'nothing was decided');
    return outcome.decided.result;
  }

  async close(): Promise<undefined> {
    this.#closing ??= this.#closeOnceSettled();
    return this.#closing;
  }

  #read<T>(read: (database: Database) => T): T {
    if (this.#closing !== undefined) throw storeClosed();
    try {
      return read(this.#database);
    } catch (cause) {
      throw storageError('reading', cause);
    }
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

async function lastingSecret(database: Database): Promise<Uint8Array> {
  // Two openers may race; the first one's secret stays.
  await database.ifNoExists(SECRET_KEY, () => {
    void database.put(SECRET_KEY, randomBytes(32));
  });
  const secret = database.get(SECRET_KEY);
  if (secret?.byteLength !== 32) throw new Error('its own records are damaged');
  return exactBytes(secret);
}

/**
 * LMDB tells why a commit failed by a second promise, which nobody else listens to: unheard, its
 * rejection would end the process. It is rejected in the same turn or never.
 */
async function reasonOf(cause: unknown): Promise<unknown> {
  const reason = (cause as { readonly commitError?: unknown } | undefined)?.commitError;
  if (!(reason instanceof Promise)) return cause;
  const why = reason.then(
    () => cause,
    (rejected: unknown) => rejected,
  );
  return Promise.race([why, setImmediate(cause)]);
}

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../core/clock.ts';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import type { ResolvedHostLimits } from './host-limits.ts';

type ShelfLimits = Pick<ResolvedHostLimits, 'modules' | 'moduleBytes' | 'modulesBytes'>;

/**
 * A module that is kept.
 *
 * @internal
 */
export interface ShelvedModule {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly lastUsedMs: number;
}

interface Place {
  readonly sizeBytes: number;
  lastUsedMs: number;
  /** Requests that read it now; it stays as long. */
  readers: number;
}

const FILE = /^([0-9a-f]{64})\.wasm$/;
const PART = /^upload-[0-9a-f-]{36}\.part$/;

/**
 * Uploaded modules in a folder, each under the SHA-256 of its bytes. Bounded in number and in bytes: for
 * another one, those that were unused for the longest go. What is half there has another name, and goes at
 * the next start at the latest.
 */
export class ModuleShelf {
  readonly #folder: string;
  readonly #isTemporary: boolean;
  readonly #limits: ShelfLimits;
  readonly #clock: Clock;
  readonly #places = new Map<string, Place>();
  #sizeBytes = 0;

  private constructor(folder: string, isTemporary: boolean, limits: ShelfLimits, clock: Clock) {
    this.#folder = folder;
    this.#isTemporary = isTemporary;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** @throws `STORAGE_ERROR` where there can be no such folder. */
  static async open(
    folder: string | undefined,
    limits: ShelfLimits,
    clock: Clock,
  ): Promise<ModuleShelf> {
    try {
      const path = folder ?? (await mkdtemp(join(tmpdir(), 'wasmatrix-modules-')));
      if (folder !== undefined) await mkdir(folder, { recursive: true, mode: 0o700 });
      const shelf = new ModuleShelf(path, folder === undefined, limits, clock);
      await shelf.#load();
      return shelf;
    } catch (error) {
      throw storageError('the folder of modules cannot be used', error);
    }
  }

  async #load(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      if (PART.test(name)) await rm(path, { force: true });
      const [, sha256] = FILE.exec(name) ?? [];
      if (sha256 === undefined) continue;
      if ((await digestOf(path)) !== sha256) {
        // Cut short by a full disk, or put there by somebody else: nothing may go by a name that is not its own.
        await rm(path, { force: true });
        continue;
      }
      const { size, mtimeMs } = await stat(path);
      this.#places.set(sha256, { sizeBytes: size, lastUsedMs: mtimeMs, readers: 0 });
      this.#sizeBytes += size;
    }
    await this.#makeRoom(0, 0);
  }

  list(): readonly ShelvedModule[] {
    return [...this.#places].map(([sha256, place]) => this.#module(sha256, place));
  }

  /**
   * Lets somebody use a module, which stays as long.
   *
   * @throws `INVALID_REQUEST` with `details.reason` of `unknown-module`.
   */
  async use<T>(sha256: string, reader: (module: ShelvedModule) => Promise<T>): Promise<T> {
    const place = this.#places.get(sha256);
    if (place === undefined) {
      throw invalidField('module.sha256', 'no such module was uploaded, or it is gone', {
        reason: 'unknown-module',
        sha256,
      });
    }
    place.readers += 1;
    place.lastUsedMs = this.#clock.now();
    try {
      return await reader(this.#module(sha256, place));
    } finally {
      place.readers -= 1;
    }
  }

  /**
   * Keeps what comes, if it is let in.
   *
   * @param expected - what its digest has to be.
   * @param check - looks at the file before it is kept.
   * @returns the module, and whether it was here before.
   * @throws `RESOURCE_EXHAUSTED`, `INVALID_REQUEST`, `STORAGE_ERROR`, or what the check throws.
   */
  async add<T>(
    content: Readable,
    expected: string | undefined,
    check: (path: string) => Promise<T>,
  ): Promise<{ readonly sha256: string; readonly wasHere: boolean; readonly checked: T }> {
    const part = join(this.#folder, `upload-${randomUUID()}.part`);
    try {
      const { sha256, sizeBytes } = await this.#receive(content, part);
      if (expected !== undefined && sha256 !== expected) {
        throw invalidField('sha256', 'is not that of the bytes that came', { sha256 });
      }
      const checked = await check(part);
      const wasHere = this.#places.has(sha256);
      if (!wasHere) await this.#keep(part, sha256, sizeBytes);
      return { sha256, wasHere, checked };
    } finally {
      await rm(part, { force: true });
    }
  }

  /** @returns whether it was there and is gone. */
  async remove(sha256: string): Promise<boolean> {
    const place = this.#places.get(sha256);
    if (place === undefined || place.readers > 0) return false;
    await this.#drop(sha256, place);
    return true;
  }

  /** Takes a temporary folder away. Idempotent. */
  async close(): Promise<void> {
    if (this.#isTemporary) await rm(this.#folder, { recursive: true, force: true });
  }

  async #receive(
    content: Readable,
    part: string,
  ): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
    const { moduleBytes } = this.#limits;
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sizeBytes += chunk.length;
        hash.update(chunk);
        if (sizeBytes <= moduleBytes) done(null, chunk);
        else done(tooLarge(moduleBytes));
      },
    });
    const file = createWriteStream(part, { flags: 'wx', mode: 0o600 });
    try {
      await pipeline(content, meter, file);
    } catch (error) {
      throw error instanceof WasmatrixError ? error : storageError('the upload failed', error);
    }
    if (sizeBytes === 0) throw invalidField('body', 'is empty');
    return { sha256: hash.digest('hex'), sizeBytes };
  }

  async #keep(part: string, sha256: string, sizeBytes: number): Promise<void> {
    await this.#makeRoom(1, sizeBytes);
    // Somebody else may have brought the same meanwhile.
    if (this.#places.has(sha256)) return;
    const now = this.#clock.now();
    this.#places.set(sha256, { sizeBytes, lastUsedMs: now, readers: 0 });
    this.#sizeBytes += sizeBytes;
    try {
      await rename(part, this.#path(sha256));
    } catch (error) {
      this.#places.delete(sha256);
      this.#sizeBytes -= sizeBytes;
      throw storageError('the module could not be kept', error);
    }
  }

  async #makeRoom(count: number, bytes: number): Promise<void> {
    const { modules, modulesBytes } = this.#limits;
    const isFull = (): boolean =>
      this.#places.size + count > modules || this.#sizeBytes + bytes > modulesBytes;
    while (isFull()) {
      const [oldest] = [...this.#places]
        .filter(([, { readers }]) => readers === 0)
        .toSorted(([, a], [, b]) => a.lastUsedMs - b.lastUsedMs);
      if (oldest === undefined) {
        throw new WasmatrixError('RESOURCE_EXHAUSTED', 'no room for another module', {
          resource: 'modules',
          limit: modules,
          limitBytes: modulesBytes,
          needed: bytes,
        });
      }
      await this.#drop(...oldest);
    }
  }

  async #drop(sha256: string, place: Place): Promise<void> {
    this.#places.delete(sha256);
    this.#sizeBytes -= place.sizeBytes;
    await rm(this.#path(sha256), { force: true });
  }

  #path(sha256: string): string {
    return join(this.#folder, `${sha256}.wasm`);
  }

  #module(sha256: string, { sizeBytes, lastUsedMs }: Place): ShelvedModule {
    return { sha256, sizeBytes, path: this.#path(sha256), lastUsedMs };
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function tooLarge(limitBytes: number): WasmatrixError {
  return new WasmatrixError('RESOURCE_EXHAUSTED', `body: larger than ${limitBytes} bytes`, {
    field: 'body',
    resource: 'payload',
    limitBytes,
  });
}

function storageError(message: string, cause: unknown): WasmatrixError {
  const { code } = cause as NodeJS.ErrnoException;
  const details = typeof code === 'string' ? { reason: code } : {};
  return new WasmatrixError('STORAGE_ERROR', message, details, { cause });
}

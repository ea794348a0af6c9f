import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, WasmatrixError } from '../core/errors.ts';
import { KeyedTurns } from '../core/keyed-turns.ts';

/**
 * Admitted core modules as files that shards can read: in a folder that nobody else may enter, each named
 * by its SHA-256, there for as long as a shard knows it. Node's channel between processes slows down
 * badly with large messages (https://github.com/nodejs/node/issues/3145), and a file is written once.
 */
export class ModuleFiles {
  /** Of this supervisor alone. */
  readonly folder: string;
  readonly #holders = new Map<string, number>();
  readonly #written = new Set<string>();
  readonly #turns = new KeyedTurns();
  readonly #underWay = new Set<Promise<void>>();
  /** The process may end without having closed its supervisors. */
  readonly #onExit = (): void => rmSync(this.folder, { recursive: true, force: true });
  #isClosed = false;

  private constructor(folder: string) {
    this.folder = folder;
    process.once('exit', this.#onExit);
  }

  /**
   * Makes the folder, of mode 0700.
   *
   * @throws `STORAGE_ERROR`
   */
  static async open(): Promise<ModuleFiles> {
    try {
      return new ModuleFiles(await mkdtemp(join(tmpdir(), 'wasmatrix-modules-')));
    } catch (error) {
      const message = `no folder for modules can be made: ${messageOf(error)}`;
      throw new WasmatrixError('STORAGE_ERROR', message);
    }
  }

  /**
   * Has files where they can be read, until as many calls of `release`.
   *
   * @returns their names.
   * @throws `RESOURCE_EXHAUSTED` if they cannot be written.
   */
  async hold(coreModules: readonly Uint8Array[]): Promise<readonly string[]> {
    const names = coreModules.map((bytes) => createHash('sha256').update(bytes).digest('hex'));
    for (const name of names) this.#holders.set(name, (this.#holders.get(name) ?? 0) + 1);
    try {
      await Promise.all(names.map((name, at) => this.#write(name, coreModules[at] as Uint8Array)));
      return names;
    } catch (error) {
      this.release(names);
      throw new WasmatrixError('RESOURCE_EXHAUSTED', 'a module could not be written for shards', {
        resource: 'module-files',
        reason: messageOf(error),
        executed: 'no',
      });
    }
  }

  #write(name: string, bytes: Uint8Array): Promise<void> {
    return this.#act(name, async () => {
      if (this.#written.has(name)) return;
      if (this.#isClosed) throw new Error('the supervisor is closed');
      // A former attempt may have left a part of it.
      await writeFile(join(this.folder, name), bytes, { mode: 0o600 });
      this.#written.add(name);
    });
  }

  /** Files are needed by one less; what nobody needs is removed. */
  release(names: readonly string[]): void {
    for (const name of names) {
      const holders = (this.#holders.get(name) ?? 1) - 1;
      if (holders > 0) {
        this.#holders.set(name, holders);
        continue;
      }
      this.#holders.delete(name);
      void this.#act(name, async () => {
        if (this.#isClosed || this.#holders.has(name)) return;
        this.#written.delete(name);
        await rm(join(this.folder, name), { force: true }).catch(() => undefined);
      });
    }
  }

  /** One after the other under a name: what is removed may be wanted again. */
  #act(name: string, act: () => Promise<void>): Promise<void> {
    const work = this.#turns.take(name, act);
    const settled = work
      .catch(() => undefined)
      .finally(() => {
        this.#underWay.delete(settled);
      });
    this.#underWay.add(settled);
    return work;
  }

  /** Removes everything. Idempotent. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    process.off('exit', this.#onExit);
    await Promise.all(this.#underWay);
    await rm(this.folder, { recursive: true, force: true });
    // Node gives the request of a removal back only after the callback in which our caller would go on.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

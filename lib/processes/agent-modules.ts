import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../core/errors.ts';
import type { ProcessCode, ProcessModule } from '../protocol/process-messages.ts';
import type { AdmittedModule } from '../wasm/admitted-module.ts';

/** A module as a thread is started with it. */
export interface LoadedModule {
  readonly admitted: AdmittedModule;
  readonly modules: readonly WebAssembly.Module[];
}

/**
 * The modules that the host has told a process of: each is read and compiled once, and shared by all
 * threads. Which of them are worth keeping is the host's to say.
 */
export class AgentModules {
  readonly #folder: string;
  readonly #known = new Map<number, Promise<LoadedModule>>();

  /** @param folder - where their files are. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Loads a module.
   *
   * @returns why that failed.
   */
  async learn({ module, admitted, files }: ProcessModule): Promise<string | undefined> {
    const loading = this.#load(files).then((modules) => ({ admitted, modules }));
    this.#known.set(module, loading);
    try {
      await loading;
      return undefined;
    } catch (error) {
      this.#known.delete(module);
      return messageOf(error);
    }
  }

  forget(module: number): void {
    this.#known.delete(module);
  }

  /** The code of a guest: that of a module that is known, or what came with the start. */
  async of(code: ProcessCode): Promise<LoadedModule> {
    if (code.kind === 'bytes') {
      return { admitted: code.admitted, modules: await compiled(code.coreModules) };
    }
    const known = this.#known.get(code.module);
    if (known === undefined) throw new Error('the module is not known here');
    return known;
  }

  async #load(files: readonly string[]): Promise<readonly WebAssembly.Module[]> {
    return compiled(await Promise.all(files.map((name) => this.#read(name))));
  }

  async #read(name: string): Promise<Uint8Array> {
    const bytes = await readFile(join(this.#folder, name));
    // What was admitted is run, and nothing that somebody has put in its place.
    const isSame = createHash('sha256').update(bytes).digest('hex') === name;
    if (!isSame) throw new Error('the file is not what was admitted');
    return bytes;
  }
}

/** Not in a guest's own thread, which could not be ended meanwhile. */
function compiled(coreModules: readonly Uint8Array[]): Promise<WebAssembly.Module[]> {
  return Promise.all(
    coreModules.map((bytes) => WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>)),
  );
}

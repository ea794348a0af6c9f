import { WasmatrixError } from '../core/errors.ts';
import type { GuestCode } from '../protocol/instance-messages.ts';
import type { ProcessInput, ProcessReport } from '../protocol/process-messages.ts';
import { type ThreadEnd, ThreadGone } from '../threads/thread-end.ts';
import type { AdmittedModule } from '../wasm/admitted-module.ts';
import type { ModuleFiles } from './module-files.ts';

/** Modules without a guest that a shard keeps compiled for the next ones. */
const KEPT_UNUSED = 32;

/** What guests are made of. */
export interface ShardModule {
  readonly admitted: AdmittedModule;
  readonly code: GuestCode;
}

/** That of one guest. */
export interface ModuleUse {
  /**
   * Resolves when the shard has the module compiled; rejects with `WASM_RUNTIME_ERROR`,
   * `RESOURCE_EXHAUSTED` or `ThreadGone`.
   */
  readonly ready: Promise<void>;
  /** The guest is gone. Idempotent. */
  done(): void;
}

interface Entry {
  readonly id: number;
  readonly coming: PromiseWithResolvers<void>;
  names: readonly string[];
  users: number;
}

/** The modules that one shard knows: told of once, compiled there once, forgotten when they are too many. */
export class ShardModules {
  readonly #files: ModuleFiles;
  readonly #post: (message: ProcessInput) => void;
  readonly #entries = new Map<GuestCode, Entry>();
  #lastId = 0;
  #end: ThreadEnd | undefined;

  constructor(files: ModuleFiles, post: (message: ProcessInput) => void) {
    this.#files = files;
    this.#post = post;
  }

  /** What the shard calls the code of a guest that uses it. */
  idOf(code: GuestCode): number {
    return (this.#entries.get(code) as Entry).id;
  }

  /** Counts one more guest of a module, until its `done`. */
  use({ code, admitted }: ShardModule): ModuleUse {
    const entry = this.#entries.get(code) ?? this.#learn(code, admitted);
    entry.users += 1;
    let isOver = false;
    return {
      ready: entry.coming.promise,
      done: () => {
        if (isOver) return;
        isOver = true;
        entry.users -= 1;
        this.#trim();
      },
    };
  }

  #learn(code: GuestCode, admitted: AdmittedModule): Entry {
    const coming = Promise.withResolvers<void>();
    coming.promise.catch(() => undefined);
    const entry: Entry = { id: ++this.#lastId, coming, names: [], users: 0 };
    this.#entries.set(code, entry);
    void this.#tell(entry, code.coreModules ?? [], admitted);
    return entry;
  }

  async #tell(
    entry: Entry,
    coreModules: readonly Uint8Array[],
    admitted: AdmittedModule,
  ): Promise<void> {
    try {
      entry.names = await this.#files.hold(coreModules);
      if (this.#end !== undefined) throw new ThreadGone(this.#end);
    } catch (error) {
      this.#drop(entry);
      entry.coming.reject(error);
      return;
    }
    this.#post({ kind: 'wasmatrix.module', module: entry.id, admitted, files: entry.names });
  }

  /** The shard has compiled a module, or could not. */
  heard(report: Extract<ProcessReport, { readonly kind: 'wasmatrix.module-known' }>): void {
    const entry = [...this.#entries.values()].find(({ id }) => id === report.module);
    if (entry === undefined) return;
    if (report.failure === undefined) {
      entry.coming.resolve();
      return;
    }
    this.#drop(entry);
    const message = `the shard could not load the module: ${report.failure}`;
    entry.coming.reject(new WasmatrixError('WASM_RUNTIME_ERROR', message, { executed: 'no' }));
  }

  /** Of those that no guest is made of, the ones that were wanted first go. */
  #trim(): void {
    const unused = [...this.#entries.values()].filter(({ users }) => users === 0);
    for (const oldest of unused.slice(0, Math.max(0, unused.length - KEPT_UNUSED))) {
      this.#post({ kind: 'wasmatrix.forget', module: oldest.id });
      this.#drop(oldest);
    }
  }

  #drop(entry: Entry): void {
    for (const [code, each] of this.#entries) if (each === entry) this.#entries.delete(code);
    this.#files.release(entry.names);
    entry.names = [];
  }

  /** The shard is gone. */
  lost(end: ThreadEnd): void {
    this.#end = end;
    for (const entry of this.#entries.values()) {
      this.#drop(entry);
      entry.coming.reject(new ThreadGone(end));
    }
  }
}

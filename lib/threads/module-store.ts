import { hash } from 'node:crypto';
import { Piscina } from 'piscina';
import {
  type ErrorResponse,
  errorFromResponse,
  isWasmatrixError,
  messageOf,
  WasmatrixError,
} from '../core/errors.ts';
import type { InstanceSpec } from '../core/instance-spec.ts';
import { LARGEST_LIMITS } from '../core/limits.ts';
import type { ModuleSource } from '../core/module-source.ts';
import type { GuestCode } from '../protocol/instance-messages.ts';
import { newTypeAccount } from '../protocol/type-account.ts';
import type { AdmittedModule } from '../wasm/admitted-module.ts';
import type { ModuleInfo } from '../wasm/module-info.ts';
import { moduleBytes } from './module-bytes.ts';

/** Reading, rewriting and compiling the largest module that is let in takes seconds, not minutes. */
const ADMISSION_DEADLINE_MS = 60_000;
/** Modules that may wait for the pool; more at once is a flood. */
const MAX_WAITING = 1_024;
/** Hashed within 0.2 ms. */
const HASHED_AT_ONCE_BYTES = 128 * 1024;

/**
 * One CommonJS file, made by the build: the pool loads its task by `require()`, and Node ends the whole
 * process when a thread is terminated while it requires an ES module.
 */
const ENTRY = new URL('../../workers/compile.worker.cjs', import.meta.url);

/** The engine counts for all supervisors of the process together. */
const TYPES = newTypeAccount();
/** Modules whose types have been counted; one that has been forgotten would count again. */
const COMPILED = new Set<string>();
const MOST_REMEMBERED = 100_000;

/** A module that may run: what is known of it and its code, shared by all instances. */
export interface CompiledModule {
  readonly admitted: AdmittedModule;
  readonly code: GuestCode;
  /** What it takes while it is kept. */
  readonly weightBytes: number;
}

/** What decides, beside the bytes, how a module is admitted and rewritten. */
export interface AdmissionOptions {
  readonly abi: NonNullable<InstanceSpec['abi']>;
  readonly isolation: NonNullable<InstanceSpec['isolation']>;
  readonly memoryBytes: number;
  readonly tableEntries: number;
  /** Whether its instances pay fuel for what they do. */
  readonly isMetered: boolean;
}

/** How `inspect` admits: with the most that any instance may have. */
const INSPECTED: AdmissionOptions = {
  abi: 'auto',
  isolation: 'thread',
  memoryBytes: LARGEST_LIMITS.memoryBytes,
  tableEntries: LARGEST_LIMITS.tableEntries,
  isMetered: false,
};

type Failed = { readonly isOk: false; readonly error: ErrorResponse };
type AdmissionAnswer = ({ readonly isOk: true } & CompiledModule) | Failed;
type DescriptionAnswer =
  | { readonly isOk: true; readonly description: Omit<ModuleInfo, 'sha256'> }
  | Failed;
type PoolAnswer = AdmissionAnswer | DescriptionAnswer;

/**
 * Admits and compiles modules in a fixed pool of threads and remembers them by hash: one compile, many
 * instances. Bounded by number and by bytes; the module used longest ago goes first.
 */
export class ModuleStore {
  readonly #cache = new Map<string, CompiledModule>();
  readonly #coming = new Map<string, Promise<CompiledModule>>();
  readonly #maxModules: number;
  readonly #maxBytes: number;
  readonly #threads: number;
  readonly #keepsBytes: boolean;
  #pool: Piscina<unknown, PoolAnswer> | undefined;
  #bytes = 0;
  #isClosed = false;

  constructor(options: {
    readonly threads: number;
    readonly maxModules: number;
    readonly maxBytes: number;
    /** Whether the bytes that were admitted are wanted beside what was compiled of them. */
    readonly keepsBytes: boolean;
  }) {
    this.#keepsBytes = options.keepsBytes;
    this.#threads = options.threads;
    this.#maxModules = options.maxModules;
    this.#maxBytes = options.maxBytes;
  }

  /** Modules that are remembered. */
  get size(): number {
    return this.#cache.size;
  }

  /** Threads of the pool; 0 before the first module. */
  get threads(): number {
    return this.#pool?.threads.length ?? 0;
  }

  /**
   * Admits a module, or finds it admitted already.
   *
   * @throws `INVALID_REQUEST`, `VALIDATION_ERROR`, `WASM_RUNTIME_ERROR`, and `TIMEOUT` or
   * `RESOURCE_EXHAUSTED` when the pool is overrun.
   */
  async admit(source: ModuleSource, options: AdmissionOptions): Promise<CompiledModule> {
    const bytes = await moduleBytes(source);
    return this.#admit(bytes, await sha256Of(bytes), options);
  }

  /**
   * Tells what a module is and why it may not run, or else admits it for the starts to come.
   *
   * @throws as `admit`, but no `VALIDATION_ERROR`.
   */
  async inspect(source: ModuleSource): Promise<ModuleInfo> {
    const bytes = await moduleBytes(source);
    const sha256 = await sha256Of(bytes);
    const answer = await this.#ask<DescriptionAnswer>({ bytes }, { name: 'describe' });
    if (!answer.isOk) throw errorFromResponse(answer.error);
    const info = { ...answer.description, sha256 };
    if (info.refusals.length > 0) return info;
    try {
      await this.#admit(bytes, sha256, INSPECTED);
    } catch (error) {
      if (!isWasmatrixError(error) || error.code !== 'VALIDATION_ERROR') throw error;
      // Only a look into the functions shows what the engine would take too long over.
      const { code, message, details } = error;
      return { ...info, refusals: [{ code, message, details }] };
    }
    return info;
  }

  async #admit(
    bytes: Uint8Array<ArrayBuffer>,
    sha256: string,
    options: AdmissionOptions,
  ): Promise<CompiledModule> {
    const { abi, memoryBytes, tableEntries, isMetered, isolation } = options;
    const key = `${sha256}/${abi}/${isolation}/${memoryBytes}/${tableEntries}/${isMetered}`;
    const known = this.#cache.get(key);
    if (known !== undefined) {
      this.#cache.delete(key);
      this.#cache.set(key, known);
      return known;
    }
    let coming = this.#coming.get(key);
    if (coming === undefined) {
      coming = this.#compile(bytes, sha256, options)
        .then((compiled) => this.#remember(key, compiled))
        .finally(() => this.#coming.delete(key));
      this.#coming.set(key, coming);
    }
    return coming;
  }

  async #compile(
    bytes: Uint8Array<ArrayBuffer>,
    sha256: string,
    options: AdmissionOptions,
  ): Promise<CompiledModule> {
    const isCounted = options.isolation === 'thread' && !COMPILED.has(sha256);
    const task = { bytes, sha256, ...options, keepsBytes: this.#keepsBytes };
    const answer = await this.#ask<AdmissionAnswer>(
      isCounted ? { ...task, types: TYPES } : task,
      // Piscina's type follows another overload of postMessage than the one it calls.
      { transferList: [bytes.buffer] as never },
    );
    if (!answer.isOk) throw errorFromResponse(answer.error);
    if (isCounted) noteCompiled(sha256);
    const { admitted, code, weightBytes } = answer;
    return { admitted, code, weightBytes };
  }

  async #ask<Answer extends PoolAnswer>(
    task: object,
    how: { readonly name?: string; readonly transferList?: never },
  ): Promise<Answer> {
    if (this.#isClosed) throw new WasmatrixError('INVALID_REQUEST', 'the supervisor is closed');
    this.#pool ??= this.#newPool();
    const deadline = AbortSignal.timeout(ADMISSION_DEADLINE_MS);
    try {
      return (await this.#pool.run(task, { ...how, signal: deadline })) as Answer;
    } catch (error) {
      throw this.#poolFailure(error, deadline);
    }
  }

  #poolFailure(error: unknown, deadline: AbortSignal): WasmatrixError {
    if (this.#isClosed) return new WasmatrixError('INVALID_REQUEST', 'the supervisor is closed');
    if (deadline.aborted) {
      return new WasmatrixError('TIMEOUT', 'the module was not compiled in time', {
        deadlineMs: ADMISSION_DEADLINE_MS,
      });
    }
    const isFull = messageOf(error).includes('queue is at limit');
    return new WasmatrixError(
      isFull ? 'RESOURCE_EXHAUSTED' : 'WASM_RUNTIME_ERROR',
      isFull ? 'too many modules wait for compilation' : `compilation failed: ${messageOf(error)}`,
      {},
      { cause: error },
    );
  }

  #newPool(): Piscina<unknown, PoolAnswer> {
    const pool = new Piscina<unknown, PoolAnswer>({
      filename: ENTRY.href,
      name: 'admitAndCompile',
      // A pool that may shrink forgets queued tasks when a thread crashes.
      minThreads: this.#threads,
      maxThreads: this.#threads,
      maxQueue: MAX_WAITING,
      env: {},
      execArgv: [],
      argv: [],
      atomics: 'async',
    });
    // Each run rejects by itself; without a listener the pool's own report would end the process.
    pool.on('error', () => undefined);
    return pool;
  }

  #remember(key: string, compiled: CompiledModule): CompiledModule {
    this.#cache.set(key, compiled);
    this.#bytes += compiled.weightBytes;
    for (const [oldest, { weightBytes }] of this.#cache) {
      if (this.#cache.size <= this.#maxModules && this.#bytes <= this.#maxBytes) break;
      if (oldest === key) break;
      this.#cache.delete(oldest);
      this.#bytes -= weightBytes;
    }
    return compiled;
  }

  /** Ends the pool; whatever waits for it is refused. Idempotent. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    this.#cache.clear();
    this.#bytes = 0;
    // A thread that was ended by a deadline shortly before has the pool replace it even now.
    // The pool's threads do not keep the process alive; waiting for their end has to.
    const held = setInterval(() => undefined, ADMISSION_DEADLINE_MS);
    try {
      while ((this.#pool?.threads.length ?? 0) > 0) await this.#pool?.destroy();
    } finally {
      clearInterval(held);
    }
  }
}

function noteCompiled(sha256: string): void {
  if (COMPILED.size < MOST_REMEMBERED) COMPILED.add(sha256);
}

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // The way to a thread of the pool and back takes longer than this.
  if (bytes.length <= HASHED_AT_ONCE_BYTES) return hash('sha256', bytes);
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

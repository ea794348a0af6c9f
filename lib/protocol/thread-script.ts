import type { AbiName } from '../wasm/admitted-module.ts';

/** A script of instance threads: what every thread begins with, or what binds the guests of one ABI. */
export type ScriptName = 'instance' | AbiName;

/** A script as it is sent to a thread: once, and what binds guests only to threads that have one to bind. */
export interface ThreadScript {
  readonly name: ScriptName;
  /** For stack traces, coverage and the source map beside the bundle. */
  readonly filename: string;
  /** An expression: a function of `require` and `module`, as CommonJS has it. */
  readonly source: string;
  /** Compiled code of an earlier thread, if there is any yet. */
  readonly cachedData: Uint8Array | undefined;
}

/** What a thread finds in its `workerData`. */
export interface ThreadData {
  readonly script: ThreadScript;
  /** How much further than its process the thread yields the processors to others; not at all where it is left out. */
  readonly niceness: number | undefined;
}

/** The same, once the bootstrap has added to it. */
export interface LoadedThreadData extends ThreadData {
  /** Runs a script and gives what it exports. */
  readonly load: (script: ThreadScript, require: (name: string) => unknown) => unknown;
}

/** Host to thread: share what you have compiled. */
export interface ShareCodeMessage {
  readonly kind: 'wasmatrix.share-code';
}

/** Thread to host: all that it has compiled so far, for the threads that come after it. */
export interface CodeCacheMessage {
  readonly kind: 'wasmatrix.code-cache';
  readonly caches: readonly {
    readonly name: ScriptName;
    readonly cachedData: Uint8Array;
  }[];
}

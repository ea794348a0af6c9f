import { readFileSync } from 'node:fs';
import type { AbiName } from '../wasm/admitted-module.ts';

/**
 * The instance worker, bundled into one script by the build: loading its hundred modules one by one
 * would take three times as long and keep 1.5 MB more per thread.
 */
function ownBundle(): URL {
  return new URL('../../workers/instance.worker.cjs', import.meta.url);
}

/** What the bootstrap finds in its `workerData`. */
export interface WorkerScriptData {
  readonly filename: string;
  readonly source: string;
  /** Compiled code of an earlier thread, if there is any yet. */
  readonly cachedData: Uint8Array | undefined;
}

/** Host to thread: share what you have compiled. */
export interface ShareCodeMessage {
  readonly kind: 'wasmatrix.share-code';
}

/** Thread to host: all that it has compiled so far, for the threads that come after it. */
export interface CodeCacheMessage {
  readonly kind: 'wasmatrix.code-cache';
  readonly cachedData: Uint8Array;
}

/**
 * Runs the bundle from memory, with the compiled code of an earlier thread where there is some; Node
 * has no option to give a worker's main script a code cache.
 */
export const WORKER_BOOTSTRAP = `
const { parentPort, workerData } = require('node:worker_threads');
const { Script } = require('node:vm');
const { filename, source, cachedData } = workerData;
const script = new Script(source, { filename, cachedData });
script.runInThisContext()(require);
parentPort.on('message', ({ kind }) => {
  if (kind !== 'wasmatrix.share-code') return;
  parentPort.postMessage({ kind: 'wasmatrix.code-cache', cachedData: script.createCachedData() });
});
`;

/** The script of all instance threads: read once, compiled once. */
export class WorkerScript {
  /** Of the guest that was started last, and hence of the one most likely to come next. */
  latest: AbiName = 'core';
  #source: string | undefined;
  #cachedData: Uint8Array | undefined;
  readonly #sought = new Set<AbiName>();
  readonly #bundle: URL;

  /** @param bundle - left out: where the build puts it. */
  constructor(bundle: URL = ownBundle()) {
    this.#bundle = bundle;
  }

  get data(): WorkerScriptData {
    // The parameter shadows nothing: a bundle has no other way to reach modules.
    this.#source ??= `(function (require) {${readFileSync(this.#bundle, 'utf8')}\n})`;
    return {
      // A URL, so that coverage and stack traces find the source map beside the bundle.
      filename: this.#bundle.href,
      source: this.#source,
      cachedData: this.#cachedData,
    };
  }

  /** Whether there is code of an earlier thread. */
  get hasCode(): boolean {
    return this.#cachedData !== undefined;
  }

  /**
   * Whether a thread that has started a guest of this ABI is to share its code. Functions are compiled
   * when they are first called, so only a thread that has been through a start has what the next one
   * needs; one of each ABI suffices.
   */
  seek(abi: AbiName): boolean {
    if (this.#sought.has(abi)) return false;
    this.#sought.add(abi);
    return true;
  }

  /** The thread that was to share its code has ended before it did. */
  seekAgain(abi: AbiName): void {
    this.#sought.delete(abi);
  }

  /** Keeps the largest code: it was made from what was kept before, and more. */
  remember({ cachedData }: CodeCacheMessage): void {
    if (cachedData.length <= (this.#cachedData?.length ?? 0)) return;
    // Shared, because otherwise each thread would keep a copy.
    const shared = new Uint8Array(new SharedArrayBuffer(cachedData.length));
    shared.set(cachedData);
    this.#cachedData = shared;
  }
}

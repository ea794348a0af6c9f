import { readFileSync } from 'node:fs';
import type { StartRequest } from '../protocol/instance-messages.ts';
import type {
  CodeCacheMessage,
  ScriptName,
  ThreadData,
  ThreadScript,
} from '../protocol/thread-script.ts';

/**
 * The instance worker, bundled into one script by the build: loading its modules one by one would take
 * three times as long and keep 1.5 MB more per thread. What binds guests of each ABI is bundled beside it.
 */
function ownBundle(): URL {
  return new URL('../../workers/instance.worker.cjs', import.meta.url);
}

/**
 * Runs bundles from memory, with the compiled code of an earlier thread where there is some; Node has no
 * option to give a worker's main script a code cache.
 */
export const WORKER_BOOTSTRAP = `
const { parentPort, workerData } = require('node:worker_threads');
const { Script } = require('node:vm');
const scripts = new Map();
workerData.load = ({ name, filename, source, cachedData }, require) => {
  const script = new Script(source, { filename, cachedData });
  scripts.set(name, script);
  const module = { exports: {} };
  script.runInThisContext()(require, module);
  return module.exports;
};
workerData.load(workerData.script, require);
if (workerData.niceness !== undefined) {
  // Of this thread alone; where the system does not allow that, everything works without.
  const { getPriority, setPriority } = require('node:os');
  try { setPriority(0, Math.min(19, getPriority(0) + workerData.niceness)); } catch {}
}
parentPort.on('message', ({ kind }) => {
  if (kind !== 'wasmatrix.share-code') return;
  const caches = [...scripts].map(([name, script]) => ({ name, cachedData: script.createCachedData() }));
  parentPort.postMessage({ kind: 'wasmatrix.code-cache', caches });
});
`;

/** What instance threads are, other than by default. */
export interface WorkerScriptOptions {
  /** What every thread begins with; left out: where the build puts it. */
  readonly bundle?: URL | undefined;
  /** How much further than the process the threads yield the processors; not at all where left out. Linux only. */
  readonly niceness?: number | undefined;
}

/** The scripts of all instance threads: each read once, compiled once. */
export class WorkerScripts {
  /** The code that was started last, and hence what most likely comes next. */
  latest: Pick<StartRequest, 'admitted' | 'modules'> | undefined;
  readonly #sources = new Map<ScriptName, Pick<ThreadScript, 'filename' | 'source'>>();
  readonly #caches = new Map<ScriptName, Uint8Array>();
  readonly #sought = new Set<ScriptName>();
  readonly #bundle: URL;
  readonly #niceness: number | undefined;

  constructor({ bundle = ownBundle(), niceness }: WorkerScriptOptions = {}) {
    this.#bundle = bundle;
    this.#niceness = niceness;
  }

  /** What a new thread begins with. */
  get data(): ThreadData {
    return { script: this.get('instance'), niceness: this.#niceness };
  }

  get(name: ScriptName): ThreadScript {
    let source = this.#sources.get(name);
    if (source === undefined) {
      const url = name === 'instance' ? this.#bundle : binderBundle(name, this.#bundle);
      const text = `(function (require, module) {${readFileSync(url, 'utf8')}\n})`;
      source = { filename: url.href, source: text };
      this.#sources.set(name, source);
    }
    return { name, ...source, cachedData: this.#caches.get(name) };
  }

  /** Whether there is code of an earlier thread. */
  get hasCode(): boolean {
    return this.#caches.size > 0;
  }

  /**
   * Whether a thread that has come so far is to share its code: all have begun with the same script, and some
   * have started a guest of an ABI. Functions are compiled when they are first called, so only a thread that
   * has been through a start has what the next one needs; one of each ABI suffices.
   */
  seek(name: ScriptName): boolean {
    if (this.#sought.has(name)) return false;
    this.#sought.add(name);
    return true;
  }

  /** The thread that was to share its code has ended before it did. */
  seekAgain(name: ScriptName): void {
    this.#sought.delete(name);
  }

  /** Keeps the largest code: it was made from what was kept before, and more. */
  remember({ caches }: CodeCacheMessage): void {
    for (const { name, cachedData } of caches) {
      if (cachedData.length <= (this.#caches.get(name)?.length ?? 0)) continue;
      // Shared, because otherwise each thread would keep a copy.
      const shared = new Uint8Array(new SharedArrayBuffer(cachedData.length));
      shared.set(cachedData);
      this.#caches.set(name, shared);
    }
  }
}

function binderBundle(abi: string, bundle: URL): URL {
  return new URL(`binders/${abi}.binder.cjs`, bundle);
}

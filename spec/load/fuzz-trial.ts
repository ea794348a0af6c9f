import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import type { Admission } from '../../lib/wasm/admit-core.ts';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import type { ExportFact } from '../../lib/wasm/admitted-module.ts';

/** How far mutants came; each is counted as far as it came. */
export interface FuzzTally {
  /** Not admitted. */
  refused: number;
  /** Admitted, and the engine found the code invalid. */
  invalid: number;
  compiled: number;
  /** Of those compiled: started in a thread, or refused there. */
  started: number;
  notStarted: number;
  /** Of those started: a call answered, or failed. */
  answered: number;
  failed: number;
}

export function emptyTally(): FuzzTally {
  return {
    refused: 0,
    invalid: 0,
    compiled: 0,
    started: 0,
    notStarted: 0,
    answered: 0,
    failed: 0,
  };
}

const LIMITS = { abi: 'auto', memoryBytes: 67_108_864, tableEntries: 100_000 } as const;
/** One in so many of those that can be compiled is started. */
const STARTED_OF = 8;
const DEADLINES = { startTimeoutMs: 200, callTimeoutMs: 100, stopGraceMs: 50 };
/** Far beyond all deadlines, on a machine with other work. */
const HANG_MS = 10_000;

/** Something that must not happen, in words. */
type Fault = string | undefined;

function foreign(thrown: unknown): Fault {
  if (isWasmatrixError(thrown)) return undefined;
  return `a foreign error: ${thrown instanceof Error ? String(thrown.stack) : String(thrown)}`;
}

/** Waits within the bound; whoever hangs is the fault. */
async function within<T>(what: string, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} hangs for ${HANG_MS} ms`)), HANG_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function admitted(bytes: Uint8Array, tally: FuzzTally): Admission | Fault {
  try {
    return admitModule(bytes, LIMITS);
  } catch (thrown) {
    tally.refused++;
    return foreign(thrown);
  }
}

async function isCompiled({ coreModules }: Admission): Promise<boolean> {
  try {
    for (const module of coreModules) await WebAssembly.compile(new Uint8Array(module));
    return true;
  } catch (thrown) {
    if (thrown instanceof WebAssembly.CompileError) return false;
    throw thrown;
  }
}

/** Arguments by the text of their types; what they do not fit is refused, which is an answer too. */
function argumentsFor({ params = [] }: ExportFact): unknown[] {
  return params.map((type) => {
    if (type.endsWith('64') && !type.startsWith('f')) return 1n;
    if (type === 'string') return 'text';
    return type === 'list<u8>' ? new Uint8Array(3) : 1;
  });
}

/** Lets mutants through everything that a guest goes through. */
export class FuzzTrial {
  readonly #supervisor: Supervisor;

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor;
  }

  /**
   * @param index - decides whether it is started.
   * @returns what was wrong, if anything was.
   */
  async run(bytes: Uint8Array, index: number, tally: FuzzTally): Promise<Fault> {
    const admission = admitted(bytes, tally);
    if (typeof admission !== 'object') return admission;
    try {
      if (!(await within('compiling', isCompiled(admission)))) {
        tally.invalid++;
        return undefined;
      }
      tally.compiled++;
      if (index % STARTED_OF === 0) await this.#start(bytes, admission, tally);
      return undefined;
    } catch (thrown) {
      return foreign(thrown);
    }
  }

  async #start(bytes: Uint8Array, { admitted: facts }: Admission, tally: FuzzTally): Promise<void> {
    const { tableEntries, memoryBytes } = LIMITS;
    const limits = { tableEntries, memoryBytes, ...DEADLINES };
    let id: string;
    try {
      id = await within('a start', this.#supervisor.startInstance({ module: bytes, limits }));
    } catch (thrown) {
      if (!isWasmatrixError(thrown)) throw thrown;
      tally.notStarted++;
      return;
    }
    tally.started++;
    const called = facts.exports.find(({ kind }) => kind === 'function');
    if (called !== undefined) {
      const args = argumentsFor(called);
      const call = this.#supervisor.invoke(id, called.name, args);
      await within('a call', call).then(
        () => tally.answered++,
        (thrown: unknown) => {
          if (!isWasmatrixError(thrown)) throw thrown;
          tally.failed++;
        },
      );
    }
    await within('a stop', this.#supervisor.stopInstance(id, { graceMs: 0 }));
  }
}

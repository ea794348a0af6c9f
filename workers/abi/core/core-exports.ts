import type { AdmittedModule, ExportFact } from '../../../lib/wasm/admitted-module.ts';
import { coreArgumentProblem, isNumericCoreType } from '../../../lib/wasm/core-arguments.ts';
import { BadArguments } from '../../guest-failure.ts';
import { asGuestFailure } from './as-guest-failure.ts';

type CoreFunction = (...args: readonly unknown[]) => unknown;

/**
 * The exports of an instance, called with numbers and bigints. Only what admission has seen can be
 * called, with only the values that its signature takes.
 *
 * @internal
 */
export class CoreExports {
  readonly #facts: ReadonlyMap<string, ExportFact>;
  readonly #functions: ReadonlyMap<string, CoreFunction>;
  readonly #memories: ReadonlySet<WebAssembly.Memory>;

  constructor(admitted: AdmittedModule, instance: WebAssembly.Instance) {
    const exported = Object.entries(instance.exports);
    this.#facts = new Map(admitted.exports.map((fact) => [fact.name, fact]));
    this.#functions = new Map(
      exported.flatMap(([name, value]) =>
        typeof value === 'function' ? [[name, value as CoreFunction] as const] : [],
      ),
    );
    this.#memories = new Set(
      exported.flatMap(([, value]) => (value instanceof WebAssembly.Memory ? [value] : [])),
    );
  }

  /** Calls `_initialize`, if there is one. */
  initialize(): void {
    if (this.#functions.has('_initialize')) this.run('_initialize');
  }

  /**
   * Calls an export of the ABI's own, without arguments.
   *
   * @throws `BadArguments` if there is no such function.
   */
  run(exportName: string): unknown {
    const call = this.#functions.get(exportName);
    if (call === undefined) throw notExported(exportName);
    try {
      return call();
    } catch (error) {
      throw asGuestFailure(error);
    }
  }

  /**
   * Calls an export and returns its result: nothing, a number, a bigint, or a list of those.
   *
   * @throws `BadArguments` before the guest is entered; whatever it traps with.
   */
  invoke(exportName: string, args: readonly unknown[]): unknown {
    const call = this.#functions.get(exportName);
    const fact = this.#facts.get(exportName);
    if (call === undefined || fact?.kind !== 'function') throw notExported(exportName);
    const opaque = fact.results?.find((type) => !isNumericCoreType(type));
    if (opaque !== undefined) {
      throw new BadArguments(
        'exportName',
        `returns ${opaque === 'externref' ? 'an' : 'a'} ${opaque}, which cannot leave the guest`,
      );
    }
    const problem = coreArgumentProblem(fact.params ?? [], args);
    if (problem !== undefined) throw new BadArguments(problem.field, problem.problem);
    try {
      return call(...args);
    } catch (error) {
      throw asGuestFailure(error);
    }
  }

  /** Bytes of all memories that can be seen from outside. */
  memoryBytes(): number {
    return [...this.#memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
  }
}

function notExported(exportName: string): BadArguments {
  const shown = JSON.stringify(exportName.slice(0, 200));
  return new BadArguments('exportName', `the module exports no function ${shown}`);
}

import { ambiguity, exportsMeantBy } from '../../../lib/wasm/component-export-names.ts';
import { BadArguments } from '../../guest-failure.ts';
import type { ComponentFunction } from './function-type.ts';
import { outsideDrop } from './outside-drop.ts';
import type { RuntimeExtern } from './runtime-scope.ts';

/**
 * The functions that a component exports, by the names that callers may use for them.
 *
 * @internal
 */
export class ComponentExports {
  readonly #functions: Map<string, ComponentFunction> = new Map();

  constructor(exports: ReadonlyMap<string, RuntimeExtern>) {
    const add = (prefix: string, name: string, extern: RuntimeExtern): void => {
      if (extern.sort === 'function') this.#functions.set(`${prefix}${name}`, extern.value);
      else if (extern.sort === 'type' && extern.value.kind === 'resource') {
        const drop = outsideDrop(extern.value.resource);
        if (drop !== undefined) this.#functions.set(`${prefix}[resource-drop]${name}`, drop);
      }
    };
    for (const [name, extern] of exports) {
      add('', name, extern);
      if (extern.sort !== 'instance') continue;
      for (const [member, inner] of extern.value) add(`${name}#`, member, inner);
    }
  }

  /** The name in full of the only export that another spelling of it can mean. */
  complete(name: string): string | undefined {
    const meant = this.#meantBy(name);
    return meant.length === 1 ? meant[0] : undefined;
  }

  /**
   * @throws `BadArguments` when there is no such function, or more than one.
   */
  get(name: string): ComponentFunction {
    const meant = this.#meantBy(name);
    if (meant.length > 1) throw new BadArguments('exportName', ambiguity(name, meant));
    const found = this.#functions.get(meant[0] ?? '');
    if (found === undefined) throw new BadArguments('exportName', `there is no export ${name}`);
    return found;
  }

  /** By far most calls give the name in full: the host has looked it up already. */
  #meantBy(name: string): readonly string[] {
    return this.#functions.has(name) ? [name] : exportsMeantBy(this.#functions.keys(), name);
  }
}

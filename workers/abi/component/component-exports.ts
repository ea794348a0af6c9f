import { BadArguments } from '../../guest-failure.ts';
import type { ComponentFunction } from './function-type.ts';
import { camelCase } from './js-names.ts';
import { outsideDrop } from './outside-drop.ts';
import type { RuntimeExtern } from './runtime-scope.ts';

/** `interface@version#function`; the version or its last parts may be left out. */
const EXPORT_NAME = /^([^@#]+)(?:@([^#]+))?#(.+)$/;

/** Names that another spelling leads to, unless a function has that very name. */
function addSpelling(
  functions: Map<string, ComponentFunction>,
  prefix: string,
  name: string,
): void {
  const spelling = `${prefix}${camelCase(name)}`;
  if (/^[\w-]+$/.test(name) && !functions.has(spelling)) {
    const target = functions.get(`${prefix}${name}`);
    if (target !== undefined) functions.set(spelling, target);
  }
}

function isVersionWithin(version: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || version === wanted || version?.startsWith(`${wanted}.`) === true;
}

/**
 * The functions that a component exports, by the names that callers may use for them.
 *
 * @internal
 */
export class ComponentExports {
  readonly #functions: Map<string, ComponentFunction> = new Map();

  constructor(exports: ReadonlyMap<string, RuntimeExtern>) {
    const labels: (readonly [prefix: string, name: string])[] = [];
    const add = (prefix: string, name: string, extern: RuntimeExtern): void => {
      if (extern.sort === 'function') {
        this.#functions.set(`${prefix}${name}`, extern.value);
        labels.push([prefix, name]);
      } else if (extern.sort === 'type' && extern.value.kind === 'resource') {
        const drop = outsideDrop(extern.value.resource);
        if (drop !== undefined) this.#functions.set(`${prefix}[resource-drop]${name}`, drop);
      }
    };
    for (const [name, extern] of exports) {
      add('', name, extern);
      if (extern.sort !== 'instance') continue;
      for (const [member, inner] of extern.value) add(`${name}#`, member, inner);
    }
    for (const [prefix, name] of labels) addSpelling(this.#functions, prefix, name);
  }

  /** The name in full of the only export that a name with a shortened version can mean. */
  complete(name: string): string | undefined {
    if (this.#functions.has(name)) return name;
    const [, wantedInterface, wantedVersion, wantedFunction] = EXPORT_NAME.exec(name) ?? [];
    if (wantedInterface === undefined) return undefined;
    const found: string[] = [];
    for (const known of this.#functions.keys()) {
      const [, interfaceName, version, functionName] = EXPORT_NAME.exec(known) ?? [];
      if (interfaceName !== wantedInterface || functionName !== wantedFunction) continue;
      if (isVersionWithin(version, wantedVersion)) found.push(known);
    }
    return found.length === 1 ? found[0] : undefined;
  }

  /**
   * @throws `BadArguments` when there is no such function, or more than one.
   */
  get(name: string): ComponentFunction {
    const found = this.#functions.get(this.complete(name) ?? '');
    if (found === undefined) throw new BadArguments('exportName', `there is no export ${name}`);
    return found;
  }
}

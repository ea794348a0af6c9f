import type { ComponentDefinition, Sort } from '../../../lib/wasm/component-definition.ts';
import { GuestTrap } from '../../guest-failure.ts';
import type { ComponentFunction } from './function-type.ts';
import type { CoreFunction } from './lift-function.ts';
import type { RuntimeType, TypeScope } from './runtime-type.ts';

/**
 * Something that an instance imports or exports.
 *
 * @internal
 */
export type RuntimeExtern =
  | { readonly sort: 'function'; readonly value: ComponentFunction }
  | { readonly sort: 'type'; readonly value: RuntimeType }
  | { readonly sort: 'instance'; readonly value: ReadonlyMap<string, RuntimeExtern> }
  | { readonly sort: 'component'; readonly value: ComponentClosure }
  | { readonly sort: 'core-module'; readonly value: WebAssembly.Module }
  | { readonly sort: 'core-instance'; readonly value: WebAssembly.Exports }
  | { readonly sort: 'core-function'; readonly value: CoreFunction }
  | { readonly sort: 'core-memory'; readonly value: WebAssembly.Memory }
  | { readonly sort: 'core-table'; readonly value: WebAssembly.Table }
  | { readonly sort: 'core-global'; readonly value: WebAssembly.Global };

/** A nested component together with the scope that its outer aliases refer to. */
interface ComponentClosure {
  readonly definition: ComponentDefinition;
  readonly scope: RuntimeScope;
}

type ValueOf<S extends Sort> = Extract<RuntimeExtern, { readonly sort: S }>['value'];

/**
 * The index spaces of one component instance while it is made.
 *
 * @internal
 */
export class RuntimeScope implements TypeScope {
  readonly parent: RuntimeScope | undefined;
  readonly types: RuntimeType[] = [];
  readonly #spaces = new Map<Sort, RuntimeExtern[]>();

  constructor(parent: RuntimeScope | undefined) {
    this.parent = parent;
  }

  add(extern: RuntimeExtern): void {
    if (extern.sort === 'type') this.types.push(extern.value);
    const space = this.#spaces.get(extern.sort);
    if (space === undefined) this.#spaces.set(extern.sort, [extern]);
    else space.push(extern);
  }

  /**
   * An entry of an index space; admission has checked that there is one.
   *
   * @throws `GuestTrap`
   */
  extern(sort: Sort, index: number): RuntimeExtern {
    const extern = this.#spaces.get(sort)?.[index];
    if (extern === undefined) throw new GuestTrap(`a component has no ${sort} ${index}`);
    return extern;
  }

  get<S extends Sort>(sort: S, index: number): ValueOf<S> {
    return this.extern(sort, index).value as ValueOf<S>;
  }

  /** The scope that an outer alias of that count starts from. */
  outer(count: number): RuntimeScope {
    if (count === 0) return this;
    if (this.parent === undefined) {
      throw new GuestTrap('a component aliases beyond the outermost one');
    }
    return this.parent.outer(count - 1);
  }
}

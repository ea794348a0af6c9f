import type {
  ComponentDefinition,
  Definition,
  ExternType,
  NamedReference,
  Sort,
} from '../../../lib/wasm/component-definition.ts';
import { GuestTrap } from '../../guest-failure.ts';
import { evaluateDefinition } from './canonical-definitions.ts';
import { ComponentInstance, type ComponentTree } from './component-instance.ts';
import type { CoreFunction } from './lift-function.ts';
import { type RuntimeExtern, RuntimeScope } from './runtime-scope.ts';

/** Gives what a component imports. */
type Importer = (scope: RuntimeScope, name: string, extern: ExternType) => RuntimeExtern;

/** Core names are the guest's choice; without a prototype none of them means anything else. */
function nameless(): Record<string, never> {
  return Object.create(null) as Record<string, never>;
}

function coreExtern(sort: Sort, value: unknown): RuntimeExtern | undefined {
  if (sort === 'core-function' && typeof value === 'function') {
    return { sort, value: value as CoreFunction };
  }
  if (sort === 'core-memory' && value instanceof WebAssembly.Memory) return { sort, value };
  if (sort === 'core-table' && value instanceof WebAssembly.Table) return { sort, value };
  if (sort === 'core-global' && value instanceof WebAssembly.Global) return { sort, value };
  return undefined;
}

/** The engine reports an import that is not given at all as a TypeError. */
function linked(module: WebAssembly.Module, imports: WebAssembly.Imports): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(module, imports);
  } catch (thrown) {
    if (thrown instanceof TypeError) throw new GuestTrap(thrown.message, { cause: thrown });
    throw thrown;
  }
}

/** Makes one instance of one component, definition by definition. */
class Instantiation {
  readonly #modules: readonly WebAssembly.Module[];
  readonly #instance: ComponentInstance;
  readonly #scope: RuntimeScope;
  readonly #import: Importer;
  readonly exports: Map<string, RuntimeExtern> = new Map();

  constructor(
    modules: readonly WebAssembly.Module[],
    instance: ComponentInstance,
    scope: RuntimeScope,
    importer: Importer,
  ) {
    this.#modules = modules;
    this.#instance = instance;
    this.#scope = scope;
    this.#import = importer;
  }

  run(definition: Definition): void {
    const scope = this.#scope;
    switch (definition.kind) {
      case 'core-module':
        return this.#addModule(definition.module);
      case 'core-instantiate':
        return this.#instantiateCore(definition.module, definition.args);
      case 'core-exports':
        return this.#bundleCore(definition.exports);
      case 'component':
        return scope.add({
          sort: 'component',
          value: { definition: definition.component, scope },
        });
      case 'instantiate':
        return this.#instantiate(definition.component, definition.args);
      case 'instance-exports':
        return scope.add({ sort: 'instance', value: this.#externs(definition.exports) });
      case 'alias-export':
        return this.#aliasExport(definition.sort, definition.instance, definition.name);
      case 'alias-core-export':
        return this.#aliasCoreExport(definition.sort, definition.instance, definition.name);
      case 'alias-outer':
        return scope.add(scope.outer(definition.count).extern(definition.sort, definition.index));
      case 'import': {
        const { name, extern } = definition;
        return scope.add(this.#import(scope, name, extern));
      }
      case 'export': {
        const { name, sort, index } = definition.reference;
        const extern = scope.extern(sort, index);
        this.exports.set(name, extern);
        return scope.add(extern);
      }
      case 'type':
      case 'lift':
      case 'lower':
      case 'resource-new':
      case 'resource-drop':
      case 'resource-rep':
        return scope.add(evaluateDefinition(definition, this.#instance, scope));
    }
  }

  #addModule(index: number): void {
    const value = this.#modules[index];
    if (value === undefined) throw new GuestTrap(`core module ${index} was not compiled`);
    this.#scope.add({ sort: 'core-module', value });
  }

  #instantiateCore(
    module: number,
    args: readonly { readonly name: string; readonly instance: number }[],
  ): void {
    const imports: WebAssembly.Imports = nameless();
    for (const { name, instance } of args) {
      imports[name] = this.#scope.get('core-instance', instance);
    }
    this.#instance.tree.fuel?.addTo(imports);
    const { exports } = linked(this.#scope.get('core-module', module), imports);
    for (const value of Object.values(exports)) {
      if (value instanceof WebAssembly.Memory) this.#instance.tree.memories.add(value);
    }
    this.#scope.add({ sort: 'core-instance', value: exports });
  }

  #bundleCore(references: readonly NamedReference[]): void {
    const exports: Record<string, unknown> = nameless();
    for (const { name, sort, index } of references) exports[name] = this.#scope.get(sort, index);
    this.#scope.add({ sort: 'core-instance', value: exports as WebAssembly.Exports });
  }

  #externs(references: readonly NamedReference[]): ReadonlyMap<string, RuntimeExtern> {
    return new Map(
      references.map(({ name, sort, index }) => [name, this.#scope.extern(sort, index)]),
    );
  }

  #instantiate(component: number, args: readonly NamedReference[]): void {
    const closure = this.#scope.get('component', component);
    const given = this.#externs(args);
    const exports = instantiate(
      closure.definition,
      this.#modules,
      new ComponentInstance(this.#instance.tree),
      closure.scope,
      (_scope, name) => {
        const extern = given.get(name);
        if (extern === undefined) throw new GuestTrap(`a nested component is not given ${name}`);
        return extern;
      },
    );
    this.#scope.add({ sort: 'instance', value: exports });
  }

  #aliasExport(sort: Sort, instance: number, name: string): void {
    const extern = this.#scope.get('instance', instance).get(name);
    if (extern?.sort !== sort) throw new GuestTrap(`an instance has no ${sort} ${name}`);
    this.#scope.add(extern);
  }

  #aliasCoreExport(sort: Sort, instance: number, name: string): void {
    const exports = this.#scope.get('core-instance', instance);
    const extern = coreExtern(sort, exports[name]);
    if (extern === undefined) throw new GuestTrap(`a core instance has no ${sort} ${name}`);
    this.#scope.add(extern);
  }
}

/**
 * Instantiates a component and everything inside it.
 *
 * @param parent - the scope that the component was defined in.
 * @throws `GuestTrap`, or what the engine says when core modules do not link or their start traps.
 */
function instantiate(
  { definitions }: ComponentDefinition,
  modules: readonly WebAssembly.Module[],
  instance: ComponentInstance,
  parent: RuntimeScope | undefined,
  importer: Importer,
): ReadonlyMap<string, RuntimeExtern> {
  const scope = new RuntimeScope(parent);
  const instantiation = new Instantiation(modules, instance, scope, importer);
  for (const definition of definitions) instantiation.run(definition);
  return instantiation.exports;
}

/**
 * Instantiates the outermost component.
 *
 * @internal
 */
export function instantiateRoot(
  definition: ComponentDefinition,
  modules: readonly WebAssembly.Module[],
  tree: ComponentTree,
  importer: Importer,
): ReadonlyMap<string, RuntimeExtern> {
  return instantiate(definition, modules, new ComponentInstance(tree), undefined, importer);
}

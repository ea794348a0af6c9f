import type { Sort } from './component-definition.ts';
import type { TypeShape } from './component-type-shape.ts';
import { boundedText, type ValueFacts } from './component-value-facts.ts';

/**
 * What admission has to know of a function type.
 *
 * @internal
 */
export interface FunctionFacts {
  readonly params: readonly string[];
  readonly results: readonly string[];
  readonly flatParamCount: number;
  readonly flatResultCount: number;
  readonly paramsHavePointer: boolean;
  readonly resultHasPointer: boolean;
  readonly shape: TypeShape;
}

/**
 * What an entry of the type space stands for. `steps` is the work of importing such an instance.
 *
 * @internal
 */
export type StaticType =
  | { readonly kind: 'value'; readonly facts: ValueFacts }
  | { readonly kind: 'function'; readonly facts: FunctionFacts }
  | { readonly kind: 'resource'; readonly name: string; readonly isLocal: boolean }
  | { readonly kind: 'instance'; readonly shape: InstanceShape; readonly steps: number }
  | { readonly kind: 'component' };

/**
 * Exports of an instance by name.
 *
 * @internal
 */
export type InstanceShape = ReadonlyMap<string, StaticEntity>;

/** What instantiating a component once amounts to, nested components included. */
interface ComponentFacts {
  readonly imports: ReadonlyMap<string, Sort>;
  readonly exports: InstanceShape;
  /** By core module: how many instances of it are made. */
  readonly moduleCounts: ReadonlyMap<number, number>;
  /** Instances made, of core modules and of components. */
  readonly instantiations: number;
  /** Bytes of definitions gone through. */
  readonly steps: number;
}

/**
 * The export of a core module that a memory comes from.
 *
 * @internal
 */
export interface CoreMemoryOrigin {
  readonly module: number;
  readonly name: string;
}

/**
 * An entry of an index space, as far as it is known before anything runs.
 *
 * @internal
 */
export type StaticEntity =
  | { readonly sort: 'function'; readonly facts: FunctionFacts }
  | { readonly sort: 'type'; readonly type: StaticType }
  | { readonly sort: 'instance'; readonly shape: InstanceShape }
  | { readonly sort: 'component'; readonly facts: ComponentFacts }
  | { readonly sort: 'core-module'; readonly module: number }
  | {
      readonly sort: 'core-instance';
      /** Of an instance that is put together of parts; what a core module exports is seen later. */
      readonly exports?: ReadonlyMap<string, StaticEntity>;
      /** The core module that it is an instance of, otherwise. */
      readonly module?: number;
    }
  | { readonly sort: 'core-memory'; readonly origin?: CoreMemoryOrigin }
  | { readonly sort: 'core-function' | 'core-table' | 'core-global' };

type EntityOf<S extends Sort> = Extract<StaticEntity, { readonly sort: S }>;

/**
 * The index spaces of one component, or of one component or instance type, while it is being read.
 *
 * @internal
 */
export class Scope {
  readonly parent: Scope | undefined;
  /** How many scopes are around this one. */
  readonly depth: number;
  readonly #spaces = new Map<Sort, StaticEntity[]>();
  readonly imports: Map<string, Sort> = new Map();
  readonly exports: Map<string, StaticEntity> = new Map();
  readonly moduleCounts: Map<number, number> = new Map();
  instantiations = 0;
  steps = 0;

  constructor(parent: Scope | undefined) {
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  /** Appends to the index space of the entity's sort. */
  add(entity: StaticEntity): void {
    const space = this.#spaces.get(entity.sort);
    if (space === undefined) this.#spaces.set(entity.sort, [entity]);
    else space.push(entity);
  }

  /** An entry of an index space, if there is one. */
  find<S extends Sort>(sort: S, index: number): EntityOf<S> | undefined {
    return this.#spaces.get(sort)?.[index] as EntityOf<S> | undefined;
  }

  /** The scope that an outer alias of that count starts from. */
  outer(count: number): Scope | undefined {
    return count === 0 ? this : this.parent?.outer(count - 1);
  }
}

/**
 * A function with the types of its declaration for its text, which call those types by the names that they
 * are exported under. What a declaration of another form says is not believed.
 *
 * @internal
 */
export function declaredAs(entity: StaticEntity, declared: StaticEntity): StaticEntity {
  if (entity.sort !== 'function' || declared.sort !== 'function') return entity;
  const { params, results } = declared.facts;
  const isAlike =
    params.length === entity.facts.params.length && results.length === entity.facts.results.length;
  return isAlike ? { sort: 'function', facts: { ...entity.facts, params, results } } : entity;
}

/**
 * The same entity under a name: a type takes the name for its text.
 *
 * @internal
 */
export function renamed(entity: StaticEntity, externName: string): StaticEntity {
  if (entity.sort !== 'type') return entity;
  const name = boundedText(externName);
  const { type } = entity;
  if (type.kind === 'value') {
    return { sort: 'type', type: { kind: 'value', facts: { ...type.facts, text: name } } };
  }
  return type.kind === 'resource' ? { sort: 'type', type: { ...type, name } } : entity;
}

/**
 * A primitive value type of the component model.
 *
 * @internal
 */
export type PrimitiveType =
  | 'bool'
  | 's8'
  | 'u8'
  | 's16'
  | 'u16'
  | 's32'
  | 'u32'
  | 's64'
  | 'u64'
  | 'f32'
  | 'f64'
  | 'char'
  | 'string';

/**
 * A value type where it is used: a primitive by name, any other by its index in the type space.
 *
 * @internal
 */
export type ValueTypeUse = PrimitiveType | number;

/**
 * A record's field or a function's parameter.
 *
 * @internal
 */
export interface NamedType {
  readonly name: string;
  readonly type: ValueTypeUse;
}

/**
 * A variant's case; without a type it carries nothing.
 *
 * @internal
 */
export interface VariantCase {
  readonly name: string;
  readonly type?: ValueTypeUse;
}

/**
 * A type definition that describes values.
 *
 * @internal
 */
export type ValueTypeDefinition =
  | { readonly kind: 'primitive'; readonly name: PrimitiveType }
  | { readonly kind: 'record'; readonly fields: readonly NamedType[] }
  | { readonly kind: 'variant'; readonly cases: readonly VariantCase[] }
  | { readonly kind: 'list'; readonly element: ValueTypeUse }
  | { readonly kind: 'tuple'; readonly types: readonly ValueTypeUse[] }
  | { readonly kind: 'flags'; readonly labels: readonly string[] }
  | { readonly kind: 'enum'; readonly labels: readonly string[] }
  | { readonly kind: 'option'; readonly some: ValueTypeUse }
  | { readonly kind: 'result'; readonly ok?: ValueTypeUse; readonly err?: ValueTypeUse }
  | { readonly kind: 'own' | 'borrow'; readonly resource: number };

/**
 * A function type; without `result` the function returns nothing.
 *
 * @internal
 */
export interface FunctionTypeDefinition {
  readonly kind: 'function';
  readonly params: readonly NamedType[];
  readonly result?: ValueTypeUse;
}

/**
 * One step in the description of an instance's shape; steps that make a type append to its own,
 * separate type space.
 *
 * @internal
 */
export type InstanceDeclaration =
  | { readonly kind: 'type'; readonly type: TypeDefinition }
  | { readonly kind: 'outer'; readonly count: number; readonly index: number }
  | { readonly kind: 'export'; readonly name: string; readonly extern: ExternType };

/**
 * Any entry of the type space. The shape of a component is only ever needed to be counted: components
 * cannot be imported.
 *
 * @internal
 */
export type TypeDefinition =
  | ValueTypeDefinition
  | FunctionTypeDefinition
  | { readonly kind: 'resource'; readonly destructor?: number }
  | { readonly kind: 'instance-type'; readonly declarations: readonly InstanceDeclaration[] }
  | { readonly kind: 'component-type' };

/**
 * What an import or export is declared to be.
 *
 * @internal
 */
export type ExternType =
  | { readonly kind: 'function' | 'type' | 'instance'; readonly type: number }
  | { readonly kind: 'resource' };

/**
 * The sorts of things a component counts, each in an index space of its own.
 *
 * @internal
 */
export type Sort =
  | 'core-function'
  | 'core-table'
  | 'core-memory'
  | 'core-global'
  | 'core-module'
  | 'core-instance'
  | 'function'
  | 'type'
  | 'component'
  | 'instance';

/**
 * Something that a component has already defined, under a name.
 *
 * @internal
 */
export interface NamedReference {
  readonly name: string;
  readonly sort: Sort;
  readonly index: number;
}

/**
 * How values cross a component's border: `memory`, `realloc` and `postReturn` are indices of the core
 * spaces.
 *
 * @internal
 */
export interface CanonicalOptions {
  readonly encoding: 'utf8' | 'utf16' | 'latin1+utf16';
  readonly memory?: number;
  readonly realloc?: number;
  readonly postReturn?: number;
}

/**
 * One definition; instantiation goes through them in order, and most append one entry to the index
 * space of their sort.
 *
 * @internal
 */
export type Definition =
  | { readonly kind: 'core-module'; readonly module: number }
  | {
      readonly kind: 'core-instantiate';
      readonly module: number;
      readonly args: readonly { readonly name: string; readonly instance: number }[];
    }
  | { readonly kind: 'core-exports'; readonly exports: readonly NamedReference[] }
  | { readonly kind: 'component'; readonly component: ComponentDefinition }
  | {
      readonly kind: 'instantiate';
      readonly component: number;
      readonly args: readonly NamedReference[];
    }
  | { readonly kind: 'instance-exports'; readonly exports: readonly NamedReference[] }
  | {
      readonly kind: 'alias-export' | 'alias-core-export';
      readonly sort: Sort;
      readonly instance: number;
      readonly name: string;
    }
  | {
      readonly kind: 'alias-outer';
      readonly sort: 'type' | 'core-module' | 'component';
      readonly count: number;
      readonly index: number;
    }
  | { readonly kind: 'type'; readonly type: TypeDefinition }
  | {
      readonly kind: 'lift';
      readonly coreFunction: number;
      readonly type: number;
      readonly options: CanonicalOptions;
    }
  | { readonly kind: 'lower'; readonly function: number; readonly options: CanonicalOptions }
  | { readonly kind: 'resource-new' | 'resource-drop' | 'resource-rep'; readonly type: number }
  | { readonly kind: 'import'; readonly name: string; readonly extern: ExternType }
  | { readonly kind: 'export'; readonly reference: NamedReference };

/**
 * A parsed component as plain data: what to do, in order, to make an instance of it. Core modules are
 * numbered over the whole file, nested components included.
 *
 * @internal
 */
export interface ComponentDefinition {
  readonly definitions: readonly Definition[];
}

import type { ExternType } from '../../../lib/wasm/component-definition.ts';
import { GuestTrap } from '../../guest-failure.ts';
import type { FunctionType } from './function-type.ts';
import type { RuntimeType, TypeScope } from './runtime-type.ts';
import { evaluateType } from './type-definition-evaluation.ts';
import { runtimeType } from './type-evaluation.ts';

/**
 * What a name that a component imports stands for, without who serves it.
 *
 * @internal
 */
export type ImportShape =
  | { readonly sort: 'function'; readonly type: FunctionType }
  | { readonly sort: 'type'; readonly value: RuntimeType };

type InstanceType = Extract<RuntimeType, { readonly kind: 'instance' }>;

/**
 * What an imported instance is made of.
 *
 * @internal
 */
export interface InstanceShape {
  readonly members: ReadonlyMap<string, ImportShape>;
  /** False where a former life has found the same. */
  readonly isNew: boolean;
}

interface KnownInstance {
  /** The types of the component around it that it was made with. */
  readonly outer: readonly RuntimeType[];
  readonly members: ReadonlyMap<string, ImportShape>;
}

/**
 * Evaluates what a member of an import is declared to be.
 *
 * @throws `GuestTrap`
 * @internal
 */
export function importShape(scope: TypeScope, name: string, extern: ExternType): ImportShape {
  switch (extern.kind) {
    case 'function':
      return { sort: 'function', type: runtimeType(scope, extern.type, 'function').type };
    case 'resource': {
      const resource = { name, owner: undefined, destructor: undefined };
      return { sort: 'type', value: { kind: 'resource', resource } };
    }
    case 'type': {
      const type = scope.types[extern.type];
      if (type === undefined) throw new GuestTrap(`a component has no type ${extern.type}`);
      return { sort: 'type', value: type };
    }
    case 'instance':
      break;
  }
  throw new GuestTrap('an imported instance has an instance inside');
}

function outerType(scope: TypeScope, count: number, index: number): RuntimeType {
  let outer: TypeScope | undefined = scope;
  for (let step = 0; step < count; step++) outer = outer?.parent;
  const type = outer?.types[index];
  if (type === undefined) throw new GuestTrap('a type aliases beyond the outermost component');
  return type;
}

function outerTypes({ declarations, scope }: InstanceType): RuntimeType[] {
  const inside: TypeScope = { types: [], parent: scope };
  return declarations.flatMap((declaration) =>
    declaration.kind === 'outer' && declaration.count > 0
      ? [outerType(inside, declaration.count, declaration.index)]
      : [],
  );
}

/** Such a type keeps the scope it was met in, and with it the life that the scope is of. */
const keepsItsScope = (type: RuntimeType): boolean =>
  type.kind === 'instance' || type.kind === 'component';

/**
 * The types of what one component imports, evaluated once for all its lives as long as they are the same: a
 * type is known by its identity, and one that is made of the same types of the host is the same.
 *
 * @internal
 */
export class ImportShapes {
  readonly #known = new Map<string, KnownInstance>();

  /**
   * @param name - of the import, which a component has but once.
   * @throws `GuestTrap`
   */
  of(name: string, type: InstanceType): InstanceShape {
    const outer = outerTypes(type);
    const known = this.#known.get(name);
    const isSame = known?.outer.every((each, index) => each === outer[index]);
    if (known !== undefined && isSame === true) return { members: known.members, isNew: false };
    const types: RuntimeType[] = [];
    const members = evaluated(type, types);
    if (!types.some(keepsItsScope)) this.#known.set(name, { outer, members });
    return { members, isNew: true };
  }
}

function evaluated(
  { declarations, scope: parent }: InstanceType,
  types: RuntimeType[],
): ReadonlyMap<string, ImportShape> {
  const scope: TypeScope = { types, parent };
  const members = new Map<string, ImportShape>();
  for (const declaration of declarations) {
    switch (declaration.kind) {
      case 'type':
        types.push(evaluateType(scope, declaration.type, undefined, undefined));
        break;
      case 'outer':
        types.push(outerType(scope, declaration.count, declaration.index));
        break;
      case 'export': {
        const shape = importShape(scope, declaration.name, declaration.extern);
        if (shape.sort === 'type') types.push(shape.value);
        members.set(declaration.name, shape);
      }
    }
  }
  return members;
}

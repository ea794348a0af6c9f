import type { ExternType } from '../../../lib/wasm/component-definition.ts';
import { GuestTrap } from '../../guest-failure.ts';
import type { ComponentInstance } from './component-instance.ts';
import { hostFunction } from './host-function.ts';
import type { HostImports } from './host-imports.ts';
import type { RuntimeExtern } from './runtime-scope.ts';
import type { RuntimeType, TypeScope } from './runtime-type.ts';
import { evaluateType } from './type-definition-evaluation.ts';
import { runtimeType } from './type-evaluation.ts';

/**
 * What the outermost component imports: functions of the host, and types that the host leaves open.
 *
 * @internal
 */
export function hostExtern(
  imports: HostImports,
  instance: ComponentInstance,
  scope: TypeScope,
  name: string,
  extern: ExternType,
): RuntimeExtern {
  if (extern.kind !== 'instance') return plainExtern(imports, scope, ['', name], extern);
  const type = runtimeType(scope, extern.type, 'instance');
  return { sort: 'instance', value: hostInstance(imports, instance, name, type) };
}

type InstanceType = Extract<RuntimeType, { readonly kind: 'instance' }>;

function plainExtern(
  imports: HostImports,
  scope: TypeScope,
  [interfaceName, name]: readonly [interfaceName: string, name: string],
  extern: ExternType,
): RuntimeExtern {
  switch (extern.kind) {
    case 'function': {
      const { type } = runtimeType(scope, extern.type, 'function');
      return { sort: 'function', value: hostFunction(imports, interfaceName, name, type) };
    }
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

function hostInstance(
  imports: HostImports,
  instance: ComponentInstance,
  interfaceName: string,
  type: InstanceType,
): ReadonlyMap<string, RuntimeExtern> {
  const types: RuntimeType[] = [];
  const scope: TypeScope = { types, parent: type.scope };
  const exports = new Map<string, RuntimeExtern>();
  for (const declaration of type.declarations) {
    switch (declaration.kind) {
      case 'type':
        types.push(evaluateType(scope, declaration.type, instance, undefined));
        break;
      case 'outer':
        types.push(outerType(scope, declaration.count, declaration.index));
        break;
      case 'export': {
        const { name } = declaration;
        const extern = plainExtern(imports, scope, [interfaceName, name], declaration.extern);
        if (extern.sort === 'type') types.push(extern.value);
        exports.set(name, extern);
      }
    }
  }
  return exports;
}

import type { TypeDefinition } from '../../../lib/wasm/component-definition.ts';
import { GuestTrap } from '../../guest-failure.ts';
import type { ComponentInstance } from './component-instance.ts';
import type { CoreFunction } from './lift-function.ts';
import type { RuntimeType, TypeScope } from './runtime-type.ts';
import { evaluateFunctionType, evaluateValueType } from './type-evaluation.ts';

/**
 * Makes what a type definition stands for in one instance.
 *
 * @param owner - the instance that defines it; undefined where a type cannot define a resource.
 * @param coreFunctions - finds a destructor; undefined where a type cannot define a resource.
 * @internal
 */
export function evaluateType(
  scope: TypeScope,
  type: TypeDefinition,
  owner: ComponentInstance | undefined,
  coreFunctions: ((index: number) => CoreFunction) | undefined,
): RuntimeType {
  if (type.kind === 'function')
    return { kind: 'function', type: evaluateFunctionType(scope, type) };
  if (type.kind === 'instance-type') {
    return { kind: 'instance', declarations: type.declarations, scope };
  }
  if (type.kind === 'component-type') return { kind: 'component' };
  if (type.kind !== 'resource') return { kind: 'value', codec: evaluateValueType(scope, type) };
  if (coreFunctions === undefined) throw new GuestTrap('a type defines a resource');
  const destructor = type.destructor === undefined ? undefined : coreFunctions(type.destructor);
  return { kind: 'resource', resource: { name: 'resource', owner, destructor } };
}

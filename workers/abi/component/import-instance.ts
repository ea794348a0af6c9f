import type { ExternType } from '../../../lib/wasm/component-definition.ts';
import type { HostImports } from './host-imports.ts';
import { type ImportShape, type ImportShapes, importShape } from './import-shapes.ts';
import { ImportedFunction } from './imported-function.ts';
import type { RuntimeExtern } from './runtime-scope.ts';
import type { TypeScope } from './runtime-type.ts';
import { runtimeType } from './type-evaluation.ts';

/**
 * What the outermost component imports: functions of the host, and types that the host leaves open.
 *
 * @throws `GuestTrap` naming an import that nobody serves, in the first life that it is found in.
 * @internal
 */
export function hostExtern(
  imports: HostImports,
  shapes: ImportShapes,
  scope: TypeScope,
  name: string,
  extern: ExternType,
): RuntimeExtern {
  if (extern.kind !== 'instance') {
    return externOf(imports, '', name, importShape(scope, name, extern), true);
  }
  const { members, isNew } = shapes.of(name, runtimeType(scope, extern.type, 'instance'));
  const exports = new Map<string, RuntimeExtern>();
  for (const [member, shape] of members) {
    exports.set(member, externOf(imports, name, member, shape, isNew));
  }
  return { sort: 'instance', value: exports };
}

function externOf(
  imports: HostImports,
  interfaceName: string,
  name: string,
  shape: ImportShape,
  isNew: boolean,
): RuntimeExtern {
  if (shape.sort === 'type') return shape;
  const value = new ImportedFunction(imports, interfaceName, name, shape.type);
  if (isNew) value.find();
  return { sort: 'function', value };
}

import { ASSEMBLYSCRIPT_MODULE } from '../../../lib/wasm/assemblyscript-functions.ts';
import { isPreview1Name, PREVIEW1_MODULE } from '../../../lib/wasm/preview1-functions.ts';
import { isWapcName, WAPC_MODULE, type WapcName } from '../../../lib/wasm/wapc-functions.ts';
import { ownImports } from '../../fuel-tank.ts';
import { GuestTrap } from '../../guest-failure.ts';
import { asGuestFailure } from '../core/as-guest-failure.ts';
import { assemblyScriptFunction } from '../core/assemblyscript-imports.ts';
import type { GuestFate } from '../wasi/guest-fate.ts';
import { preview1Function } from '../wasi/preview1-imports.ts';
import type { WasiContext } from '../wasi/wasi-context.ts';
import { WAPC_CALLS } from './wapc-calls.ts';
import type { WapcContext } from './wapc-context.ts';

/**
 * The import object of a waPC guest: exactly what it asks for, of waPC, of preview 1 and of what
 * AssemblyScript expects.
 *
 * @throws `GuestTrap` naming the first import that is not served; admission has refused it before.
 * @internal
 */
export function wapcImports(
  module: WebAssembly.Module,
  context: WapcContext,
  wasi: WasiContext,
  fate: GuestFate,
): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = Object.create(null);
  for (const { module: from, name, kind } of ownImports(module, context.host.fuel)) {
    const served = kind === 'function' ? servedImport(from, name, context, wasi, fate) : undefined;
    if (served === undefined) throw new GuestTrap(`the import "${from}" "${name}" is not served`);
    const members = (imports[from] ??= Object.create(null) as Record<
      string,
      WebAssembly.ImportValue
    >);
    members[name] ??= served;
  }
  return imports;
}

function servedImport(
  from: string,
  name: string,
  context: WapcContext,
  wasi: WasiContext,
  fate: GuestFate,
): WebAssembly.ImportValue | undefined {
  if (from === WAPC_MODULE && isWapcName(name)) return wapcFunction(name, context, fate);
  if (from === PREVIEW1_MODULE && isPreview1Name(name)) return preview1Function(name, wasi, fate);
  if (from !== ASSEMBLYSCRIPT_MODULE) return undefined;
  return assemblyScriptFunction(name, context.host, context.memory, fate);
}

function wapcFunction(
  name: WapcName,
  context: WapcContext,
  fate: GuestFate,
): (...raw: readonly unknown[]) => number | void {
  const call = WAPC_CALLS[name];
  return (...raw) => {
    fate.check();
    try {
      // Wasm hands integers over as signed; pointers from 2 GiB on would be negative.
      return call(context, ...raw.map((value) => Number(value) >>> 0));
    } catch (error) {
      return fate.end(asGuestFailure(error));
    }
  };
}

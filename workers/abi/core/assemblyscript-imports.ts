import {
  ASSEMBLYSCRIPT_FUNCTIONS,
  ASSEMBLYSCRIPT_MODULE,
} from '../../../lib/wasm/assemblyscript-functions.ts';
import { ownImports } from '../../fuel-tank.ts';
import type { GuestHost } from '../../guest.ts';
import { GuestTrap } from '../../guest-failure.ts';
import type { GuestFate } from '../wasi/guest-fate.ts';
import { asGuestFailure } from './as-guest-failure.ts';
import { ASSEMBLYSCRIPT_CALLS } from './assemblyscript-calls.ts';
import type { ExportedMemory } from './exported-memory.ts';

/**
 * The import object of a core module: exactly what it asks for, and only of what the compiler of
 * AssemblyScript expects.
 *
 * @throws `GuestTrap` naming the first import that is not served; admission has refused it before.
 * @internal
 */
export function assemblyScriptImports(
  module: WebAssembly.Module,
  host: GuestHost,
  memory: ExportedMemory,
  fate: GuestFate,
): WebAssembly.Imports {
  const functions: Record<string, WebAssembly.ImportValue> = Object.create(null);
  for (const { module: from, name, kind } of ownImports(module, host.fuel)) {
    const isOurs = kind === 'function' && from === ASSEMBLYSCRIPT_MODULE;
    const served = isOurs ? assemblyScriptFunction(name, host, memory, fate) : undefined;
    if (served === undefined) throw new GuestTrap(`the import "${from}" "${name}" is not served`);
    functions[name] ??= served;
  }
  const imports: WebAssembly.Imports = Object.create(null);
  imports[ASSEMBLYSCRIPT_MODULE] = functions;
  return imports;
}

/**
 * One of these functions, also for guests of another ABI that import it beside their own.
 *
 * @returns `undefined` for one that is not served.
 * @internal
 */
export function assemblyScriptFunction(
  name: string,
  host: GuestHost,
  memory: ExportedMemory,
  fate: GuestFate,
): ((...raw: readonly unknown[]) => number | void) | undefined {
  const call = ASSEMBLYSCRIPT_CALLS.get(name);
  const params = ASSEMBLYSCRIPT_FUNCTIONS.get(name)?.params;
  if (call === undefined || params === undefined) return undefined;
  return (...raw) => {
    fate.check();
    try {
      const args = params.map((type, index) => typed(name, type, raw[index]));
      return call({ host, memory }, ...args);
    } catch (error) {
      return fate.end(asGuestFailure(error));
    }
  };
}

/** Wasm hands integers over as signed; pointers from 2 GiB on would be negative. */
function typed(name: string, type: string, value: unknown): number {
  if (typeof value === 'number') return type === 'i32' ? value >>> 0 : value;
  throw new GuestTrap(`the import "${name}" was declared with another type`);
}

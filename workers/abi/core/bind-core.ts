import type { AdmittedModule } from '../../../lib/wasm/admitted-module.ts';
import type { Guest, GuestHost } from '../../guest.ts';
import { GuestTrap } from '../../guest-failure.ts';
import { concludes, GuestFate } from '../wasi/guest-fate.ts';
import { assemblyScriptImports } from './assemblyscript-imports.ts';
import { CoreExports } from './core-exports.ts';
import { ExportedMemory } from './exported-memory.ts';
import { instantiate } from './instantiate.ts';

/**
 * Binds a module that imports nothing, or what the compiler of AssemblyScript expects, and initialises it
 * if it exports `_initialize`.
 *
 * @throws `GuestTrap` for any other import; admission has refused it before. Whatever initialising ends
 * with.
 * @internal
 */
export function bindCore(
  admitted: AdmittedModule,
  modules: readonly WebAssembly.Module[],
  host: GuestHost,
): Guest {
  const module = modules[0];
  if (module === undefined) throw new GuestTrap('there is no module to bind');
  const memory = new ExportedMemory();
  const fate = new GuestFate();
  const imports = assemblyScriptImports(module, host, memory, fate);
  const instance = instantiate(module, imports, host.fuel);
  fate.check();
  memory.attach(instance.exports['memory']);
  const exports = new CoreExports(admitted, instance);
  concludes(fate, () => exports.initialize());
  return {
    invoke: (exportName, args) => {
      fate.check();
      return concludes(fate, () => exports.invoke(exportName, args));
    },
    memoryBytes: () => exports.memoryBytes(),
  };
}

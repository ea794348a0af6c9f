import type { AdmittedModule } from '../../../lib/wasm/admitted-module.ts';
import type { Guest, GuestHost } from '../../guest.ts';
import { GuestTrap } from '../../guest-failure.ts';
import { CoreExports } from './core-exports.ts';
import { instantiate } from './instantiate.ts';

/**
 * Binds a module that imports nothing, and initialises it if it exports `_initialize`.
 *
 * @throws `GuestTrap` for any import; admission has refused it before. Whatever initialising ends with.
 * @internal
 */
export function bindCore(
  admitted: AdmittedModule,
  modules: readonly WebAssembly.Module[],
  _host: GuestHost,
): Guest {
  const module = modules[0];
  if (module === undefined) throw new GuestTrap('there is no module to bind');
  const [wanted] = WebAssembly.Module.imports(module);
  if (wanted !== undefined) {
    throw new GuestTrap(`the import "${wanted.module}" "${wanted.name}" is not served`);
  }
  const exports = new CoreExports(admitted, instantiate(module, Object.create(null)));
  exports.initialize();
  return {
    invoke: (exportName, args) => exports.invoke(exportName, args),
    memoryBytes: () => exports.memoryBytes(),
  };
}

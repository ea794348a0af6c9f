import type { AdmittedModule } from '../../../lib/wasm/admitted-module.ts';
import type { Guest, GuestHost } from '../../guest.ts';
import { BadArguments, GuestExit, GuestTrap } from '../../guest-failure.ts';
import { CoreExports } from '../core/core-exports.ts';
import { ExportedMemory } from '../core/exported-memory.ts';
import { instantiate } from '../core/instantiate.ts';
import { DescriptorTable } from './descriptors.ts';
import { FileSystem } from './file-system.ts';
import { concludes, GuestFate } from './guest-fate.ts';
import { GuestMemory } from './guest-memory.ts';
import { addInitialFiles } from './initial-files.ts';
import { preview1Imports } from './preview1-imports.ts';
import { StandardInput } from './standard-input.ts';
import type { WasiContext } from './wasi-context.ts';

const utf8 = new TextEncoder();

/**
 * Binds a guest of WASI preview 1. Nothing of the host is behind it: the file system is a tree in
 * memory with one preopened directory `/`, standard streams end in `host`, and there are no sockets.
 * A reactor is initialised here; a command is run by `Guest.run`.
 *
 * @throws `GuestTrap` for an import that is not served, `GuestExit` if initialising ends the guest,
 * `BadArguments` for a path of `host.wasi.files` that cannot be made, and whatever traps.
 * @internal
 */
export function bindWasi(
  admitted: AdmittedModule,
  modules: readonly WebAssembly.Module[],
  host: GuestHost,
): Guest {
  const module = modules[0];
  if (module === undefined) throw new GuestTrap('there is no module to bind');
  const context = openContext(host);
  const fate = new GuestFate();
  const text = new ExportedMemory();
  const instance = instantiate(module, preview1Imports(module, context, fate, text), host.fuel);
  fate.check();
  context.memory.attach(instance.exports['memory']);
  text.attach(instance.exports['memory']);
  const exports = new CoreExports(admitted, instance);
  if (admitted.life === 'command') return commandGuest(exports, fate);
  exports.initialize();
  fate.check();
  return reactorGuest(exports, fate);
}

function commandGuest(exports: CoreExports, fate: GuestFate): Guest {
  return {
    run() {
      try {
        concludes(fate, () => exports.run('_start'));
        return 0;
      } catch (error) {
        if (error instanceof GuestExit) return error.exitCode;
        throw error;
      }
    },
    invoke() {
      throw new BadArguments('exportName', 'a command runs by itself and is not called');
    },
    memoryBytes: () => exports.memoryBytes(),
  };
}

function reactorGuest(exports: CoreExports, fate: GuestFate): Guest {
  return {
    invoke: (exportName, args) => {
      fate.check();
      return concludes(fate, () => exports.invoke(exportName, args));
    },
    memoryBytes: () => exports.memoryBytes(),
  };
}

/**
 * What the calls of one guest share: its file system, descriptors, arguments and environment.
 *
 * @throws `BadArguments` for a path of `host.wasi.files` that cannot be made.
 * @internal
 */
export function openContext(host: GuestHost): WasiContext {
  const files = new FileSystem(host.wasi.scratchBytes, () => host.wallClockNs());
  addInitialFiles(files, host.wasi.files);
  return {
    host,
    files,
    memory: new GuestMemory(),
    descriptors: new DescriptorTable(files),
    stdin: new StandardInput(host.wasi.stdin),
    args: host.wasi.args.map((arg) => utf8.encode(`${arg}\0`)),
    environ: Object.entries(host.wasi.env).map(([name, value]) =>
      utf8.encode(`${name}=${value}\0`),
    ),
  };
}

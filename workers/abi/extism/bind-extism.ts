import type { AdmittedModule, ExportFact } from '../../../lib/wasm/admitted-module.ts';
import { extismExportProblem } from '../../../lib/wasm/extism-functions.ts';
import type { Guest, GuestHost } from '../../guest.ts';
import { BadArguments, GuestError, GuestTrap, PayloadTooLarge } from '../../guest-failure.ts';
import { CoreExports } from '../core/core-exports.ts';
import { instantiate } from '../core/instantiate.ts';
import { openContext } from '../wasi/bind-wasi.ts';
import { concludes, GuestFate } from '../wasi/guest-fate.ts';
import { extismImports } from './extism-imports.ts';
import { PluginContext } from './plugin-context.ts';
import { pluginInput } from './plugin-input.ts';

/**
 * Binds an Extism plug-in and initialises the runtime that it was compiled with. Each call begins with
 * an empty kernel memory that holds only its input, and gives all of it back at its end.
 *
 * @throws as `bindWasi` does.
 * @internal
 */
export function bindExtism(
  admitted: AdmittedModule,
  modules: readonly WebAssembly.Module[],
  host: GuestHost,
): Guest {
  const module = modules[0];
  if (module === undefined) throw new GuestTrap('there is no module to bind');
  const plugin = new PluginContext(host);
  const wasi = openContext(host);
  const fate = new GuestFate();
  const instance = instantiate(module, extismImports(module, plugin, wasi, fate), host.fuel);
  fate.check();
  wasi.memory.attach(instance.exports['memory']);
  const exports = new CoreExports(admitted, instance);
  const facts = functionFacts(admitted);
  for (const name of initialisers(facts)) concludes(fate, () => exports.run(name));
  if (plugin.failure !== undefined) throw new GuestTrap(plugin.failure);
  plugin.clear();
  return {
    invoke(exportName, args) {
      fate.check();
      const fact = facts.get(exportName);
      const problem = fact === undefined ? 'is not exported' : extismExportProblem(fact);
      if (problem !== undefined) throw new BadArguments('exportName', problem);
      plugin.begin(pluginInput(args, host.limits.payloadBytes));
      try {
        const code = concludes(fate, () => exports.run(exportName));
        return outputOf(plugin, typeof code === 'number' ? code : 0);
      } finally {
        plugin.clear();
      }
    },
    memoryBytes: () => exports.memoryBytes() + plugin.heap.heldBytes,
  };
}

function functionFacts({ exports }: AdmittedModule): ReadonlyMap<string, ExportFact> {
  return new Map(
    exports.filter(({ kind }) => kind === 'function').map((fact) => [fact.name, fact]),
  );
}

/**
 * What has to run before the first call, as Extism's hosts do it: Haskell's runtime after the reactor's
 * own; the constructors of a command, whose `_start` is a function like any other here; or a reactor's.
 */
function initialisers(facts: ReadonlyMap<string, ExportFact>): readonly string[] {
  const isPlain = (name: string): boolean => {
    const fact = facts.get(name);
    return fact !== undefined && fact.params?.length === 0 && fact.results?.length === 0;
  };
  if (facts.has('hs_init'))
    return isPlain('_initialize') ? ['_initialize', 'hs_init'] : ['hs_init'];
  return ['__wasm_call_ctors', '_initialize'].filter(isPlain).slice(0, 1);
}

/** The output, unless the plug-in has set an error, the host could not serve it, or it says so itself. */
function outputOf(plugin: PluginContext, code: number): Uint8Array {
  const error = plugin.errorText() ?? plugin.failure;
  if (error !== undefined) throw new GuestError(error);
  if (code !== 0) throw new GuestError(`exit code ${code}`);
  const { offset, length } = plugin.output;
  const { payloadBytes } = plugin.host.limits;
  if (length > payloadBytes) throw new PayloadTooLarge('result', payloadBytes);
  return plugin.heap.range(offset, length)?.slice() ?? new Uint8Array(0);
}

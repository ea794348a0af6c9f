import {
  EXTISM_SIGNATURES,
  type ExtismName,
  isExtismName,
} from '../../../lib/wasm/extism-functions.ts';
import { EXTISM_MODULE, HOST_FUNCTION_MODULE } from '../../../lib/wasm/extism-modules.ts';
import { isPreview1Name, PREVIEW1_MODULE } from '../../../lib/wasm/preview1-functions.ts';
import { ownImports } from '../../fuel-tank.ts';
import { GuestTrap } from '../../guest-failure.ts';
import { asGuestFailure } from '../core/as-guest-failure.ts';
import type { GuestFate } from '../wasi/guest-fate.ts';
import { preview1Function } from '../wasi/preview1-imports.ts';
import type { WasiContext } from '../wasi/wasi-context.ts';
import { exchangeCalls } from './exchange-calls.ts';
import type { ExtismCalls } from './extism-calls.ts';
import { hostFunctionCall } from './host-function-call.ts';
import { httpCalls } from './http-calls.ts';
import { logCalls } from './log-calls.ts';
import { memoryCalls } from './memory-calls.ts';
import type { PluginContext } from './plugin-context.ts';
import { stateCalls } from './state-calls.ts';

const CALLS: ExtismCalls = {
  ...memoryCalls,
  ...exchangeCalls,
  ...stateCalls,
  ...httpCalls,
  ...logCalls,
};

type AnyCall = (
  context: PluginContext,
  ...args: readonly (number | bigint)[]
) => number | bigint | undefined;

/**
 * The import object of a plug-in: exactly what it asks for, of the kernel, of host functions and of
 * preview 1.
 *
 * @throws `GuestTrap` naming the first import that is not served; admission has refused it before.
 * @internal
 */
export function extismImports(
  module: WebAssembly.Module,
  plugin: PluginContext,
  wasi: WasiContext,
  fate: GuestFate,
): WebAssembly.Imports {
  const kernel: Record<string, WebAssembly.ImportValue> = Object.create(null);
  const hostFunctions: Record<string, WebAssembly.ImportValue> = Object.create(null);
  const preview1: Record<string, WebAssembly.ImportValue> = Object.create(null);
  for (const { module: from, name, kind } of ownImports(module, plugin.host.fuel)) {
    if (kind === 'function' && from === EXTISM_MODULE && isExtismName(name)) {
      kernel[name] ??= kernelFunction(name, plugin, fate);
    } else if (kind === 'function' && from === HOST_FUNCTION_MODULE) {
      hostFunctions[name] ??= hostFunction(name, plugin, fate);
    } else if (kind === 'function' && from === PREVIEW1_MODULE && isPreview1Name(name)) {
      preview1[name] ??= preview1Function(name, wasi, fate);
    } else {
      throw new GuestTrap(`the import "${from}" "${name}" is not served`);
    }
  }
  const imports: WebAssembly.Imports = Object.create(null);
  imports[EXTISM_MODULE] = kernel;
  imports[HOST_FUNCTION_MODULE] = hostFunctions;
  imports[PREVIEW1_MODULE] = preview1;
  return imports;
}

function kernelFunction(
  name: ExtismName,
  plugin: PluginContext,
  fate: GuestFate,
): (...raw: readonly unknown[]) => number | bigint | undefined {
  const params: readonly string[] = EXTISM_SIGNATURES[name].params;
  const call = CALLS[name] as AnyCall;
  return (...raw) => {
    fate.check();
    try {
      return call(plugin, ...params.map((type, index) => typed(name, type, raw[index])));
    } catch (error) {
      return fate.end(asGuestFailure(error));
    }
  };
}

/** Whatever its signature: the engine leaves a result out where none is wanted. */
function hostFunction(
  name: string,
  plugin: PluginContext,
  fate: GuestFate,
): (...raw: readonly unknown[]) => bigint {
  return (...raw) => {
    fate.check();
    try {
      return hostFunctionCall(
        plugin,
        name,
        raw.map((value) => typed(name, 'i64', value) as bigint),
      );
    } catch (error) {
      return fate.end(asGuestFailure(error));
    }
  };
}

function typed(name: string, type: string, value: unknown): number | bigint {
  if (type === 'i32' && typeof value === 'number') return value;
  if (type === 'i64' && typeof value === 'bigint') return value;
  throw new GuestTrap(`the import "${name}" was declared with another type`);
}

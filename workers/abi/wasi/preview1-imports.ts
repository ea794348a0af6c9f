import { ASSEMBLYSCRIPT_MODULE } from '../../../lib/wasm/assemblyscript-functions.ts';
import {
  isPreview1Name,
  PREVIEW1_MODULE,
  PREVIEW1_PARAMS,
  type Preview1Name,
} from '../../../lib/wasm/preview1-functions.ts';
import { ownImports } from '../../fuel-tank.ts';
import { GuestTrap } from '../../guest-failure.ts';
import { asGuestFailure } from '../core/as-guest-failure.ts';
import { assemblyScriptFunction } from '../core/assemblyscript-imports.ts';
import { ExportedMemory } from '../core/exported-memory.ts';
import { clockCalls } from './calls/clock-calls.ts';
import { fdIoCalls } from './calls/fd-io-calls.ts';
import { fdStatusCalls } from './calls/fd-status-calls.ts';
import { fdTableCalls } from './calls/fd-table-calls.ts';
import { pathCalls } from './calls/path-calls.ts';
import { pathLinkCalls } from './calls/path-link-calls.ts';
import { pathOpenCall } from './calls/path-open-call.ts';
import { pollCall } from './calls/poll-call.ts';
import { processCalls } from './calls/process-calls.ts';
import { socketCalls } from './calls/socket-calls.ts';
import { ERRNO, WasiFailure } from './errno.ts';
import type { GuestFate } from './guest-fate.ts';
import type { Preview1Calls, WasiContext } from './wasi-context.ts';

const CALLS: Preview1Calls = {
  ...processCalls,
  ...clockCalls,
  ...fdIoCalls,
  ...fdStatusCalls,
  ...fdTableCalls,
  ...pathCalls,
  ...pathLinkCalls,
  ...pathOpenCall,
  ...pollCall,
  ...socketCalls,
};

type AnyCall = (context: WasiContext, ...args: readonly (number | bigint)[]) => void;

/**
 * The import object of a module: exactly what it asks for, and only of preview 1 and of what the compiler of
 * AssemblyScript expects.
 *
 * @param text - the guest's memory, where AssemblyScript keeps what it says.
 * @throws `GuestTrap` naming the first import that is not served; admission has refused it before.
 * @internal
 */
export function preview1Imports(
  module: WebAssembly.Module,
  context: WasiContext,
  fate: GuestFate,
  text: ExportedMemory = new ExportedMemory(),
): WebAssembly.Imports {
  const preview1: Record<string, WebAssembly.ImportValue> = Object.create(null);
  const others: Record<string, WebAssembly.ImportValue> = Object.create(null);
  for (const { module: from, name, kind } of ownImports(module, context.host.fuel)) {
    if (from === PREVIEW1_MODULE && kind === 'function' && isPreview1Name(name)) {
      preview1[name] ??= preview1Function(name, context, fate);
      continue;
    }
    const isOther = from === ASSEMBLYSCRIPT_MODULE && kind === 'function';
    const other = isOther ? assemblyScriptFunction(name, context.host, text, fate) : undefined;
    if (other === undefined) throw new GuestTrap(`the import "${from}" "${name}" is not served`);
    others[name] ??= other;
  }
  const imports: WebAssembly.Imports = Object.create(null);
  imports[PREVIEW1_MODULE] = preview1;
  imports[ASSEMBLYSCRIPT_MODULE] = others;
  return imports;
}

/**
 * One function of preview 1, also for guests of another ABI that import it beside their own.
 *
 * @internal
 */
export function preview1Function(
  name: Preview1Name,
  context: WasiContext,
  fate: GuestFate,
): (...raw: readonly unknown[]) => number {
  const params: readonly string[] = PREVIEW1_PARAMS[name];
  const call = CALLS[name] as AnyCall;
  return (...raw) => {
    fate.check();
    try {
      call(context, ...params.map((type, index) => unsigned(name, type, raw[index])));
      return ERRNO.success;
    } catch (error) {
      if (error instanceof WasiFailure) return error.errno;
      return fate.end(asGuestFailure(error));
    }
  };
}

/** Wasm hands integers over as signed; pointers and lengths from 2 GiB on would be negative. */
function unsigned(name: string, type: string, value: unknown): number | bigint {
  if (type === 'i32' && typeof value === 'number') return value >>> 0;
  if (type === 'i64' && typeof value === 'bigint') return BigInt.asUintN(64, value);
  throw new GuestTrap(`the import "${name}" was declared with another type`);
}

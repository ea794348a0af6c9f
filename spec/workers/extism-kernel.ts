import { EXTISM_SIGNATURES, type ExtismName } from '../../lib/wasm/extism-functions.ts';
import { EXTISM_MODULE } from '../../lib/wasm/extism-modules.ts';
import { extismImports } from '../../workers/abi/extism/extism-imports.ts';
import { PluginContext } from '../../workers/abi/extism/plugin-context.ts';
import { openContext } from '../../workers/abi/wasi/bind-wasi.ts';
import { GuestFate } from '../../workers/abi/wasi/guest-fate.ts';
import type { GuestHost } from '../../workers/guest.ts';
import { wat } from '../guests/guest-file.ts';

const NAMES = Object.keys(EXTISM_SIGNATURES) as ExtismName[];

function importText(name: ExtismName): string {
  const { params, results } = EXTISM_SIGNATURES[name];
  const given = params.length === 0 ? '' : `(param ${params.join(' ')})`;
  const taken = results.length === 0 ? '' : `(result ${results.join(' ')})`;
  return `(import "${EXTISM_MODULE}" "${name}" (func ${given} ${taken}))`;
}

/** A module that imports every function of the kernel. */
const everyImport = wat(`(module ${NAMES.map(importText).join('\n')})`);

/** The kernel's functions as a guest calls them, without a guest. */
export interface Kernel {
  readonly plugin: PluginContext;
  call(name: ExtismName, ...args: readonly (number | bigint)[]): number | bigint | undefined;
  /** A block with this content. */
  give(content: string | Uint8Array): bigint;
  /** The content of a block. */
  text(handle: number | bigint | undefined): string;
}

export function kernelOf(host: GuestHost, input = ''): Kernel {
  const plugin = new PluginContext(host);
  const module = new WebAssembly.Module(everyImport);
  const imports = extismImports(module, plugin, openContext(host), new GuestFate());
  const functions = imports[EXTISM_MODULE] as Record<string, (...args: unknown[]) => never>;
  plugin.begin(Buffer.from(input));
  return {
    plugin,
    call: (name, ...args) => (functions[name] as (...args: unknown[]) => never)(...args),
    give: (content) => BigInt(plugin.heap.store(Buffer.from(content as string))),
    text: (handle) => Buffer.from(plugin.bytesOf(handle as bigint)).toString(),
  };
}

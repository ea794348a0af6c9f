import { invalidField } from '../core/errors.ts';
import type { AbiName } from './admitted-module.ts';
import type { CoreModuleFacts } from './core-module.ts';
import { EXTISM_MODULE, HOST_FUNCTION_MODULE } from './extism-modules.ts';
import { PREVIEW1_MODULE } from './preview1-functions.ts';
import { WAPC_MODULE } from './wapc-functions.ts';

/** The import module names that decide; Extism and waPC guests may import WASI beside them. */
const DECIDING_IMPORTS: readonly (readonly [module: string, abi: AbiName])[] = [
  [EXTISM_MODULE, 'extism'],
  [HOST_FUNCTION_MODULE, 'extism'],
  [WAPC_MODULE, 'wapc'],
  [PREVIEW1_MODULE, 'wasi'],
];

/**
 * Whether bytes are a component or a core module, by their first eight.
 *
 * @throws `INVALID_REQUEST` with field `module` if they are neither.
 * @internal
 */
export function binaryKind(bytes: Uint8Array): 'component' | 'core' {
  if (bytes.length === 0) throw invalidField('module', 'empty');
  const [nul, a, s, m, low, high, layer, rest] = bytes;
  if (bytes.length < 8 || nul !== 0 || a !== 0x61 || s !== 0x73 || m !== 0x6d) {
    throw invalidField('module', 'not a WebAssembly module');
  }
  if (high === 0 && rest === 0) {
    if (low === 1 && layer === 0) return 'core';
    if (low === 13 && layer === 1) return 'component';
  }
  throw invalidField('module', 'a WebAssembly binary of an unknown version');
}

/**
 * Finds out which ABI a core module was written for.
 *
 * @internal
 */
export function detectCoreAbi(facts: Pick<CoreModuleFacts, 'imports' | 'exports'>): AbiName {
  const modules = new Set(facts.imports.map(({ module }) => module));
  const decided = DECIDING_IMPORTS.find(([module]) => modules.has(module));
  if (decided !== undefined) return decided[1];
  const hasStart = facts.exports.some(({ name, kind }) => kind === 'function' && name === '_start');
  return hasStart && modules.size === 0 ? 'wasi' : 'core';
}

/**
 * Settles on the ABI: the one that was asked for, if it fits, or the one detected.
 *
 * @param hasImports - a core module without any fits both `wasi` and `core`.
 * @throws `INVALID_REQUEST` with field `abi` if it does not fit.
 * @internal
 */
export function chooseAbi(
  requested: 'auto' | AbiName,
  detected: AbiName,
  hasImports: boolean,
): AbiName {
  const abi = requested === 'auto' ? detected : requested;
  if (abi !== detected && !isInterchangeable(abi, detected, hasImports)) {
    throw invalidField('abi', `the module is of abi ${detected}, not ${abi}`, { abi, detected });
  }
  return abi;
}

/** What a module of unknown imports is called does not matter: it is refused for the imports. */
function isInterchangeable(abi: AbiName, detected: AbiName, hasImports: boolean): boolean {
  if (abi === 'wasi') return detected === 'core';
  return abi === 'core' && detected === 'wasi' && !hasImports;
}

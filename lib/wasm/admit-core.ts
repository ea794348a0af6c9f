import { chooseAbi, detectCoreAbi } from './abi-detection.ts';
import { type AdmissionLimits, capToLimits, type EngineCounts } from './admit-limits.ts';
import type { AbiName, AdmittedModule } from './admitted-module.ts';
import { isShared } from './core-limits.ts';
import type { CoreExport, CoreModuleFacts } from './core-module.ts';
import { readCoreModule } from './core-module-reader.ts';
import { refusedExport, refusedFeature } from './core-refusals.ts';
import { checkCoreImports } from './import-manifest.ts';
import { isGuestCall, WAPC_CALL } from './wapc-functions.ts';

/**
 * What admission makes of a module's bytes.
 *
 * @internal
 */
export interface Admission {
  readonly admitted: Omit<AdmittedModule, 'sha256'>;
  /** The core modules to compile, capped, in the order of the component's definition. */
  readonly coreModules: Uint8Array[];
  readonly counts: EngineCounts;
}

/**
 * Admits a core module.
 *
 * @throws `INVALID_REQUEST`, `VALIDATION_ERROR` or `WASM_RUNTIME_ERROR`.
 * @internal
 */
export function admitCore(
  bytes: Uint8Array,
  requested: 'auto' | AbiName,
  limits: AdmissionLimits,
): Admission {
  const facts = readCoreModule(bytes, limits.allowed);
  const abi = chooseAbi(requested, detectCoreAbi(facts), facts.imports.length > 0);
  for (const check of coreChecks(abi, facts)) check();
  const served = checkCoreImports(abi, facts.imports);
  const { coreModules, counts, ...memory } = capToLimits([{ facts, bytes, copies: 1 }], limits);
  return {
    admitted: {
      sizeBytes: bytes.length,
      abi,
      life: abi === 'wasi' && exportsStart(facts) ? 'command' : 'reactor',
      imports: facts.imports.map(({ module, name, kind }) => ({ module, name, kind })),
      exports: facts.exports.map(exportFact),
      ...served,
      ...memory,
    },
    coreModules,
    counts,
  };
}

/**
 * What an ABI asks of a core module beside its imports: checks that throw `VALIDATION_ERROR`.
 *
 * @internal
 */
export function coreChecks(abi: AbiName, facts: CoreModuleFacts): readonly (() => void)[] {
  const mayBeShared = facts.imports.length === 0 && abi === 'core';
  return [
    ...(mayBeShared ? [] : [() => refuseSharedMemory(facts)]),
    ...(abi === 'wapc' ? [() => requireGuestCall(facts)] : []),
    ...(abi === 'wasi' || abi === 'core' ? [() => requirePlainStart(abi, facts)] : []),
  ];
}

/** What runs by itself is given nothing, and nobody would take what it gives. */
function requirePlainStart(abi: AbiName, facts: CoreModuleFacts): void {
  const name = abi === 'wasi' && exportsStart(facts) ? '_start' : '_initialize';
  const { signature } = facts.exports.find((each) => each.name === name) ?? {};
  if (signature === undefined) return;
  const { params, results } = signature;
  if (params.length === 0 && results.length === 0) return;
  const actual = `(${params.join(' ')}) -> (${results.join(' ')})`;
  throw refusedExport(name, `runs at the start and is () -> (), not ${actual}`);
}

/** What reads the memory of such a guest relies on it standing still. */
function refuseSharedMemory({ memories }: CoreModuleFacts): void {
  const shared = memories.find(isShared);
  if (shared === undefined) return;
  throw refusedFeature('shared memory', 'core modules without imports only', shared.offset);
}

/** Every call of such a guest comes by it. */
function requireGuestCall({ exports }: CoreModuleFacts): void {
  const call = exports.find(({ name }) => name === WAPC_CALL);
  if (call === undefined) throw refusedExport(WAPC_CALL, 'a waPC guest has to export it');
  if (!isGuestCall(call)) throw refusedExport(WAPC_CALL, 'is (i32 i32) -> (i32) in a waPC guest');
}

/**
 * Whether it runs by itself, if its ABI is WASI.
 *
 * @internal
 */
export function exportsStart({ exports }: CoreModuleFacts): boolean {
  return exports.some(({ name, kind }) => kind === 'function' && name === '_start');
}

/**
 * An export, as it is shown outside.
 *
 * @internal
 */
export function exportFact({
  name,
  kind,
  signature,
}: CoreExport): AdmittedModule['exports'][number] {
  return signature === undefined ? { name, kind } : { name, kind, ...signature };
}

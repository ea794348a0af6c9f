import { chooseAbi, detectCoreAbi } from './abi-detection.ts';
import { type AdmissionLimits, capToLimits } from './admit-limits.ts';
import type { AbiName, AdmittedModule } from './admitted-module.ts';
import type { CoreExport, CoreModuleFacts } from './core-module.ts';
import { readCoreModule } from './core-module-reader.ts';
import { checkCoreImports } from './import-manifest.ts';

/**
 * What admission makes of a module's bytes.
 *
 * @internal
 */
export interface Admission {
  readonly admitted: Omit<AdmittedModule, 'sha256'>;
  /** The core modules to compile, capped, in the order of the component's definition. */
  readonly coreModules: Uint8Array[];
  /** Linear memories of one instance: each takes a memory map of the process, used or not. */
  readonly memories: number;
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
  const facts = readCoreModule(bytes);
  const abi = chooseAbi(requested, detectCoreAbi(facts), facts.imports.length > 0);
  const { families, hasOutput } = checkCoreImports(abi, facts.imports);
  const { coreModules, memories } = capToLimits([{ facts, bytes, copies: 1 }], limits);
  return {
    admitted: {
      sizeBytes: bytes.length,
      abi,
      life: abi === 'wasi' && exportsStart(facts) ? 'command' : 'reactor',
      imports: facts.imports.map(({ module, name, kind }) => ({ module, name, kind })),
      exports: facts.exports.map(exportFact),
      families,
      hasOutput,
    },
    coreModules,
    memories,
  };
}

function exportsStart({ exports }: CoreModuleFacts): boolean {
  return exports.some(({ name, kind }) => kind === 'function' && name === '_start');
}

function exportFact({ name, kind, signature }: CoreExport): AdmittedModule['exports'][number] {
  return signature === undefined ? { name, kind } : { name, kind, ...signature };
}

import { chooseAbi } from './abi-detection.ts';
import type { Admission } from './admit-core.ts';
import { type AdmissionLimits, capToLimits } from './admit-limits.ts';
import type { AbiName } from './admitted-module.ts';
import { readComponent } from './component-reader.ts';
import { readCoreModule } from './core-module-reader.ts';
import { checkComponentImports } from './import-manifest.ts';

/** A component that exports it runs once to its end. */
const RUN_EXPORT = /^wasi:cli\/run@0\.2\.\d+(?:#|$)/;

/**
 * Admits a component: its definition, its imports, and each core module inside. Those may import
 * memories and tables, which other core modules of the same component define.
 *
 * @throws `INVALID_REQUEST`, `VALIDATION_ERROR` or `WASM_RUNTIME_ERROR`.
 * @internal
 */
export function admitComponent(
  bytes: Uint8Array,
  requested: 'auto' | AbiName,
  limits: AdmissionLimits,
): Admission {
  const abi = chooseAbi(requested, 'component', true);
  const {
    definition,
    coreModules: inner,
    imports,
    exports,
    coreInstantiations,
  } = readComponent(bytes);
  const { families, hasOutput } = checkComponentImports(imports);
  const counted = inner.map((module, index) => ({
    facts: readCoreModule(module),
    bytes: module,
    copies: coreInstantiations[index] ?? 0,
  }));
  const { coreModules, memories } = capToLimits(counted, limits);
  return {
    admitted: {
      sizeBytes: bytes.length,
      abi,
      life: exports.some(({ name }) => RUN_EXPORT.test(name)) ? 'command' : 'reactor',
      imports: imports.map(({ module, name, kind }) => ({ module, name, kind })),
      exports,
      families,
      hasOutput,
      component: definition,
    },
    coreModules,
    memories,
  };
}

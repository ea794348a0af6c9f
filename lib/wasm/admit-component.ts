import { chooseAbi } from './abi-detection.ts';
import type { Admission } from './admit-core.ts';
import { type AdmissionLimits, capToLimits } from './admit-limits.ts';
import type { AbiName, ExportFact } from './admitted-module.ts';
import { refuse64BitMemories } from './component-memories.ts';
import { readComponent } from './component-reader.ts';
import { readCoreModule } from './core-module-reader.ts';
import { checkComponentImports } from './import-manifest.ts';
import { isRequestHandler } from './request-handler.ts';
import { withoutSharedMemory } from './risky-features.ts';

/** A component that exports it runs once to its end. */
const RUN_EXPORT = /^wasi:cli\/run@0\.2\.\d+(?:#|$)/;

/**
 * Whether a component is a command.
 *
 * @internal
 */
export function runsToItsEnd(exports: readonly ExportFact[]): boolean {
  return exports.some(({ name }) => RUN_EXPORT.test(name));
}

/**
 * Most instances of a component at once: one that answers requests beside other calls answers them by
 * an instance of its own.
 *
 * @internal
 */
export function liveInstances(exports: readonly ExportFact[], drops: readonly string[]): 1 | 2 {
  const functions = exports.filter(({ kind }) => kind === 'function');
  const handlers = functions.filter(({ name }) => isRequestHandler(name)).length;
  return handlers > 0 && handlers < functions.length + drops.length ? 2 : 1;
}

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
    drops,
    canonicalMemories,
    coreInstantiations,
  } = readComponent(bytes);
  const { families, hasOutput } = checkComponentImports(imports);
  const instances = liveInstances(exports, drops);
  const counted = inner.map((module, index) => ({
    facts: readCoreModule(module, withoutSharedMemory(limits.allowed)),
    bytes: module,
    copies: (coreInstantiations[index] ?? 0) * instances,
  }));
  refuse64BitMemories(
    canonicalMemories,
    counted.map(({ facts }) => facts),
  );
  const { coreModules, counts, ...memory } = capToLimits(counted, limits);
  return {
    admitted: {
      sizeBytes: bytes.length,
      abi,
      life: runsToItsEnd(exports) ? 'command' : 'reactor',
      imports: imports.map(({ module, name, kind }) => ({ module, name, kind })),
      exports,
      ...(drops.length === 0 ? {} : { drops }),
      families,
      hasOutput,
      ...memory,
      component: definition,
    },
    coreModules,
    counts,
  };
}

import type { CoreMemoryOrigin } from './component-scope.ts';
import { notAdmissible } from './component-value-facts.ts';
import type { CoreModuleFacts } from './core-module.ts';

function is64Bit({ imports, exports, memories }: CoreModuleFacts, exportName: string): boolean {
  const index = exports.find(({ name, kind }) => name === exportName && kind === 'memory')?.index;
  if (index === undefined) return false;
  const imported = imports.filter(({ kind }) => kind === 'memory').map(({ limits }) => limits);
  return [...imported, ...memories][index]?.is64 === true;
}

/**
 * Refuses a component whose values would cross a memory that is addressed by 64 bits: the canonical ABI of
 * WASI 0.2 knows pointers of 32 bits only, and would take half of one.
 *
 * @param origins - memories that canonical options name.
 * @param modules - facts of the core modules, numbered as the definition numbers them.
 * @throws `VALIDATION_ERROR` with `details.feature`.
 * @internal
 */
export function refuse64BitMemories(
  origins: readonly CoreMemoryOrigin[],
  modules: readonly (CoreModuleFacts | undefined)[],
): void {
  for (const { module, name } of origins) {
    const facts = modules[module];
    if (facts === undefined || !is64Bit(facts, name)) continue;
    throw notAdmissible('memory64', 'values cannot cross a memory that is addressed by 64 bits');
  }
}

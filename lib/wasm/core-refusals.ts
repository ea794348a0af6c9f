import { WasmatrixError } from '../core/errors.ts';

/**
 * A module that is well formed but uses something no guest may use.
 *
 * @internal
 */
export function refusedFeature(feature: string, why: string, offset: number): WasmatrixError {
  return new WasmatrixError('VALIDATION_ERROR', `the module uses ${feature}: ${why}`, {
    feature,
    offset,
  });
}

/**
 * A module with more of something than admission is willing to look at.
 *
 * @internal
 */
export function tooMany(what: string, count: number, limit: number): WasmatrixError {
  return new WasmatrixError(
    'VALIDATION_ERROR',
    `the module has too many ${what}: ${count}, at most ${limit} are admitted`,
    { what, count, limit },
  );
}

/**
 * An import that nothing serves.
 *
 * @param path - `module.name` of a core import, `interface#function` of a component's.
 * @internal
 */
export function refusedImport(
  path: string,
  problem: string,
  details: Readonly<Record<string, unknown>> = {},
): WasmatrixError {
  return new WasmatrixError('VALIDATION_ERROR', `import ${path}: ${problem}`, {
    import: path,
    ...details,
  });
}

/**
 * An export that is missing or is none of the kind that the ABI wants.
 *
 * @internal
 */
export function refusedExport(name: string, problem: string): WasmatrixError {
  return new WasmatrixError('VALIDATION_ERROR', `export ${name}: ${problem}`, { export: name });
}

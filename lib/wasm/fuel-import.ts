/**
 * The import by which a metered core module reaches its counter: a mutable `i64`, the units that are
 * left. No guest may import anything of that module itself.
 *
 * @internal
 */
export const FUEL_IMPORT = { module: 'wasmatrix', name: 'fuel' } as const;

/**
 * What the counter says once it has been spent; no charge ever brings it lower.
 *
 * @internal
 */
export const FUEL_SPENT: bigint = -1n;

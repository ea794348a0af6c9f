import { invalidField } from '../core/errors.ts';

interface Numeric {
  readonly wanted: string;
  accepts(value: unknown): boolean;
}

const float: Numeric = {
  wanted: 'a number',
  accepts: (value) => typeof value === 'number',
};

/** Both readings of an integer are accepted, signed and unsigned, as the engine itself does. */
const NUMERIC_TYPES: ReadonlyMap<string, Numeric> = new Map<string, Numeric>([
  [
    'i32',
    {
      wanted: 'an integer from -2^31 to 2^32-1',
      accepts: (value) =>
        Number.isInteger(value) && Number(value) >= -(2 ** 31) && Number(value) < 2 ** 32,
    },
  ],
  [
    'i64',
    {
      wanted: 'a bigint from -2^63 to 2^64-1',
      accepts: (value) => typeof value === 'bigint' && value >= -(2n ** 63n) && value < 2n ** 64n,
    },
  ],
  ['f32', float],
  ['f64', float],
]);

/**
 * Whether values of a core type can come from or go to the outside at all: numbers and bigints can,
 * vectors and references cannot.
 *
 * @internal
 */
export function isNumericCoreType(type: string): boolean {
  return NUMERIC_TYPES.has(type);
}

/**
 * What is wrong with an argument, or with their number.
 *
 * @internal
 */
export interface CoreArgumentProblem {
  /** `args` for a wrong number of arguments, `args[i]` for a wrong one. */
  readonly field: string;
  readonly problem: string;
}

/**
 * Compares arguments with the parameters of a core export. The engine would convert whatever it gets
 * (`undefined` to 0, `'7'` to 7, objects by calling their code), hence nothing is left to it.
 *
 * @returns the first problem, or nothing if they fit.
 * @internal
 */
export function coreArgumentProblem(
  params: readonly string[],
  args: readonly unknown[],
): CoreArgumentProblem | undefined {
  if (args.length !== params.length) {
    return { field: 'args', problem: `expected ${params.length}, got ${args.length}` };
  }
  for (const [index, param] of params.entries()) {
    const type = NUMERIC_TYPES.get(param);
    const field = `args[${index}]`;
    if (type === undefined)
      return {
        field,
        problem: `${param === 'externref' ? 'an' : 'a'} ${param} cannot come from outside`,
      };
    if (!type.accepts(args[index])) return { field, problem: `expected ${type.wanted} (${param})` };
  }
  return undefined;
}

/**
 * Checks arguments against the parameters of a core export.
 *
 * @throws `INVALID_REQUEST` with `details.field` `args` for a wrong number of arguments, `args[i]` for
 * a wrong one.
 * @internal
 */
export function checkCoreArguments(params: readonly string[], args: readonly unknown[]): void {
  const found = coreArgumentProblem(params, args);
  if (found !== undefined) throw invalidField(found.field, found.problem);
}

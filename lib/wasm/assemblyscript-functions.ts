/**
 * The import module name that the compiler of AssemblyScript gives to what it expects of its host.
 *
 * @internal
 */
export const ASSEMBLYSCRIPT_MODULE = 'env';

type NumericType = 'i32' | 'f32' | 'f64';

interface Signature {
  readonly params: readonly NumericType[];
  readonly results: readonly NumericType[];
}

const NUMBER: Signature = { params: [], results: ['f64'] };
const TEXT: Signature = { params: ['i32'], results: [] };
const UNARY: Signature = { params: ['f64'], results: ['f64'] };
const BINARY: Signature = { params: ['f64', 'f64'], results: ['f64'] };

/**
 * Functions of JavaScript's `Math` of one number, which AssemblyScript calls `JSMath`.
 *
 * @internal
 */
export const UNARY_MATH = [
  'abs',
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atanh',
  'cbrt',
  'ceil',
  'clz32',
  'cos',
  'cosh',
  'exp',
  'expm1',
  'floor',
  'fround',
  'log',
  'log10',
  'log1p',
  'log2',
  'round',
  'sign',
  'sin',
  'sinh',
  'sqrt',
  'tan',
  'tanh',
  'trunc',
] as const;

/**
 * Those of two numbers.
 *
 * @internal
 */
export const BINARY_MATH = ['atan2', 'hypot', 'imul', 'max', 'min', 'pow'] as const;

/**
 * A function of such a host, as admission looks at it.
 *
 * @internal
 */
export interface AssemblyScriptFunction extends Signature {
  /** Whether it writes to standard output or error. */
  readonly hasOutput?: boolean;
}

const told = (signature: Signature): AssemblyScriptFunction => ({ ...signature, hasOutput: true });

/**
 * What is served of it: failing, tracing, writing lines, clocks, random numbers and mathematics. Whatever
 * takes or gives objects of JavaScript is not.
 *
 * @see https://github.com/AssemblyScript/assemblyscript/blob/main/std/assembly/builtins.ts
 * @see https://github.com/AssemblyScript/assemblyscript/blob/main/std/assembly/bindings/dom.ts
 * @internal
 */
export const ASSEMBLYSCRIPT_FUNCTIONS: ReadonlyMap<string, AssemblyScriptFunction> = new Map([
  ['abort', { params: ['i32', 'i32', 'i32', 'i32'], results: [] }],
  ['trace', told({ params: ['i32', 'i32', 'f64', 'f64', 'f64', 'f64', 'f64'], results: [] })],
  ['seed', NUMBER],
  ['Date.now', NUMBER],
  ['performance.now', NUMBER],
  ['console.log', told(TEXT)],
  ['console.info', told(TEXT)],
  ['console.debug', told(TEXT)],
  ['console.warn', told(TEXT)],
  ['console.error', told(TEXT)],
  ['console.assert', told({ params: ['i32', 'i32'], results: [] })],
  ['Math.random', NUMBER],
  ...UNARY_MATH.map((name): readonly [string, AssemblyScriptFunction] => [
    `Math.${name}`,
    name === 'fround' ? { params: ['f64'], results: ['f32'] } : UNARY,
  ]),
  ...BINARY_MATH.map((name): readonly [string, AssemblyScriptFunction] => [`Math.${name}`, BINARY]),
] satisfies readonly (readonly [string, AssemblyScriptFunction])[]);

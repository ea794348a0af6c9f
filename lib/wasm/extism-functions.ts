import type { ExportFact } from './admitted-module.ts';

interface Signature {
  readonly params: readonly ('i32' | 'i64')[];
  readonly results: readonly ('i32' | 'i64')[];
}

/**
 * The functions of the Extism kernel and of its host that a plug-in may import. Handles, offsets and
 * lengths are `i64`.
 *
 * @see https://github.com/extism/extism/blob/main/kernel/src/lib.rs
 * @see https://github.com/extism/extism/blob/main/runtime/src/pdk.rs
 * @internal
 */
export const EXTISM_SIGNATURES = {
  alloc: { params: ['i64'], results: ['i64'] },
  free: { params: ['i64'], results: [] },
  length: { params: ['i64'], results: ['i64'] },
  length_unsafe: { params: ['i64'], results: ['i64'] },
  load_u8: { params: ['i64'], results: ['i32'] },
  load_u64: { params: ['i64'], results: ['i64'] },
  store_u8: { params: ['i64', 'i32'], results: [] },
  store_u64: { params: ['i64', 'i64'], results: [] },
  memory_bytes: { params: [], results: ['i64'] },
  reset: { params: [], results: [] },
  input_offset: { params: [], results: ['i64'] },
  input_length: { params: [], results: ['i64'] },
  input_load_u8: { params: ['i64'], results: ['i32'] },
  input_load_u64: { params: ['i64'], results: ['i64'] },
  input_set: { params: ['i64', 'i64'], results: [] },
  output_set: { params: ['i64', 'i64'], results: [] },
  output_offset: { params: [], results: ['i64'] },
  output_length: { params: [], results: ['i64'] },
  error_set: { params: ['i64'], results: [] },
  error_get: { params: [], results: ['i64'] },
  config_get: { params: ['i64'], results: ['i64'] },
  var_get: { params: ['i64'], results: ['i64'] },
  var_set: { params: ['i64', 'i64'], results: [] },
  http_request: { params: ['i64', 'i64'], results: ['i64'] },
  http_status_code: { params: [], results: ['i32'] },
  http_headers: { params: [], results: ['i64'] },
  get_log_level: { params: [], results: ['i32'] },
  log_trace: { params: ['i64'], results: [] },
  log_debug: { params: ['i64'], results: [] },
  log_info: { params: ['i64'], results: [] },
  log_warn: { params: ['i64'], results: [] },
  log_error: { params: ['i64'], results: [] },
} as const satisfies Readonly<Record<string, Signature>>;

/**
 * The name of a function of the kernel.
 *
 * @internal
 */
export type ExtismName = keyof typeof EXTISM_SIGNATURES;

/**
 * Whether a name, chosen by a guest, is one of them.
 *
 * @internal
 */
export function isExtismName(name: string): name is ExtismName {
  return Object.hasOwn(EXTISM_SIGNATURES, name);
}

/**
 * A function of the kernel, as admission looks at it.
 *
 * @internal
 */
export interface ExtismFunction extends Signature {
  /** The provider type that it leads to. */
  readonly family?: string;
  /** Whether it may write to standard error. */
  readonly hasOutput?: boolean;
}

function functionNamed(name: ExtismName): ExtismFunction {
  const signature = EXTISM_SIGNATURES[name];
  if (name === 'var_get' || name === 'var_set') return { ...signature, family: 'kv' };
  // Why a request was not made is told on standard error.
  if (name === 'http_request') return { ...signature, family: 'http', hasOutput: true };
  return name.startsWith('log_') ? { ...signature, hasOutput: true } : signature;
}

/**
 * The functions of the kernel by name.
 *
 * @internal
 */
export const EXTISM_FUNCTIONS: ReadonlyMap<string, ExtismFunction> = new Map(
  (Object.keys(EXTISM_SIGNATURES) as ExtismName[]).map((name) => [name, functionNamed(name)]),
);

/**
 * What keeps an imported function from being a host function, which takes and returns offsets in the
 * kernel's memory.
 *
 * @returns the problem, if there is one.
 * @internal
 */
export function hostFunctionProblem({
  params,
  results,
}: {
  readonly params: readonly string[];
  readonly results: readonly string[];
}): string | undefined {
  if (params.some((type) => type !== 'i64')) return 'takes something else than i64';
  if (results.length > 1 || results.some((type) => type !== 'i64')) {
    return 'returns something else than one i64';
  }
  return undefined;
}

/**
 * What keeps an exported function from being a function of a plug-in, which takes nothing and returns
 * nothing or an exit code: its input and output are in the kernel's memory.
 *
 * @returns the problem, if there is one.
 * @internal
 */
export function extismExportProblem({ params = [], results = [] }: ExportFact): string | undefined {
  if (params.length > 0) return 'takes parameters, which a function of a plug-in does not';
  const isCode = results.length === 1 && results[0] === 'i32';
  if (results.length === 0 || isCode) return undefined;
  return 'returns something else than an exit code';
}

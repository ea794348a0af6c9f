import type { CoreExport } from './core-module.ts';

/**
 * The import module name of waPC.
 *
 * @internal
 */
export const WAPC_MODULE = 'wapc';

/**
 * The export by which a waPC guest is called, whatever the operation.
 *
 * @internal
 */
export const WAPC_CALL = '__guest_call';

interface Signature {
  readonly params: readonly 'i32'[];
  readonly results: readonly 'i32'[];
}

/**
 * What a waPC guest may import. Pointers and lengths are `i32`.
 *
 * @see https://wapc.io/docs/spec/#required-host-exports
 */
const WAPC_SIGNATURES = {
  __guest_request: { params: ['i32', 'i32'], results: [] },
  __guest_response: { params: ['i32', 'i32'], results: [] },
  __guest_error: { params: ['i32', 'i32'], results: [] },
  __host_call: {
    params: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    results: ['i32'],
  },
  __host_response: { params: ['i32'], results: [] },
  __host_response_len: { params: [], results: ['i32'] },
  __host_error: { params: ['i32'], results: [] },
  __host_error_len: { params: [], results: ['i32'] },
  __console_log: { params: ['i32', 'i32'], results: [] },
} as const satisfies Readonly<Record<string, Signature>>;

/**
 * The name of one of these functions.
 *
 * @internal
 */
export type WapcName = keyof typeof WAPC_SIGNATURES;

/**
 * Whether a name, chosen by a guest, is one of them.
 *
 * @internal
 */
export function isWapcName(name: string): name is WapcName {
  return Object.hasOwn(WAPC_SIGNATURES, name);
}

/**
 * A function of waPC, as admission looks at it.
 *
 * @internal
 */
export interface WapcFunction extends Signature {
  /** Whether it may write to standard output. */
  readonly hasOutput?: boolean;
  /** Whether the guest names a provider type when it calls it. */
  readonly namesFamilies?: boolean;
}

function functionNamed(name: WapcName): WapcFunction {
  const signature = WAPC_SIGNATURES[name];
  if (name === '__console_log') return { ...signature, hasOutput: true };
  return name === '__host_call' ? { ...signature, namesFamilies: true } : signature;
}

/**
 * The functions of waPC by name.
 *
 * @internal
 */
export const WAPC_FUNCTIONS: ReadonlyMap<string, WapcFunction> = new Map(
  (Object.keys(WAPC_SIGNATURES) as WapcName[]).map((name) => [name, functionNamed(name)]),
);

/** No name of an operation that is meant well is longer. */
const MAX_OPERATION_LENGTH = 1_024;

/**
 * What keeps a name from being that of an operation.
 *
 * @returns the problem, if there is one.
 * @internal
 */
export function wapcOperationProblem(operation: string): string | undefined {
  return operation.length > MAX_OPERATION_LENGTH
    ? `must have at most ${MAX_OPERATION_LENGTH} characters`
    : undefined;
}

/**
 * Whether an export is what calls of a waPC guest come by.
 *
 * @internal
 */
export function isGuestCall({ name, signature }: CoreExport): boolean {
  return (
    name === WAPC_CALL &&
    signature !== undefined &&
    String(signature.params) === 'i32,i32' &&
    String(signature.results) === 'i32'
  );
}

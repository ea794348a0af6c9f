import type { InterfaceSignatures } from './component-signature-notation.ts';
import { CLI_SIGNATURES } from './component-signatures-cli.ts';
import { FILESYSTEM_SIGNATURES } from './component-signatures-filesystem.ts';
import { HTTP_SIGNATURES } from './component-signatures-http.ts';
import { IO_SIGNATURES } from './component-signatures-io.ts';
import {
  CONFIG_SIGNATURES,
  KEYVALUE_SIGNATURES,
  LOGGING_SIGNATURES,
} from './component-signatures-keyvalue.ts';
import {
  WASI_MESSAGING_SIGNATURES,
  WASMCLOUD_MESSAGING_SIGNATURES,
} from './component-signatures-messaging.ts';
import { SOCKET_SIGNATURES } from './component-signatures-sockets.ts';

/**
 * An interface that components may import, and what serves it.
 *
 * @internal
 */
export interface ServedInterface {
  /** The interface with its version, or with `0.2.x` where every patch is the same interface. */
  readonly key: string;
  /** The provider type its functions lead to; absent where the thread itself serves them. */
  readonly family?: 'kv' | 'http' | 'messaging';
  /** By names as in WIT; dropping a resource is no function of an interface. */
  readonly functions: InterfaceSignatures;
  /** Whether it reaches standard output or error. */
  readonly hasOutput?: boolean;
}

/** Requests, responses and messages are made and read in the thread: a guest that only answers calls nobody. */
const TYPES_ONLY = /^wasi:(?:http|messaging)\/types(?:@|$)/;

const HAS_OUTPUT = new Set(['wasi:cli/stdout', 'wasi:cli/stderr']);

function entries(
  tables: readonly ReadonlyMap<string, InterfaceSignatures>[],
): (readonly [name: string, functions: InterfaceSignatures])[] {
  return tables.flatMap((table) => [...table]);
}

/**
 * Everything that is served, each interface once.
 *
 * @internal
 */
export const SERVED_INTERFACES: readonly ServedInterface[] = [
  ...entries([CLI_SIGNATURES, IO_SIGNATURES, FILESYSTEM_SIGNATURES, SOCKET_SIGNATURES]).map(
    ([name, functions]) => {
      const served = { key: `${name}@0.2.x`, functions };
      return HAS_OUTPUT.has(name) ? { ...served, hasOutput: true } : served;
    },
  ),
  ...entries([KEYVALUE_SIGNATURES]).map(([key, functions]) => ({
    key,
    functions,
    family: 'kv' as const,
  })),
  ...entries([HTTP_SIGNATURES]).map(([name, functions]) => {
    const served = { key: `${name}@0.2.x`, functions };
    return TYPES_ONLY.test(name) ? served : { ...served, family: 'http' as const };
  }),
  ...entries([WASMCLOUD_MESSAGING_SIGNATURES, WASI_MESSAGING_SIGNATURES]).map(([key, functions]) =>
    TYPES_ONLY.test(key) ? { key, functions } : { key, functions, family: 'messaging' as const },
  ),
  ...entries([CONFIG_SIGNATURES]).map(([key, functions]) => ({ key, functions })),
  ...entries([LOGGING_SIGNATURES]).map(([key, functions]) => ({ key, functions, hasOutput: true })),
];

const BY_KEY = new Map(SERVED_INTERFACES.map((served) => [served.key, served]));

/** Patches of one minor version are compatible both ways as far as functions are present. */
const PATCH_VERSION = /@0\.2\.(?:0|[1-9]\d{0,8})$/;

/**
 * Looks up an interface that a component imports. Bounded by design: a name is compared, never built
 * upon.
 *
 * @param name - with its version, such as `wasi:io/poll@0.2.3`.
 * @internal
 */
export function servedInterface(name: string): ServedInterface | undefined {
  // The keys with an x are ours; nobody imports a version of that name.
  if (name.endsWith('@0.2.x')) return undefined;
  return BY_KEY.get(name.replace(PATCH_VERSION, '@0.2.x'));
}

import type { AbiName } from './admitted-module.ts';
import { EXTISM_MODULE } from './extism-functions.ts';

const INTERFACE_NEEDS: ReadonlyMap<string, string> = new Map([
  ['wasi:keyvalue/store [method]bucket.get', 'kv:read'],
  ['wasi:keyvalue/store [method]bucket.exists', 'kv:read'],
  ['wasi:keyvalue/store [method]bucket.list-keys', 'kv:read'],
  ['wasi:keyvalue/store [method]bucket.set', 'kv:write'],
  ['wasi:keyvalue/store [method]bucket.delete', 'kv:delete'],
  ['wasi:keyvalue/batch get-many', 'kv:read'],
  ['wasi:keyvalue/batch set-many', 'kv:write'],
  ['wasi:keyvalue/batch delete-many', 'kv:delete'],
  ['wasi:keyvalue/atomics increment', 'kv:write'],
  ['wasi:keyvalue/atomics [static]cas.new', 'kv:read'],
  ['wasi:keyvalue/atomics swap', 'kv:write'],
  ['wasi:http/outgoing-handler handle', 'http:request'],
  ['wasmcloud:messaging/consumer publish', 'msg:publish'],
  ['wasmcloud:messaging/consumer request', 'msg:publish'],
  ['wasi:messaging/producer send', 'msg:publish'],
  ['wasi:messaging/request-reply request', 'msg:publish'],
]);

const EXTISM_NEEDS: ReadonlyMap<string, string> = new Map([
  ['var_get', 'kv:read'],
  ['var_set', 'kv:write'],
  ['http_request', 'http:request'],
]);

/**
 * The permission without which a call of an import is always denied.
 *
 * @returns nothing for what needs none, or for what only the guest knows before the call.
 * @internal
 */
export function importNeeds(abi: AbiName, module: string, name: string): string | undefined {
  if (abi === 'component') {
    const [path = ''] = module.split('@', 1);
    return INTERFACE_NEEDS.get(`${path} ${name}`);
  }
  return abi === 'extism' && module === EXTISM_MODULE ? EXTISM_NEEDS.get(name) : undefined;
}

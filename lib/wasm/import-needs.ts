import type { AbiName, ImportFact } from './admitted-module.ts';
import { EXTISM_MODULE, HOST_FUNCTION_MODULE } from './extism-modules.ts';

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

/** What some calls need beside that. */
const EXTISM_MAY_NEED: ReadonlyMap<string, string> = new Map([['var_set', 'kv:delete']]);

/** What an import asks of the assignments of an instance. */
type ImportNeeds = Pick<ImportFact, 'needs' | 'mayNeed'>;

/**
 * The permission without which a call of an import is always denied, or the configuration without which
 * its module does not start, and the permission that only some of its calls need.
 *
 * @returns nothing for what needs none, or for what only the guest knows before the call.
 * @internal
 */
export function importNeeds(abi: AbiName, module: string, name: string): ImportNeeds {
  if (abi === 'component') {
    const [path = ''] = module.split('@', 1);
    return needing(INTERFACE_NEEDS.get(`${path} ${name}`));
  }
  if (abi !== 'extism') return {};
  if (module === HOST_FUNCTION_MODULE) return needing(`config.hostFunctions.${name}`);
  if (module !== EXTISM_MODULE) return {};
  return needing(EXTISM_NEEDS.get(name), EXTISM_MAY_NEED.get(name));
}

function needing(needs: string | undefined, mayNeed?: string): ImportNeeds {
  return { ...(needs && { needs }), ...(mayNeed && { mayNeed }) };
}

import { WasmatrixError } from '../../lib/core/errors.ts';
import type { RequiredPermission, WireValue } from '../../lib/core/provider.ts';
import { type KvState, kvProvider } from '../../providers/kv/index.ts';

/** An assignment as the provider actor knows it. */
export interface Assignment {
  readonly instanceId: string;
  readonly permissions: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
}

function covers(permission: string, required: RequiredPermission): boolean {
  const [area, verb, ...rest] = permission.split(':');
  if (`${area}:${verb}` !== required.action) return false;
  const pattern = rest.length === 0 ? '*' : rest.join(':');
  if (required.scope === undefined) return true;
  return pattern.endsWith('*')
    ? required.scope.startsWith(pattern.slice(0, -1))
    : pattern === required.scope;
}

/** Calls as the provider actor does: mapping, permission, grant, and only then the operation. */
export function call(
  state: KvState,
  assignment: Assignment,
  name: string,
  ...args: WireValue[]
): WireValue | Promise<WireValue> {
  const config = assignment.config ?? {};
  const { instanceId, permissions } = assignment;
  const operation = kvProvider.operations[name];
  if (operation === undefined) throw new Error(`no operation ${name}`);
  if (kvProvider.concerns?.(args, { instanceId, capabilityId: 'c', config }) === false) {
    throw new WasmatrixError('CAPABILITY_NOT_FOUND', 'no assignment concerns the call');
  }
  const allows = (required: RequiredPermission): boolean =>
    permissions.some((permission) => covers(permission, required));
  const required = operation.permission(args);
  const all = Array.isArray(required) ? required : [required as RequiredPermission];
  if (!all.every(allows)) throw new WasmatrixError('PERMISSION_DENIED', 'not granted');
  const onEnd = () => () => undefined;
  return operation.run(args, { instanceId, capabilityId: 'c', config, allows, onEnd }, state);
}

/** Calls, and answers the code of the failure, with its field if it names one, or the result. */
export async function outcome(...request: Parameters<typeof call>): Promise<WireValue> {
  try {
    return await call(...request);
  } catch (failure) {
    if (!(failure instanceof WasmatrixError)) throw failure;
    const { field } = failure.details;
    return typeof field === 'string' ? `${failure.code} ${field}` : failure.code;
  }
}

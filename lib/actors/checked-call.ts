import { invalidField } from '../core/errors.ts';
import { knownFields } from '../core/field-checks.ts';
import { callTimeout } from '../core/limits.ts';
import { checkPayload } from '../core/plain-payload.ts';
import { checkArguments, findExport } from '../wasm/export-lookup.ts';
import type { CallRequest } from './call-queue.ts';
import type { InstanceParts } from './instance-actor.ts';

/**
 * A call as a caller asked for it, checked against the instance it is for before it is queued.
 *
 * @throws `INVALID_REQUEST` naming the field, `RESOURCE_EXHAUSTED` for a payload that is too large.
 * @internal
 */
export function checkedCall(
  { instanceId, module: { admitted }, spec: { limits } }: InstanceParts,
  exportName: string,
  args: readonly unknown[],
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
): CallRequest {
  const { timeoutMs, signal } = knownFields(options, 'options', ['timeoutMs', 'signal']);
  const target = findExport(admitted, exportName);
  if (admitted.life === 'command') {
    throw invalidField('id', 'a command runs by itself and takes no calls', { instanceId });
  }
  if (!Array.isArray(args)) throw invalidField('args', 'must be an array');
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidField('signal', 'must be an AbortSignal');
  }
  checkPayload(args, limits.payloadBytes);
  checkArguments(admitted, target, args);
  return { exportName: target.name, args, timeoutMs: callTimeout(timeoutMs, limits), signal };
}

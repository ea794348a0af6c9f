import { invalidField } from '../core/errors.ts';
import { knownFields } from '../core/field-checks.ts';
import { callTimeout } from '../core/limits.ts';
import { copiedPayload } from '../core/plain-payload.ts';
import { checkedRequestId } from '../core/request-id.ts';
import { checkArgumentCount, checkArguments, findExport } from '../wasm/export-lookup.ts';
import type { CallRequest } from './call-queue.ts';
import type { InstanceParts } from './instance-parts.ts';
import type { InvokeOptions } from './supervisor.ts';

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
  options: InvokeOptions,
): { readonly call: CallRequest; readonly requestId: string | undefined } {
  const known = ['timeoutMs', 'signal', 'requestId'];
  const { timeoutMs, signal, requestId: given } = knownFields(options, 'options', known);
  const requestId = checkedRequestId(given, 'requestId');
  const target = findExport(admitted, exportName);
  if (admitted.life === 'command') {
    throw invalidField('id', 'a command runs by itself and takes no calls', { instanceId });
  }
  const count = countOf(args);
  // First of all, because every argument that is given has to be copied.
  checkArgumentCount(admitted, target, count);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidField('signal', 'must be an AbortSignal');
  }
  const copies = copiedPayload(args, limits.payloadBytes, count);
  checkArguments(admitted, target, copies);
  const deadlineMs = callTimeout(timeoutMs, limits);
  const call = { exportName: target.name, args: copies, timeoutMs: deadlineMs, signal };
  return { call, requestId };
}

function countOf(args: unknown): number {
  try {
    if (Array.isArray(args)) return args.length;
  } catch {
    // A proxy that does not let itself be asked is no array either.
  }
  throw invalidField('args', 'must be an array');
}

/**
 * An id as a caller named it.
 *
 * @throws `INVALID_REQUEST`
 * @internal
 */
export function checkedId(id: unknown): string {
  if (typeof id !== 'string') throw invalidField('id', 'must be a string');
  return id;
}

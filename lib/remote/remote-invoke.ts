import type { InvokeOptions } from '../actors/supervisor.ts';
import { invalidField, isWasmatrixError } from '../core/errors.ts';
import { knownFields } from '../core/field-checks.ts';
import { checkedRequestId } from '../core/request-id.ts';
import { toTagged } from '../protocol/tagged-values.ts';
import type { ApiRequest } from './api-connection.ts';
import { queryOf } from './request-paths.ts';

/** Bytes come as they are; everything else with tags. */
const ACCEPT = { accept: 'application/octet-stream, application/json' };

/**
 * A call as a request.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function invokeRequest(
  instance: string,
  exportName: unknown,
  args: unknown,
  options: InvokeOptions,
): ApiRequest {
  const known = ['timeoutMs', 'signal', 'requestId'];
  const { timeoutMs, signal, requestId: given } = knownFields(options, 'options', known);
  const requestId = checkedRequestId(given, 'requestId');
  if (typeof exportName !== 'string' || exportName === '') {
    throw invalidField('exportName', 'must be the name of an export');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidField('signal', 'must be an AbortSignal');
  }
  if (!Array.isArray(args)) throw invalidField('args', 'must be an array');
  const only: unknown = args.length === 1 ? args[0] : undefined;
  const content =
    only instanceof Uint8Array && !isShared(only)
      ? { bytes: only }
      : { json: { args: sent(args) } };
  return {
    method: 'POST',
    path: `${instance}/invoke/${encodeURIComponent(exportName)}${queryOf({ timeoutMs: timeoutMs as number | undefined })}`,
    ...content,
    headers: requestId === undefined ? ACCEPT : { ...ACCEPT, 'x-request-id': requestId },
    // It may wait as long as it may run.
    patienceMs: typeof timeoutMs === 'number' && timeoutMs > 0 ? 2 * timeoutMs : 0,
    signal,
    isCall: true,
  };
}

const isShared = ({ buffer }: Uint8Array): boolean => buffer instanceof SharedArrayBuffer;

/** Looks at each argument, so that a mistake is told by its place. */
function sent(args: readonly unknown[]): readonly unknown[] {
  return Array.from({ length: args.length }, (_none, index) => {
    const field = `args[${index}]`;
    try {
      const value = args[index];
      toTagged(value, field);
      return value;
    } catch (error) {
      if (isWasmatrixError(error)) throw error;
      // A getter, a proxy or a detached buffer: reading runs code of the caller's.
      throw invalidField(field, 'cannot be read');
    }
  });
}

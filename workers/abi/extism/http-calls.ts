import { messageOf } from '../../../lib/core/errors.ts';
import type { WireValue } from '../../../lib/core/provider.ts';
import { CapabilityRefused } from '../../guest-failure.ts';
import type { ExtismCalls } from './extism-calls.ts';
import { type GivenRequest, givenRequest } from './given-request.ts';
import type { PluginContext } from './plugin-context.ts';

const utf8 = new TextEncoder();

interface Answer {
  readonly status: number;
  readonly headers: readonly WireValue[];
  readonly body: Uint8Array;
}

/**
 * Requests by the http provider, in one piece. One that is refused or fails has the status 0 and no
 * body, which no answer of a server has, and standard error says why.
 *
 * @internal
 */
export const httpCalls: ExtismCalls<'http_request' | 'http_status_code' | 'http_headers'> = {
  http_request(context, request, body) {
    context.httpStatus = 0;
    context.httpHeaders = 0;
    const described = context.bytesOf(request);
    const content = context.bytesOf(body);
    const { payloadBytes } = context.host.limits;
    if (described.length > payloadBytes || content.length > payloadBytes) {
      return refused(context, `the request is larger than ${payloadBytes} bytes`);
    }
    const given = givenRequest(described, content.slice());
    if (typeof given === 'string') return refused(context, given);
    const answer = answered(context, given);
    if (typeof answer === 'string') return refused(context, answer);
    return taken(context, answer);
  },
  http_status_code: ({ httpStatus }) => httpStatus,
  http_headers: ({ httpHeaders }) => BigInt(httpHeaders),
};

function refused(context: PluginContext, reason: string): bigint {
  context.log('error', `http_request: ${reason}`);
  return 0n;
}

/** What the provider answered, or why there is nothing. */
function answered(context: PluginContext, given: GivenRequest): Answer | string {
  try {
    const { method, url, headers, body } = given;
    const request = { method, url, headers, ...(body === undefined ? {} : { body }) };
    return checkedAnswer(context.host.call('http', 'request', [null, request]));
  } catch (error) {
    if (error instanceof CapabilityRefused) return `${error.code}: ${messageOf(error)}`;
    throw error;
  }
}

/** Answers are checked, since anybody may write a provider. */
function checkedAnswer(value: WireValue): Answer | string {
  const error = ownOf(value, 'error');
  if (typeof error === 'string') return `${error}: ${messageOf(ownOf(value, 'message') ?? '')}`;
  const status = ownOf(value, 'status');
  const headers = ownOf(value, 'headers');
  const body = ownOf(value, 'body');
  const isStatus = Number.isInteger(status) && Number(status) >= 100 && Number(status) <= 999;
  return isStatus && Array.isArray(headers) && body instanceof Uint8Array
    ? { status: Number(status), headers, body }
    : 'the provider answered in an unexpected form';
}

function ownOf(value: WireValue, name: string): WireValue {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as { readonly [key: string]: WireValue })[name];
}

function taken(context: PluginContext, { status, headers, body }: Answer): bigint {
  const { heap } = context;
  const named = utf8.encode(JSON.stringify(Object.fromEntries(joined(headers))));
  const handle = heap.store(body);
  const headersHandle = heap.store(named);
  if ((handle === 0 && body.length > 0) || headersHandle === 0) {
    heap.free(handle);
    heap.free(headersHandle);
    return refused(context, 'the memory of the plug-in has no room for the answer');
  }
  context.httpStatus = status;
  context.httpHeaders = headersHandle;
  return BigInt(handle);
}

/** By lower-case name; several of one name are one list. */
function joined(headers: readonly WireValue[]): Map<string, string> {
  const byName = new Map<string, string>();
  for (const header of headers) {
    if (!Array.isArray(header)) continue;
    const [name, value] = header as readonly WireValue[];
    if (typeof name !== 'string' || typeof value !== 'string') continue;
    const key = name.toLowerCase();
    const former = byName.get(key);
    byName.set(key, former === undefined ? value : `${former}, ${value}`);
  }
  return byName;
}

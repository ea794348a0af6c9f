import type { IncomingMessage, ServerResponse } from 'node:http';
import { WasmatrixError } from '../core/errors.ts';

/** About one connection and not about the request: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'host',
  'expect',
]);

/** What the handler of a guest is given. */
export function guestRequest(
  { method, url = '/', headers, rawHeaders }: IncomingMessage,
  body: Uint8Array,
  scheme: 'http' | 'https',
): unknown {
  const named = new Set(
    (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()),
  );
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (HOP_BY_HOP.has(name) || named.has(name)) continue;
    // The body is given whole, whatever was said of it before it came.
    if (name === 'content-length') continue;
    pairs.push([name, rawHeaders[index + 1] ?? '']);
  }
  return {
    method,
    path: url,
    scheme,
    ...(headers.host === undefined ? {} : { authority: headers.host }),
    headers: pairs,
    body,
  };
}

interface GuestResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  readonly trailers?: readonly (readonly [string, string])[];
}

/**
 * Sends what a guest has answered.
 *
 * @throws `WASM_RUNTIME_ERROR` for what is no response.
 */
export function sendGuestResponse(
  request: IncomingMessage,
  response: ServerResponse,
  result: unknown,
): void {
  if (!isResponse(result)) {
    throw new WasmatrixError('WASM_RUNTIME_ERROR', 'the export did not answer with a response');
  }
  const { status, headers, body } = result;
  const isHead = request.method === 'HEAD' || status === 204 || status === 304;
  const pairs = headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && (isHead || lower !== 'content-length');
  });
  try {
    const length = isHead ? [] : ['content-length', String(body.length)];
    response.writeHead(status, [...pairs.flat(), ...length]);
  } catch (cause) {
    const problem = 'the guest answered with headers that cannot be sent';
    throw new WasmatrixError('WASM_RUNTIME_ERROR', problem, {}, { cause });
  }
  response.end(isHead ? undefined : body);
}

function isResponse(value: unknown): value is GuestResponse {
  const { status, headers, body } = (value ?? {}) as Partial<Record<keyof GuestResponse, unknown>>;
  return typeof status === 'number' && Array.isArray(headers) && body instanceof Uint8Array;
}

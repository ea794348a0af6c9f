import type { RequiredPermission } from '../../lib/core/provider.ts';
import type { GivenRequest } from './http-arguments.ts';
import { HttpFailure } from './http-failure.ts';
import type { HttpLimits } from './http-limits.ts';
import type { Hop } from './redirect.ts';
import { checkHeaders } from './request-headers.ts';
import { parseMethod } from './request-method.ts';
import { permissionsOf } from './target-check.ts';
import { parseTarget } from './target-url.ts';

/** The times that count for one request, in milliseconds. */
type Times = Pick<
  HttpLimits,
  'connectTimeoutMs' | 'firstByteTimeoutMs' | 'betweenBytesTimeoutMs' | 'totalTimeoutMs'
>;

/**
 * A request that is in order; whether it is allowed is another question.
 *
 * @internal
 */
export interface PreparedRequest {
  readonly hop: Hop;
  readonly follows: boolean;
  readonly times: Times;
}

/**
 * Checks a request and bounds its times by the provider's.
 *
 * @throws `HttpFailure`
 * @internal
 */
export function prepareRequest(given: GivenRequest, limits: HttpLimits): PreparedRequest {
  const method = parseMethod(given.method);
  const target = parseTarget(given.url);
  const { body } = given;
  const isWhole = body instanceof Uint8Array;
  if (isWhole && body.byteLength > limits.maxRequestBytes) {
    const message = `a body of more than ${limits.maxRequestBytes} bytes`;
    throw new HttpFailure('HTTP-request-body-size', message);
  }
  const bodyBytes = body === 'stream' ? undefined : (body?.byteLength ?? 0);
  const headers = checkHeaders(given.headers, target, limits, bodyBytes);
  const atMost = (name: keyof Times): number => Math.min(given[name] ?? Infinity, limits[name]);
  return {
    // Copied: a redirect may need it long after the call's memory is used for another.
    hop: { target, method, headers, body: isWhole ? new Uint8Array(body) : body },
    follows: given.redirects === 'follow',
    times: {
      connectTimeoutMs: atMost('connectTimeoutMs'),
      firstByteTimeoutMs: atMost('firstByteTimeoutMs'),
      betweenBytesTimeoutMs: atMost('betweenBytesTimeoutMs'),
      totalTimeoutMs: atMost('totalTimeoutMs'),
    },
  };
}

/**
 * What a request needs. One that is not in order needs no more than any: it gets its failure as an
 * answer, without anything being done.
 *
 * @internal
 */
export function permissionsFor(given: GivenRequest): readonly RequiredPermission[] {
  try {
    return permissionsOf(parseMethod(given.method), parseTarget(given.url));
  } catch (error) {
    if (error instanceof HttpFailure) return [{ action: 'http:request' }];
    throw error;
  }
}

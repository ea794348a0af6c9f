import { HttpFailure } from './http-failure.ts';
import type { WireHeader } from './request-headers.ts';
import { originOf, parseTarget, type TargetUrl } from './target-url.ts';

/**
 * What one request of a chain of redirects is about.
 *
 * @internal
 */
export interface Hop {
  readonly target: TargetUrl;
  readonly method: string;
  readonly headers: readonly WireHeader[];
  readonly body: Uint8Array | 'stream' | undefined;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Tell who asks; a server that was not meant must not hear it. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie']);

/** Describe a body, and go with it. */
const ABOUT_BODY: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
]);

/**
 * The request that a redirect asks for, by the rules of the Fetch standard: 303 makes a GET of all but
 * GET and HEAD, 301 and 302 make one of a POST, and a body goes only where the method stays. Headers
 * that carry credentials go no further than the origin they were meant for. The target is not checked
 * yet.
 *
 * @param location - of the response; undefined where it has none.
 * @returns undefined where the response is no redirect.
 * @throws `HttpFailure` `HTTP-request-denied` from https to http, or where a streamed body would have
 * to be sent a second time; `HTTP-request-URI-invalid`, `HTTP-request-URI-too-long`
 * @internal
 */
export function nextHop(hop: Hop, status: number, location: string | undefined): Hop | undefined {
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  const target = parseTarget(location, hop.target);
  if (hop.target.scheme === 'https' && target.scheme === 'http') {
    throw new HttpFailure('HTTP-request-denied', 'a redirect from https to http');
  }
  const becomesGet =
    (status === 303 && hop.method !== 'GET' && hop.method !== 'HEAD') ||
    ((status === 301 || status === 302) && hop.method === 'POST');
  if (!becomesGet && hop.body === 'stream') {
    throw new HttpFailure('HTTP-request-denied', 'a redirect asks for a streamed body again');
  }
  const isSameOrigin = originOf(target) === originOf(hop.target);
  const headers = hop.headers.filter(
    ([name]) => (isSameOrigin || !CREDENTIALS.has(name)) && (!becomesGet || !ABOUT_BODY.has(name)),
  );
  return becomesGet
    ? { target, method: 'GET', headers, body: undefined }
    : { target, method: hop.method, headers, body: hop.body };
}

/**
 * The value of a `Location` header, if there is one.
 *
 * @internal
 */
export function locationOf(
  headers: readonly (readonly [string, Uint8Array])[],
): string | undefined {
  const value = headers.find(([name]) => name === 'location')?.[1];
  return value === undefined ? undefined : Buffer.from(value).toString('utf8').trim();
}

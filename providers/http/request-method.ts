import { HttpFailure } from './http-failure.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Z-]{1,32}$/i;

/** Make a proxy of the server, or have it send back headers that the guest may not see. */
const FORBIDDEN: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

/** What may be sent a second time without harm, where the first may have got lost. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/**
 * A method, in upper case: permissions are compared whatever the case, so only one case is sent.
 *
 * @throws `HttpFailure` `HTTP-request-method-invalid` for what is no token, CONNECT, TRACE and TRACK.
 * @internal
 */
export function parseMethod(text: string): string {
  if (!isMethod(text)) {
    throw new HttpFailure('HTTP-request-method-invalid', 'not a method that a guest may use');
  }
  return text.toUpperCase();
}

/**
 * Whether it is the name of a method that may be used.
 *
 * @internal
 */
export function isMethod(text: string): boolean {
  return TOKEN.test(text) && !FORBIDDEN.has(text.toUpperCase());
}

/**
 * Whether a request may be sent again after the connection was lost before any answer.
 *
 * @internal
 */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

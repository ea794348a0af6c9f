import { isHopHeader } from './hop-headers.ts';
import { HttpFailure } from './http-failure.ts';
import { MAX_HEADERS } from './http-limits.ts';
import type { TargetUrl } from './target-url.ts';

/**
 * A header as it goes over the wire: the name in lower case, each character of the value one byte.
 *
 * @internal
 */
export type WireHeader = readonly [name: string, value: string];

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,256}$/;
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** Would make another protocol of the connection, or are meant for a proxy. */
const REFUSED = /^(?:upgrade|http2-settings|proxy-.*)$/;

/**
 * Checks the headers of a request. Left out: `Connection`, `Expect`, `Keep-Alive`, `Proxy-Connection`,
 * `TE`, `Trailer`, `Transfer-Encoding`, and a `Host` that says what the URL says. Refused: any other
 * `Host`, `Upgrade`, `HTTP2-Settings`, `Proxy-*`, a second or malformed `Content-Length`, and one that
 * the body is known not to have.
 *
 * @param headers - names, and values as bytes or as text, which is sent as UTF-8.
 * @param bodyBytes - bytes of the body; undefined where they are not known yet.
 * @throws `HttpFailure` `HTTP-request-denied`, `HTTP-request-header-size` for what is no header,
 * `HTTP-request-header-section-size`, `HTTP-request-body-size`
 * @internal
 */
export function checkHeaders(
  headers: readonly (readonly [string, Uint8Array | string])[],
  target: TargetUrl,
  limits: { readonly maxHeaderBytes: number; readonly maxRequestBytes: number },
  bodyBytes: number | undefined,
): readonly WireHeader[] {
  if (headers.length > MAX_HEADERS) throw tooLarge(`more than ${MAX_HEADERS} headers`);
  const kept: WireHeader[] = [];
  let bytes = 0;
  let hasLength = false;
  for (const [given, content] of headers) {
    const length = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
    bytes += given.length + length;
    if (bytes > limits.maxHeaderBytes) throw tooLarge(`more than ${limits.maxHeaderBytes} bytes`);
    const name = given.toLowerCase();
    const value = trimmed(Buffer.from(content).toString('latin1'));
    if (!NAME.test(name)) throw new HttpFailure('HTTP-request-header-size', 'a name is no token');
    if (!VALUE.test(value)) {
      throw new HttpFailure('HTTP-request-header-size', `${name}: a value with control characters`);
    }
    if (name === 'host') checkHost(value, target);
    else if (name === 'content-length') {
      if (hasLength) throw denied('content-length', 'given twice');
      hasLength = true;
      checkLength(value, limits.maxRequestBytes, bodyBytes);
      // Of a body that is known, the length is known too.
      if (bodyBytes === undefined) kept.push([name, value]);
    } else if (!isHopHeader(name) && name !== 'expect') {
      if (REFUSED.test(name)) throw denied(name, 'not for a guest to send');
      kept.push([name, value]);
    }
  }
  return kept;
}

/** Without blanks around it: what `trim` takes away besides them are bytes of UTF-8 here. */
function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start += 1;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}

function checkHost(value: string, { authority, hostHeader }: TargetUrl): void {
  const host = value.toLowerCase();
  if (host !== hostHeader && host !== authority) throw denied('host', 'not the host of the URL');
}

function checkLength(value: string, maxBytes: number, bodyBytes: number | undefined): void {
  if (!/^\d{1,15}$/.test(value)) throw denied('content-length', 'not a number');
  const length = Number(value);
  if (bodyBytes !== undefined && length !== bodyBytes) {
    throw new HttpFailure('HTTP-request-body-size', 'content-length: the body has another length');
  }
  if (length > maxBytes) {
    throw new HttpFailure('HTTP-request-body-size', `a body of more than ${maxBytes} bytes`);
  }
}

function denied(name: string, why: string): HttpFailure {
  return new HttpFailure('HTTP-request-denied', `${name}: ${why}`);
}

function tooLarge(what: string): HttpFailure {
  return new HttpFailure('HTTP-request-header-section-size', what);
}

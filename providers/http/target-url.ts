import { isIP } from 'node:net';
import { normalisedHost } from '../../lib/core/domain-pattern.ts';
import { HttpFailure } from './http-failure.ts';

/**
 * Where a request goes, read from a URL and normalised: whatever was written, this is what is checked,
 * resolved and connected to.
 *
 * @internal
 */
export interface TargetUrl {
  readonly scheme: 'http' | 'https';
  /** A name in lower case and ASCII without trailing dot, or an address without brackets. */
  readonly host: string;
  /** Whether the host is an address, which needs no resolution. */
  readonly isAddress: boolean;
  readonly port: number;
  /** `host:port`, an IPv6 address in brackets: what domain permissions are about. */
  readonly authority: string;
  /** As the `Host` header has it: the port only where it is not the scheme's own. */
  readonly hostHeader: string;
  /** Path and query. */
  readonly path: string;
}

/** Most characters of a URL. @internal */
export const MAX_URL_LENGTH = 8_192;

const DEFAULT_PORTS = { http: 80, https: 443 } as const;

/**
 * A URL parser passes over tabs and newlines, and takes a backslash for a slash: whoever writes those
 * wants somebody to read another URL than we do.
 */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const TRICKS = /[\u0000-\u001f\u007f\\]/;

/**
 * Reads a URL as the URL standard does, and then refuses what no request needs: other schemes than
 * http and https, user names and passwords, port 0, empty labels, backslashes, control characters.
 *
 * @param base - for the redirect of a response: where that came from.
 * @throws `HttpFailure` `HTTP-request-URI-invalid` or `HTTP-request-URI-too-long`
 * @internal
 */
export function parseTarget(text: string, base?: TargetUrl): TargetUrl {
  if (text.length > MAX_URL_LENGTH) {
    throw new HttpFailure('HTTP-request-URI-too-long', `more than ${MAX_URL_LENGTH} characters`);
  }
  if (TRICKS.test(text) || !text.isWellFormed()) throw invalid('a character that no URL has');
  const url = URL.parse(text, base === undefined ? undefined : hrefOf(base));
  if (url === null) throw invalid('not an absolute URL');
  const scheme =
    url.protocol === 'http:' ? 'http' : url.protocol === 'https:' ? 'https' : undefined;
  if (scheme === undefined) throw invalid('neither http nor https');
  if (url.username !== '' || url.password !== '') {
    throw invalid('credentials do not belong into a URL');
  }
  const hostname = normalisedHost(url.hostname);
  if (hostname === undefined) throw invalid('not a host');
  const port = url.port === '' ? DEFAULT_PORTS[scheme] : Number(url.port);
  if (port === 0) throw invalid('no server has port 0');
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return {
    scheme,
    host,
    isAddress: isIP(host) !== 0,
    port,
    authority: `${hostname}:${port}`,
    hostHeader: port === DEFAULT_PORTS[scheme] ? hostname : `${hostname}:${port}`,
    path: `${url.pathname}${url.search}`,
  };
}

/**
 * The URL of a target.
 *
 * @internal
 */
export function hrefOf({ scheme, authority, path }: TargetUrl): string {
  return `${scheme}://${authority}${path}`;
}

/**
 * Scheme, host and port: what credentials are meant for.
 *
 * @internal
 */
export function originOf({ scheme, authority }: TargetUrl): string {
  return `${scheme}://${authority}`;
}

function invalid(why: string): HttpFailure {
  return new HttpFailure('HTTP-request-URI-invalid', why);
}

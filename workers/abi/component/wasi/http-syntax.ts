// Hosts, ports, paths and names that a guest chose become a URL and a request line: whatever could be
// read in two ways there is not let through.

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/;
const AUTHORITY = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]+)(?::(\d{0,5}))?$/;
const PATH_WITH_QUERY = /^(?:[/?][!"$-;=?-[\]_`a-~]*)?$/;

const MAX_NAME_LENGTH = 1_024;
const MAX_AUTHORITY_LENGTH = 300;
const MAX_PORT = 65_535;
const MAX_PATH_LENGTH = 65_536;

/**
 * Headers that only whoever holds the connection may set: they say how long a message is, whom it is
 * for and what becomes of the connection.
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/**
 * A method, or the name of a header.
 *
 * @internal
 */
export function isToken(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && TOKEN.test(text);
}

/**
 * Bytes of a header's value: none that end a line, and no other control character but the tabulator.
 *
 * @internal
 */
export function isFieldValue(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte !== 0x7f) || byte === 0x09);
}

/**
 * @param key - the name in small letters.
 * @internal
 */
export function isForbiddenField(key: string): boolean {
  return FORBIDDEN.has(key);
}

/**
 * A scheme of RFC 3986, short enough to be kept.
 *
 * @internal
 */
export function isScheme(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && SCHEME.test(text);
}

/**
 * A host with or without a port. No user: credentials belong into a header, and a host that is written
 * behind them is easily taken for another.
 *
 * @internal
 */
export function isAuthority(text: string): boolean {
  if (text.length > MAX_AUTHORITY_LENGTH) return false;
  const parts = AUTHORITY.exec(text);
  return parts !== null && Number(parts[1] ?? 0) <= MAX_PORT;
}

/**
 * A path, a query or both, in ASCII and without a fragment. An empty one is that of the root.
 *
 * @internal
 */
export function isPathWithQuery(text: string): boolean {
  return text.length <= MAX_PATH_LENGTH && PATH_WITH_QUERY.test(text);
}

/**
 * A host pattern, taken apart and in the one form that a host has after normalisation.
 *
 * @internal
 */
export interface DomainPattern {
  /** Lower case, in ASCII, without a trailing dot; an IPv6 address in brackets. */
  readonly host: string;
  /** Whether the pattern means everything below the host, and not the host itself. */
  readonly isBelow: boolean;
  /** 1 to 65,535; absent: any port. */
  readonly port?: number;
}

/** A longer text is no host: 253 characters, brackets, a port, and room for what is not ASCII yet. */
const MAX_LENGTH = 512;
const MAX_HOST_LENGTH = 253;
const PARTS =
  /^(?<below>\*\.)?(?<host>\[[0-9a-f:.]{2,45}\]|[^\s\p{Cc}:/?#@\\%*[\]]+)(?::(?<port>\d{1,5}))?$/iu;
const LABELS = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/;
/** A normal form that ends like this is an address: the URL standard has no name that does. */
const ENDS_IN_NUMBER = /\.\d+$/;

/**
 * Takes a host pattern apart: a name or an address, or `*.` and a name; each with `:port` or without.
 * An IPv6 address is in brackets. What a URL would read as another host has that host's form: case,
 * international names, the notations of an address, one trailing dot.
 *
 * @returns undefined where the text is no such pattern.
 * @internal
 */
export function parseDomainPattern(text: string): DomainPattern | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const parts = PARTS.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const host = normalisedHost(parts['host'] ?? '');
  if (host === undefined) return undefined;
  const isBelow = parts['below'] !== undefined;
  // Nothing is below an address.
  if (isBelow && (host.startsWith('[') || ENDS_IN_NUMBER.test(host))) return undefined;
  if (parts['port'] === undefined) return { host, isBelow };
  const port = Number(parts['port']);
  return port >= 1 && port <= 65_535 ? { host, isBelow, port } : undefined;
}

/**
 * A host in the form that compares: as the URL standard writes it, and without one trailing dot.
 *
 * @param host - no more than a host; an IPv6 address in brackets.
 * @returns undefined where no URL has such a host, or it has an empty or too long label.
 * @internal
 */
export function normalisedHost(host: string): string | undefined {
  if (host.length > MAX_LENGTH || !URL.canParse(`http://${host}/`)) return undefined;
  const url = new URL(`http://${host}/`);
  // Anything else than a host would show up elsewhere.
  if (url.href !== `http://${url.hostname}/`) return undefined;
  const { hostname } = url;
  if (hostname.startsWith('[')) return hostname;
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  return name.length <= MAX_HOST_LENGTH && LABELS.test(name) ? name : undefined;
}

/**
 * Whether a host pattern covers one host and port. `*.example.com` covers everything below that name,
 * not the name itself; a pattern without a port covers any. Notation does not matter, on either side.
 *
 * @param target - `host:port`, an IPv6 address in brackets.
 * @returns false where either of them is malformed.
 * @internal
 */
export function domainMatches(pattern: string, target: string): boolean {
  const wanted = parseDomainPattern(pattern);
  const actual = parseDomainPattern(target);
  if (wanted === undefined || actual === undefined || actual.isBelow) return false;
  if (wanted.port !== undefined && wanted.port !== actual.port) return false;
  return wanted.isBelow ? actual.host.endsWith(`.${wanted.host}`) : actual.host === wanted.host;
}

/**
 * Whether a host pattern covers one host and port. A pattern is a host name or address, `*.` and a
 * name for everything below that name (not the name itself), each with `:port` or, for any port,
 * without. Case and one trailing dot do not matter.
 *
 * @param target - `host:port`, an IPv6 address in brackets.
 * @internal
 */
export function domainMatches(pattern: string, target: string): boolean {
  const wanted = hostAndPort(pattern);
  const actual = hostAndPort(target);
  if (wanted.port !== undefined && wanted.port !== actual.port) return false;
  if (wanted.host === '' || actual.host === '') return false;
  if (!wanted.host.startsWith('*.')) return wanted.host === actual.host;
  const below = wanted.host.slice(1);
  return actual.host.length > below.length && actual.host.endsWith(below);
}

function hostAndPort(text: string): { readonly host: string; readonly port: string | undefined } {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text.toLowerCase()) ?? [];
  return { host: host.endsWith('.') ? host.slice(0, -1) : host, port };
}

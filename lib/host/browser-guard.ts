import { isLoopback } from './listen-address.ts';

/**
 * What a request says of where it comes from.
 *
 * @internal
 */
export interface RequestOrigin {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** The header `Sec-Fetch-Site`, which browsers alone send and no page can forge. */
  readonly fetchSite: string | undefined;
}

/**
 * Why a request is refused for the place that it comes from; undefined for one that is welcome. A page of
 * somebody else's that a browser shows here must not steer the host: neither by requests across sites, nor
 * by a name of its own that it has made lead to this machine (DNS rebinding).
 *
 * @param hosts - names that the host goes by; none: any name does.
 * @internal
 */
export function originRefusal(
  { host, origin, fetchSite }: RequestOrigin,
  scheme: 'http' | 'https',
  hosts: ReadonlySet<string> | undefined,
): { readonly field: string; readonly problem: string } | undefined {
  const name = host === undefined ? undefined : hostName(host);
  if (hosts !== undefined && (name === undefined || !(hosts.has(name) || isLoopback(name)))) {
    return { field: 'host', problem: 'is no name that this host goes by' };
  }
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') {
    return { field: 'sec-fetch-site', problem: 'pages of other origins are not served' };
  }
  if (origin !== undefined && origin.toLowerCase() !== `${scheme}://${host?.toLowerCase()}`) {
    return { field: 'origin', problem: 'pages of other origins are not served' };
  }
  return undefined;
}

/**
 * The name in a `Host` header, without its port, in lower case.
 *
 * @returns undefined where it has none.
 * @internal
 */
export function hostName(host: string): string | undefined {
  const [, bracketed, plain] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(host) ?? [];
  return (bracketed ?? plain)?.toLowerCase();
}

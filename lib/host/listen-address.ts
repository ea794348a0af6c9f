import { isIP } from 'node:net';
import { invalidField } from '../core/errors.ts';

/**
 * Where a server listens.
 *
 * @internal
 */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`, `[::1]:port` or a port alone, which is one of the loopback address.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function listenAddress(value: unknown, field: string): ListenAddress {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.length > 300) {
    throw invalidField(field, 'must be "host:port" or a port');
  }
  const [, bracketed, plain, digits = ''] =
    /^(?:(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = digits === '' ? Number.NaN : Number(digits);
  if (!(port <= 65_535)) throw invalidField(field, 'must be "host:port" or a port');
  if (bracketed !== undefined && isIP(bracketed) !== 6) {
    throw invalidField(field, 'has no IPv6 address in its brackets');
  }
  return { host: bracketed ?? plain ?? '127.0.0.1', port };
}

/**
 * Whether only this machine can reach an address. A name is trusted where it is `localhost` alone: what any
 * other leads to may change.
 *
 * @internal
 */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/**
 * An address as a URL has it.
 *
 * @internal
 */
export function addressUrl(scheme: 'http' | 'https', { host, port }: ListenAddress): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

import { once } from 'node:events';
import type { Server } from 'node:http';
import { invalidField } from '../core/errors.ts';
import { addressUrl, type ListenAddress } from './listen-address.ts';

/**
 * Has a server listen.
 *
 * @returns its URL, with the port that it has.
 * @throws `INVALID_REQUEST` where it cannot listen there.
 * @internal
 */
export async function listenAt(
  server: Server,
  address: ListenAddress,
  scheme: 'http' | 'https',
  field: string,
): Promise<string> {
  const listening = once(server, 'listening');
  server.listen({ host: address.host, port: address.port });
  try {
    await listening;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw invalidField(field, `cannot listen on ${address.host}:${address.port} (${code})`, {
      reason: code,
    });
  }
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return addressUrl(scheme, { host: address.host, port });
}

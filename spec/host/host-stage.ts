import { request as sendRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Host } from '../../lib/host/host.ts';
import type { HostOptions } from '../../lib/host/host-options.ts';
import { startHost } from '../../lib/start-host.ts';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** A host on free ports for the duration of one function. */
export async function withHost<T>(
  use: (host: Host) => Promise<T>,
  options?: HostOptions,
): Promise<T> {
  const host = await startHost({ listen: '127.0.0.1:0', ...options });
  try {
    return await use(host);
  } finally {
    await host.destroy();
  }
}

/** Asks by a connection of its own; nothing is added to the headers but what HTTP demands. */
export function ask(
  url: string,
  method = 'GET',
  body?: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const type: Record<string, string> =
    typeof body === 'string' ? { 'content-type': 'application/json' } : {};
  const request = sendRequest(
    url,
    { method, agent: false, headers: { ...type, ...headers } },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    },
  );
  request.on('error', reject);
  request.end(body);
  return promise;
}

/** What an answer says, as JSON. */
export function jsonOf({ text }: Answer): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

/** A bare connection, and everything that comes by it until it is closed. */
export async function bareSocket(
  url: string,
): Promise<{ readonly socket: Socket; readonly all: Promise<string> }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const { promise: all, resolve } = Promise.withResolvers<string>();
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(text));
  const connected = Promise.withResolvers<void>();
  socket.once('connect', () => connected.resolve());
  await connected.promise;
  return { socket, all };
}

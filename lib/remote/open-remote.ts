import type { Supervisor } from '../actors/supervisor.ts';
import { invalidField } from '../core/errors.ts';
import { ApiConnection } from './api-connection.ts';
import { resolveConnectOptions } from './connect-options.ts';
import { RemoteSupervisor } from './remote-supervisor.ts';

/** Reaches a host, and asks who it is. */
export async function openRemote(url: unknown, options: unknown): Promise<Supervisor> {
  const resolved = resolveConnectOptions(url, options);
  const connection = new ApiConnection(resolved);
  try {
    const node = await connection.request({ method: 'GET', path: '/v1/node' });
    const { nodeId } = (node ?? {}) as { readonly nodeId?: unknown };
    if (typeof nodeId === 'string') return new RemoteSupervisor(connection, nodeId, resolved);
    throw invalidField('url', 'what answers there is no host of Wasmatrix', {
      url: connection.url,
    });
  } catch (error) {
    await connection.close();
    throw error;
  }
}

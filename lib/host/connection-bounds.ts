import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ResolvedHostLimits } from './host-limits.ts';

/**
 * Bounds the connections to a server, all of them and those of one address: one that opens as many as there
 * may be, and says nothing on them, must not keep out everybody else.
 *
 * @internal
 */
export function boundConnections(
  server: Server,
  {
    connections,
    connectionsPerAddress,
  }: Pick<ResolvedHostLimits, 'connections' | 'connectionsPerAddress'>,
): void {
  server.maxConnections = connections;
  if (connectionsPerAddress === 0) return;
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) return;
    const count = (open.get(remoteAddress) ?? 0) + 1;
    if (count > connectionsPerAddress) {
      socket.destroy();
      return;
    }
    open.set(remoteAddress, count);
    socket.once('close', () => {
      const left = (open.get(remoteAddress) ?? 1) - 1;
      if (left === 0) open.delete(remoteAddress);
      else open.set(remoteAddress, left);
    });
  });
}

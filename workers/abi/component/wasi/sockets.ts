import { type HostFunction, HostResource } from '../host-imports.ts';
import type { InterfaceGroup } from './interface-group.ts';
import { refusingFunctions } from './refusals.ts';

/** `network`: a right to the network that allows nothing. */
class Network extends HostResource {
  readonly allows: readonly string[] = [];
}

const UNANSWERABLE = new Set([
  '[method]resolve-address-stream.subscribe',
  '[method]tcp-socket.is-listening',
  '[method]tcp-socket.address-family',
  '[method]tcp-socket.subscribe',
  '[method]udp-socket.address-family',
  '[method]udp-socket.subscribe',
  '[method]incoming-datagram-stream.subscribe',
  '[method]outgoing-datagram-stream.subscribe',
]);

/**
 * `wasi:sockets`: present, because many toolchains import it unused, and denied in its own form.
 *
 * @internal
 */
export function socketInterfaces(): InterfaceGroup {
  const refuse = (name: string): Record<string, HostFunction> =>
    refusingFunctions(`wasi:sockets/${name}@0.2.0`, 'access-denied', UNANSWERABLE);
  return {
    'wasi:sockets/network@0.2.x': { 'network-error-code': () => undefined },
    'wasi:sockets/instance-network@0.2.x': { 'instance-network': () => new Network() },
    'wasi:sockets/tcp-create-socket@0.2.x': refuse('tcp-create-socket'),
    'wasi:sockets/udp-create-socket@0.2.x': refuse('udp-create-socket'),
    'wasi:sockets/ip-name-lookup@0.2.x': refuse('ip-name-lookup'),
    'wasi:sockets/tcp@0.2.x': refuse('tcp'),
    'wasi:sockets/udp@0.2.x': refuse('udp'),
  };
}

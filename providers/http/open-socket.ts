import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Clock } from '../../lib/core/clock.ts';
import { HttpFailure } from './http-failure.ts';
import { parseAddress } from './ip-address.ts';
import type { CheckedTarget } from './target-check.ts';
import { wireFailure } from './wire-failure.ts';

/**
 * Begins a connection to an address, without looking anything up.
 *
 * @internal
 */
export type Dial = (address: string, port: number) => Socket;

/**
 * What the opening of a connection depends on.
 *
 * @internal
 */
export interface OpeningParts {
  readonly clock: Clock;
  readonly dial: Dial;
  /** Certificates to trust besides the usual ones' place; for specs. */
  readonly ca?: string | undefined;
}

/**
 * Begins a connection by the operating system.
 *
 * @internal
 */
export const dialTcp: Dial = (address, port) => connect({ host: address, port, noDelay: true });

/**
 * Opens a connection to one of a target's judged addresses, in their order; each gets its share of the
 * time that is left. Where it has really gone is looked at before a byte is sent.
 *
 * @param timeoutMs - for everything, the TLS handshake included.
 * @throws `HttpFailure`
 * @internal
 */
export async function openSocket(
  target: CheckedTarget,
  timeoutMs: number,
  parts: OpeningParts,
  signal: AbortSignal,
): Promise<Socket> {
  const endsAtMs = parts.clock.now() + timeoutMs;
  let failure: unknown;
  for (const [index, address] of target.addresses.entries()) {
    const leftMs = endsAtMs - parts.clock.now();
    if (leftMs <= 0 || signal.aborted) break;
    const shareMs = leftMs / (target.addresses.length - index);
    try {
      const socket = parts.dial(address, target.port);
      await established(socket, 'connect', shareMs, parts.clock, signal);
      checkPeer(socket, target);
      return target.scheme === 'http'
        ? socket
        : await secured(socket, target, endsAtMs, parts, signal);
    } catch (cause) {
      failure = cause;
      // Another address of the same name would make no difference to these.
      if (cause instanceof HttpFailure) throw cause;
    }
  }
  throw failure === undefined ? tooSlow() : wireFailure(failure);
}

/**
 * A connection that has gone elsewhere than where it was sent is of no use to an honest request.
 *
 * @throws `HttpFailure` `destination-IP-prohibited`
 */
function checkPeer(socket: Socket, target: CheckedTarget): void {
  const peer = parseAddress(socket.remoteAddress ?? '')?.text;
  const isJudged = target.addresses.some((address) => parseAddress(address)?.text === peer);
  if (peer !== undefined && isJudged && socket.remotePort === target.port) return;
  socket.destroy();
  throw new HttpFailure('destination-IP-prohibited', 'the connection went to another address');
}

async function secured(
  socket: Socket,
  target: CheckedTarget,
  endsAtMs: number,
  { clock, ca }: OpeningParts,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const tls = connectTls({
    socket,
    // What the certificate must be for.
    host: target.host,
    // TLS knows no addresses as server names.
    ...(target.isAddress ? {} : { servername: target.host }),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    // Said outright, because an environment variable would switch it off otherwise.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
  });
  try {
    await established(tls, 'secureConnect', endsAtMs - clock.now(), clock, signal);
    return tls;
  } catch (cause) {
    socket.destroy();
    throw cause instanceof HttpFailure ? cause : wireFailure(cause, 'TLS-protocol-error');
  }
}

/** Waits for a socket to be usable; one that is not in time is destroyed. */
function established(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off(event, onOpen).off('close', onClose);
      // The listener for errors stays: one may follow that nobody else would hear.
      if (error === undefined) {
        resolve();
      } else {
        socket.destroy();
        reject(error);
      }
    };
    const onOpen = (): void => settle();
    const onClose = (): void => settle(new HttpFailure('connection-terminated', 'closed at once'));
    const onAbort = (): void => settle(new HttpFailure('connection-terminated', 'called off'));
    const timer = clock.setTimeout(() => settle(timedOut()), timeoutMs);
    signal.addEventListener('abort', onAbort);
    socket.on(event, onOpen).on('error', settle).on('close', onClose);
    if (signal.aborted) onAbort();
  });
}

/** Not a failure of the request yet: the next address may answer. */
function timedOut(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
}

function tooSlow(): HttpFailure {
  return new HttpFailure('connection-timeout', 'no connection in time');
}

import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { type buildConnector, Client, type Dispatcher } from 'undici';
import type { WireHeader } from './request-headers.ts';
import { wireFailure } from './wire-failure.ts';

/**
 * A request as it goes over the wire.
 *
 * @internal
 */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly WireHeader[];
  readonly body: Uint8Array | Readable | null;
}

/**
 * Holds back, and lets come again, the body of a response.
 *
 * @internal
 */
export interface Flow {
  pause(): void;
  resume(): void;
}

/**
 * Hears how a request fares. After `onEnd` or `onFailure` nothing follows.
 *
 * @internal
 */
export interface WireListener {
  /** The connection is there and the request is written to it. */
  onSent(): void;
  onHead(status: number, headers: readonly (readonly [string, Uint8Array])[], flow: Flow): void;
  /** The bytes are only lent. */
  onData(bytes: Uint8Array): void;
  onEnd(): void;
  onFailure(error: unknown): void;
}

/** How long a connection without a request is kept, in milliseconds, and the longest a server may ask for. */
const IDLE_MS = 4_000;
const MAX_IDLE_MS = 10_000;

/**
 * One connection of HTTP/1.1, for one request at a time, opened with the first. Nothing but what is
 * sent decides about it: no proxy, no cookies, no redirects, no decompression, no other protocol.
 *
 * @internal
 */
export class Connection {
  readonly #client: Client;
  readonly #opening = new AbortController();

  /**
   * @param origin - scheme, host and port; what the `Host` header says.
   * @param open - opens the socket.
   * @param onGone - called when the socket is gone.
   */
  constructor(
    origin: string,
    open: (signal: AbortSignal) => Promise<Socket>,
    maxHeaderBytes: number,
    onGone: () => void,
  ) {
    this.#client = new Client(origin, {
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: maxHeaderBytes,
      // Deadlines are kept by the exchange, whose clock can be chosen.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: MAX_IDLE_MS,
      strictContentLength: true,
      connect: (_options, callback) => void this.#connect(open, callback),
    });
    this.#client.on('disconnect', onGone);
    this.#client.on('connectionError', onGone);
  }

  async #connect(
    open: (signal: AbortSignal) => Promise<Socket>,
    callback: buildConnector.Callback,
  ): Promise<void> {
    let socket: Socket;
    try {
      socket = await open(this.#opening.signal);
    } catch (error) {
      callback(wireFailure(error), null);
      return;
    }
    callback(null, socket);
  }

  /** Sends a request; there must be none under way. */
  send(request: WireRequest, listener: WireListener): void {
    const { method, path, body } = request;
    this.#client.dispatch(
      { method, path, body, headers: request.headers.flat(), idempotent: false, upgrade: null },
      handlerFor(listener),
    );
  }

  /** Closes the connection at once; what is under way fails. Resolves when the socket is gone. */
  async destroy(): Promise<void> {
    this.#opening.abort();
    await this.#client.destroy();
  }
}

function handlerFor(listener: WireListener): Dispatcher.DispatchHandler {
  return {
    onRequestStart: () => listener.onSent(),
    onResponseStart(controller, status) {
      // An interim answer: the real one follows.
      if (status < 200) return;
      listener.onHead(status, headersOf(controller.rawHeaders), controller);
    },
    onResponseData: (_controller, bytes) => listener.onData(bytes),
    onResponseEnd: () => listener.onEnd(),
    onResponseError: (_controller, error) => listener.onFailure(error),
  };
}

/** The raw ones: they keep their order and doubles, and no name of the server's becomes a property. */
function headersOf(
  raw: Dispatcher.DispatchController['rawHeaders'],
): readonly (readonly [string, Uint8Array])[] {
  const flat = Array.isArray(raw) ? raw : [];
  const headers: (readonly [string, Uint8Array])[] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = Buffer.from(flat[index] ?? '').toString('latin1');
    // Copied, because a slice would pin the whole piece that came from the socket.
    headers.push([name.toLowerCase(), new Uint8Array(Buffer.from(flat[index + 1] ?? ''))]);
  }
  return headers;
}

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { CERTIFICATE, CERTIFICATE_KEY } from './http-certificate.ts';

/** What a server has been asked for. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Tells connections apart. */
  readonly clientPort: number;
}

/** A real server on loopback, that tells what it has seen. */
export class TestServer {
  readonly port: number;
  /** Connections that were ever made. */
  connections = 0;
  readonly requests: SeenRequest[] = [];
  /** Connections that are open now. */
  readonly sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
    });
  }

  /** Speaks HTTP; over TLS, with a certificate of its own making, where that is asked for. */
  static async http(
    handler: RequestListener,
    { host = '127.0.0.1', isSecure = false }: { host?: string; isSecure?: boolean } = {},
  ): Promise<TestServer> {
    const server = isSecure
      ? createTlsServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY })
      : createServer({ maxHeaderSize: 262_144 });
    const test = await TestServer.#listening(server, host);
    server.on('request', (...[request, response]: Parameters<RequestListener>) => {
      const { method = '', url = '', headers, socket } = request;
      test.requests.push({ method, url, headers, clientPort: socket.remotePort ?? 0 });
      handler(request, response);
    });
    return test;
  }

  /** Speaks whatever the listener says to each connection. */
  static async raw(
    onConnection: (socket: Socket) => void,
    { host = '127.0.0.1', port = 0 }: { host?: string; port?: number } = {},
  ): Promise<TestServer> {
    const server = createTcpServer();
    const test = await TestServer.#listening(server, host, port);
    server.on('connection', onConnection);
    return test;
  }

  static async #listening(server: Server, host: string, port = 0): Promise<TestServer> {
    server.listen(port, host);
    await once(server, 'listening');
    return new TestServer(server);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}

/** Servers of one spec, closed together. */
export class TestServers {
  readonly #open: TestServer[] = [];

  async http(...args: Parameters<typeof TestServer.http>): Promise<TestServer> {
    return this.#keep(await TestServer.http(...args));
  }

  async raw(...args: Parameters<typeof TestServer.raw>): Promise<TestServer> {
    return this.#keep(await TestServer.raw(...args));
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((server) => server.close()));
  }

  #keep(server: TestServer): TestServer {
    this.#open.push(server);
    return server;
  }
}

/** Waits until something holds that only the outside world can make true. */
export async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
  }
}

import { type Judgement, judgeAddress } from '../../providers/http/address-judgement.ts';
import { HttpCaller } from './http-caller.ts';
import { type TestServer, TestServers } from './http-servers.ts';

/** Where the specs' public servers listen: `judge` takes it for a public address. */
export const PUBLIC = '127.0.9.1';

export const REQUEST: readonly string[] = ['http:request'];
export const WITH_PRIVATE: readonly string[] = ['http:request', 'http:private'];

/** The real judge, but for the one address that has to be public and reachable. */
export function judge(address: string): Judgement {
  return address === PUBLIC ? 'public' : judgeAddress(address);
}

/** A resolver that knows some names, and remembers what it was asked. */
export function resolver(
  names: Readonly<Record<string, readonly string[] | (() => readonly string[])>>,
): { readonly asked: string[]; readonly resolve: (name: string) => Promise<readonly string[]> } {
  const known = new Map(Object.entries(names));
  const asked: string[] = [];
  return {
    asked,
    resolve: (name) => {
      asked.push(name);
      const answer = known.get(name) ?? [];
      return Promise.resolve(typeof answer === 'function' ? answer() : answer);
    },
  };
}

/** The providers and servers of one spec, closed together. */
export class HttpStage extends TestServers {
  readonly #callers: HttpCaller[] = [];

  async open(...args: Parameters<typeof HttpCaller.open>): Promise<HttpCaller> {
    const caller = await HttpCaller.open(...args);
    this.#callers.push(caller);
    return caller;
  }

  /** A server that answers the first bytes of a connection with these, and hangs up or not. */
  saying(answer: string, { hangsUp = false } = {}): Promise<TestServer> {
    return this.raw((socket) => {
      socket.once('data', () => {
        socket.write(answer, 'latin1');
        if (hangsUp) socket.end();
      });
    });
  }

  override async close(): Promise<void> {
    await Promise.all(this.#callers.splice(0).map((caller) => caller.close()));
    await super.close();
  }
}

/** The words of a text. */
export function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** Where a server on loopback is found. */
export function urlOf({ port }: TestServer, path = '/'): string {
  return `http://127.0.0.1:${port}${path}`;
}

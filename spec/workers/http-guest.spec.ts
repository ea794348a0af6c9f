import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type ServedGuest, servedGuest } from './http-served-guest.ts';

const ALLOWED = ['http:request', 'http:private'];

/** Answers by path. */
const respond: RequestListener = (request, response) => {
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  if (path === '/echo') {
    response.writeHead(201, {
      'x-method': request.method,
      'x-given': request.headers['x-given'] ?? '',
    });
    request.pipe(response);
  } else if (path === '/slow') setTimeout(() => response.end('slow'), 150);
  else if (path === '/half') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  } else if (path === '/never') request.resume();
  else response.writeHead(path === '/' ? 200 : 404).end('hello');
};

describe('fetch-c over the real provider and a real server', () => {
  let server: Server;
  let guest: ServedGuest;
  let origin: string;

  beforeEach(async () => {
    server = createServer(respond).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    guest = await servedGuest(ALLOWED);
  });

  afterEach(async () => {
    await guest[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('gets a response with its headers and body, and leaves nothing open', async () => {
    const answer = await guest.invoke('fetch', 'GET', `${origin}/`, [], undefined);
    expect(answer).to.deep.include({ status: 200, body: new Uint8Array(Buffer.from('hello')) });
    expect(await guest.invoke('fetch', 'GET', `${origin}/no`, [], undefined)).to.include({
      status: 404,
    });
    expect(guest.openTransfers()).to.equal(0);
  });

  it('streams a body of many pieces there and back', async () => {
    const body = Uint8Array.from({ length: 700_000 }, (_, index) => index % 251);
    const headers = [['X-Given', Buffer.from('yes')]];
    const answer = (await guest.invoke('fetch', 'POST', `${origin}/echo`, headers, body)) as {
      readonly headers: readonly (readonly [string, Uint8Array])[];
      readonly body: Uint8Array;
    };
    expect(answer).to.include({ status: 201 });
    expect(Buffer.compare(answer.body, body)).to.equal(0);
    const shown = new Map(
      answer.headers.map(([name, value]) => [name.toLowerCase(), Buffer.from(value).toString()]),
    );
    expect(shown.get('x-given')).to.equal('yes');
    expect(shown.get('x-method')).to.equal('POST');
    expect(shown.has('transfer-encoding')).to.equal(false);
    expect(guest.openTransfers()).to.equal(0);
  });

  it('sees two responses in the order in which they come', async () => {
    expect(await guest.invoke('fetch-two', `${origin}/slow`, `${origin}/`)).to.deep.equal([
      [1, 200],
      [0, 200],
    ]);
    expect(guest.openTransfers()).to.equal(0);
  });

  it('gives up a response that does not come in time', async () => {
    expect(await guest.invoke('fetch-within', `${origin}/never`, 30_000_000n)).to.equal(undefined);
    expect(await guest.invoke('fetch-within', `${origin}/`, 9_000_000_000n)).to.equal(200);
    expect(guest.openTransfers()).to.equal(0);
  });

  it('hears in terms of its interface what went wrong', async () => {
    const get = (url: string): Promise<unknown> => guest.invoke('fetch', 'GET', url, [], undefined);
    expect(await get(`${origin}/half`))
      .to.have.property('error')
      .that.is.oneOf(['HTTP-response-incomplete', 'connection-terminated']);
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    expect(await get(`http://127.0.0.1:${port}/`)).to.deep.equal({ error: 'connection-refused' });
    expect(guest.openTransfers()).to.equal(0);
  });

  it('P4 · is denied what the grant does not cover, and everything once it has ended', async () => {
    const denied = { error: 'HTTP-request-denied' };
    const narrow = await servedGuest(['http:request', 'http:private', 'http:domain:other.example']);
    try {
      expect(await narrow.invoke('fetch', 'GET', `${origin}/`, [], undefined)).to.deep.equal(
        denied,
      );
    } finally {
      await narrow[Symbol.asyncDispose]();
    }
    guest.revoke();
    expect(await guest.invoke('fetch', 'GET', `${origin}/`, [], undefined)).to.deep.equal(denied);
    expect(guest.openTransfers()).to.equal(0);
  });
});

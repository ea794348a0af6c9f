import { expect } from 'chai';
import type { HttpFailure } from '../../providers/http/http-failure.ts';
import { type Hop, nextHop } from '../../providers/http/redirect.ts';
import { hrefOf, parseTarget } from '../../providers/http/target-url.ts';
import type { Guest } from '../contract/http-caller.ts';
import type { TestServer } from '../contract/http-servers.ts';
import {
  HttpStage,
  judge,
  PUBLIC,
  REQUEST,
  resolver,
  urlOf,
  WITH_PRIVATE,
} from '../contract/http-stage.ts';

const stage = new HttpStage();

afterEach(() => stage.close());

describe('a redirect', () => {
  /** A public server that redirects where the query says, and what it must not lead to. */
  async function scene(
    permissions: readonly string[] = REQUEST,
  ): Promise<{ guest: Guest; from: TestServer; trap: TestServer; to(location: string): string }> {
    const trap = await stage.http((_request, response) => response.end('secret'));
    const from = await stage.http(
      (request, response) => {
        const location = new URL(request.url ?? '', 'http://x').searchParams.get('to');
        response.writeHead(location === null ? 200 : 302, location === null ? {} : { location });
        response.end();
      },
      { host: PUBLIC },
    );
    const names = resolver({
      'good.test': [PUBLIC],
      'also-good.test': [PUBLIC],
      'evil.test': ['127.0.0.1'],
    });
    const guest = (await stage.open({ resolve: names.resolve, judge })).guest(permissions);
    const to = (location: string): string =>
      `http://good.test:${from.port}/?to=${encodeURIComponent(location)}`;
    return { guest, from, trap, to };
  }

  it('is followed to a public host, from there to another, and no further than is asked for', async () => {
    const { guest, from, to } = await scene();
    expect(await guest.fateOf(to('/'))).to.equal('served');
    expect(await guest.fateOf(to(`http://also-good.test:${from.port}/`))).to.equal('served');
    expect(await guest.fateOf(to(to(`//also-good.test:${from.port}/`)))).to.equal('served');
    expect(await guest.fateOf(to('/'), { redirects: 'manual' })).to.equal('status 302');
  });

  it('P4 · to a private target is refused in every disguise, over any number of hops', async () => {
    const { guest, trap, to } = await scene();
    const secrets = [
      `http://127.0.0.1:${trap.port}/`,
      `http://2130706433:${trap.port}/`,
      `//0x7f.1:${trap.port}/`,
      `http://evil.test:${trap.port}/`,
      `http://[::ffff:7f00:1]:${trap.port}/`,
      `http://localhost:${trap.port}/`.replace('localhost', 'evil.test.'),
      'http://169.254.169.254/latest/meta-data/',
      'http://[fd00:ec2::254]/',
    ];
    for (const secret of secrets) {
      expect(await guest.fateOf(to(secret)), secret).to.equal('PERMISSION_DENIED');
      expect(await guest.fateOf(to(to(to(secret)))), secret).to.equal('PERMISSION_DENIED');
    }
    expect(trap.connections).to.equal(0);
  });

  it('to a private target is followed with http:private', async () => {
    const { guest, trap, to } = await scene(WITH_PRIVATE);
    expect(await guest.fateOf(to(to(`http://evil.test:${trap.port}/`)))).to.equal('served');
    expect(trap.requests).to.have.length(1);
  });

  it('P4 · to what is no URL for a request is refused', async () => {
    const { guest, trap, to } = await scene(WITH_PRIVATE);
    const locations = [
      'file:///etc/passwd',
      'data:text/plain,x',
      'gopher://127.0.0.1/',
      'javascript:1',
      `http://good.test@127.0.0.1:${trap.port}/`,
      `http:\\\\127.0.0.1:${trap.port}/`,
      'http://127.0.0.1:0/',
      'http://a..b/',
      `\\\\127.0.0.1:${trap.port}/`,
    ];
    for (const location of locations) {
      expect(await guest.fateOf(to(location)), location).to.equal('HTTP-request-URI-invalid');
    }
    expect(trap.connections).to.equal(0);
  });

  it('P4 · to a host that the grant does not name is refused', async () => {
    const { guest, from, to } = await scene(['http:request', 'http:domain:good.test']);
    const there = `http://also-good.test:${from.port}/`;
    expect(await guest.fateOf(to('/'))).to.equal('served');
    expect(await guest.fateOf(to(there))).to.equal('PERMISSION_DENIED');
    const begun = await guest.begin(to(there), { redirects: 'follow' });
    const refusal = await guest.on(begun, 'head', 5_000).catch((error: unknown) => error);
    expect(refusal).to.have.property('code', 'PERMISSION_DENIED');
  });

  it('P4 · that makes a GET of a POST is refused where the grant has no GET', async () => {
    const { guest, to } = await scene(['http:request', 'http:method:POST']);
    expect(await guest.fateOf(to('/'), { method: 'POST' })).to.equal('PERMISSION_DENIED');
    const other = await scene(['http:request', 'http:method:POST', 'http:method:GET']);
    expect(await other.guest.fateOf(other.to('/'), { method: 'POST' })).to.equal('served');
  });

  it('that never ends is given up after ten', async () => {
    const { guest, from } = await scene();
    const loop = await stage.http(
      (request, response) => response.writeHead(302, { location: `${request.url}x` }).end(),
      { host: PUBLIC },
    );
    expect(await guest.fateOf(`http://good.test:${loop.port}/`)).to.equal('loop-detected');
    expect(loop.requests).to.have.length(11);
    expect(from.connections).to.equal(0);
  });
});

describe('what a redirect makes of a request', () => {
  const hop = (change: Partial<Hop> = {}): Hop => ({
    target: parseTarget('https://good.test/a/b?c'),
    method: 'POST',
    headers: [
      ['authorization', 'secret'],
      ['cookie', 'a=1'],
      ['content-type', 'text/plain'],
      ['x-kept', 'x'],
    ],
    body: new Uint8Array([1]),
    ...change,
  });

  const namesOf = (next: Hop | undefined): string[] => (next?.headers ?? []).map(([name]) => name);

  it('is a GET without a body for 303 and for the POST of 301 and 302, and the same for the rest', () => {
    const cases: readonly (readonly [number, string, string])[] = [
      [301, 'POST', 'GET'],
      [302, 'POST', 'GET'],
      [303, 'POST', 'GET'],
      [303, 'PUT', 'GET'],
      [303, 'HEAD', 'HEAD'],
      [303, 'GET', 'GET'],
      [301, 'PUT', 'PUT'],
      [302, 'DELETE', 'DELETE'],
      [307, 'POST', 'POST'],
      [308, 'POST', 'POST'],
      [308, 'PUT', 'PUT'],
    ];
    for (const [status, method, expected] of cases) {
      const next = nextHop(hop({ method }), status, '/x');
      expect(next?.method, `${status} ${method}`).to.equal(expected);
      const keepsBody = expected === method;
      expect(next?.body !== undefined, `${status} ${method}`).to.equal(keepsBody);
      expect(namesOf(next).includes('content-type')).to.equal(keepsBody);
    }
  });

  it('is nothing for other answers, or without a place to go', () => {
    for (const status of [200, 300, 304, 305, 306, 309, 404]) {
      expect(nextHop(hop(), status, '/x')).to.equal(undefined);
    }
    expect(nextHop(hop(), 302, undefined)).to.equal(undefined);
  });

  it('keeps credentials within the origin', () => {
    expect(namesOf(nextHop(hop(), 307, '/x'))).to.include.members(['authorization', 'cookie']);
    expect(namesOf(nextHop(hop(), 307, 'https://GOOD.test.:443/x'))).to.include('cookie');
    for (const elsewhere of ['https://good.test:8443/', 'https://sub.good.test/', '//evil.test/']) {
      const names = namesOf(nextHop(hop(), 307, elsewhere));
      expect(names, elsewhere).to.deep.equal(['content-type', 'x-kept']);
    }
    const plain = hop({ target: parseTarget('http://good.test/') });
    expect(namesOf(nextHop(plain, 307, 'https://good.test/'))).not.to.include('authorization');
  });

  it('never leads from https to http, and repeats no body that was streamed', () => {
    const tagOf = (run: () => unknown): unknown => {
      try {
        return run();
      } catch (error) {
        return (error as HttpFailure).tag;
      }
    };
    expect(tagOf(() => nextHop(hop(), 302, 'http://good.test/'))).to.equal('HTTP-request-denied');
    const streamed = hop({ body: 'stream' });
    expect(tagOf(() => nextHop(streamed, 307, '/x'))).to.equal('HTTP-request-denied');
    expect(nextHop(streamed, 303, '/x')).to.include({ method: 'GET', body: undefined });
  });

  it('is relative to where the answer came from', () => {
    const whereTo = (location: string): string => hrefOf(nextHop(hop(), 302, location)!.target);
    expect(whereTo('x')).to.equal('https://good.test:443/a/x');
    expect(whereTo('?y#z')).to.equal('https://good.test:443/a/b?y');
    expect(whereTo('//other.test/')).to.equal('https://other.test:443/');
  });

  it('repeats a whole body over real sockets', async () => {
    const server = await stage.http((request, response) => {
      if (request.url === '/end') request.pipe(response);
      else response.writeHead(307, { location: '/end' }).end();
    });
    const guest = (await stage.open()).guest(WITH_PRIVATE);
    const reply = await guest.request(urlOf(server), {
      method: 'POST',
      body: Buffer.from('again'),
    });
    expect(Buffer.from(reply.body!).toString()).to.equal('again');
    expect(server.requests.map(({ method }) => method)).to.deep.equal(['POST', 'POST']);
  });

  it('takes a streamed body no further where it becomes a GET', async () => {
    const server = await stage.http((request, response) => {
      if (request.url === '/end') response.end(request.method);
      else response.writeHead(303, { location: '/end' }).end();
    });
    const guest = (await stage.open()).guest(WITH_PRIVATE);
    const options = { method: 'POST', hasBody: true, redirects: 'follow' };
    const begun = await guest.begin(urlOf(server), options);
    for (let count = 0; count < 5; count += 1) {
      expect(await guest.on(begun, 'write', new Uint8Array(100_000))).to.equal(true);
    }
    expect(await guest.on(begun, 'finish')).to.equal(true);
    expect((await guest.readAll(begun)).bytes.toString()).to.equal('GET');
  });
});

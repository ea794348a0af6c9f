import { connect } from 'node:net';
import { expect } from 'chai';
import { judgeAddress } from '../../providers/http/address-judgement.ts';
import { resolveName } from '../../providers/http/resolve-name.ts';
import type { Guest } from '../contract/http-caller.ts';
import {
  FORBIDDEN_HOSTS,
  LOOPBACK_NOTATIONS,
  MALFORMED_URLS,
  PRIVATE_HOSTS,
  PUBLIC_HOSTS,
} from '../contract/http-evasions.ts';
import type { TestServer } from '../contract/http-servers.ts';
import {
  HttpStage,
  judge,
  PUBLIC,
  REQUEST,
  resolver,
  WITH_PRIVATE,
  words,
} from '../contract/http-stage.ts';

const stage = new HttpStage();

afterEach(() => stage.close());

describe('where a request may go', () => {
  describe('P4 · however 127.0.0.1 is written, it takes http:private to get there', () => {
    let server: TestServer;
    let without: Guest;
    let having: Guest;

    beforeEach(async () => {
      server = await stage.http((_request, response) => response.end('secret'));
      // The real resolver and the real judge.
      const caller = await stage.open();
      without = caller.guest(REQUEST);
      having = caller.guest(WITH_PRIVATE);
    });

    for (const [title, url] of LOOPBACK_NOTATIONS) {
      it(`${title}: refused without it, served with it`, async () => {
        expect(await without.fateOf(url(server.port))).to.equal('PERMISSION_DENIED');
        expect(server.connections).to.equal(0);
        expect(await having.fateOf(url(server.port))).to.equal('served');
        expect(server.requests).to.have.length(1);
      });
    }

    for (const [title, url] of MALFORMED_URLS) {
      it(`${title}: no URL for a request, with or without it`, async () => {
        expect(await without.fateOf(url(server.port))).to.equal('HTTP-request-URI-invalid');
        expect(await having.fateOf(url(server.port))).to.equal('HTTP-request-URI-invalid');
        expect(server.connections).to.equal(0);
      });
    }
  });

  it('P4 · a host with a private address is refused before anything is connected to', async () => {
    let dialled = 0;
    const caller = await stage.open({
      dial: () => {
        dialled += 1;
        throw new Error('dialled');
      },
    });
    for (const host of PRIVATE_HOSTS) {
      expect(await caller.guest(REQUEST).fateOf(`http://${host}/`), host).to.equal(
        'PERMISSION_DENIED',
      );
      expect(dialled, host).to.equal(0);
      // The twin: who holds http:private gets as far as the network.
      await caller.guest(WITH_PRIVATE).fateOf(`http://${host}/`);
      expect(dialled, host).to.equal(1);
      dialled = 0;
    }
  });

  it('P4 · some addresses are nobody’s to connect to, whatever is granted', async () => {
    const caller = await stage.open({ dial: () => expect.fail('dialled') });
    for (const host of FORBIDDEN_HOSTS) {
      const fate = await caller.guest(WITH_PRIVATE).fateOf(`http://${host}/`);
      expect(fate, host).to.equal('destination-IP-prohibited');
    }
  });

  it('public addresses need nothing but http:request', async () => {
    const dialled: string[] = [];
    const caller = await stage.open({
      dial: (address) => {
        dialled.push(address);
        return connect({ host: '127.0.0.1', port: 1 });
      },
    });
    for (const host of PUBLIC_HOSTS) await caller.guest(REQUEST).fateOf(`http://${host}/`);
    expect(dialled).to.have.length(PUBLIC_HOSTS.length);
  });

  it('localhost is found without any network', async () => {
    const addresses = await resolveName('localhost');
    expect(addresses).not.to.be.empty;
    for (const address of addresses) expect(judgeAddress(address)).to.equal('private');
  });

  it('a name without addresses is an error, not a refusal', async () => {
    const { resolve } = resolver({
      'many.test': () => Array.from({ length: 65 }, () => '1.1.1.1'),
    });
    const guest = (await stage.open({ resolve })).guest(WITH_PRIVATE);
    expect(await guest.fateOf('http://nobody.test/')).to.equal('DNS-error');
    expect(await guest.fateOf('http://many.test/')).to.equal('DNS-error');
    const strange = await stage.open({ resolve: () => Promise.resolve(['not an address']) });
    expect(await strange.guest(WITH_PRIVATE).fateOf('http://x.test/')).to.equal('DNS-error');
    const short = await stage.open({ resolve: () => Promise.resolve(['127.1']) });
    expect(await short.guest(WITH_PRIVATE).fateOf('http://x.test/')).to.equal('DNS-error');
  });
});

describe('a name', () => {
  it('P4 · is refused if any of its addresses is, wherever in the answer that stands', async () => {
    const server = await stage.http((_request, response) => response.end(), { host: PUBLIC });
    const evil = words(`
      127.0.0.1 ::1 10.0.0.1 169.254.169.254 ::ffff:127.0.0.1 fe80::1%lo 64:ff9b::7f00:1
      2002:7f00:1:: 0.0.0.0 fd00:ec2::254
    `);
    for (const address of evil) {
      for (const answer of [
        [address],
        [PUBLIC, address],
        [address, PUBLIC],
        [PUBLIC, address, PUBLIC],
      ]) {
        const { resolve } = resolver({ 'mixed.test': answer });
        const caller = await stage.open({ resolve, judge });
        const fate = await caller.guest(REQUEST).fateOf(`http://mixed.test:${server.port}/`);
        expect(fate, answer.join()).to.equal('PERMISSION_DENIED');
      }
    }
    expect(server.connections).to.equal(0);
  });

  it('is served where all of its addresses are public', async () => {
    const server = await stage.http((_request, response) => response.end(), { host: PUBLIC });
    const { resolve } = resolver({ 'good.test': [PUBLIC, PUBLIC] });
    const guest = (await stage.open({ resolve, judge })).guest(REQUEST);
    expect(await guest.fateOf(`http://good.test:${server.port}/`)).to.equal('served');
    expect(server.requests[0]?.headers['host']).to.equal(`good.test:${server.port}`);
  });

  it('is served by whichever of its addresses answers', async () => {
    const server = await stage.http((_request, response) => response.end());
    const { resolve } = resolver({ 'two.test': ['127.0.0.77', '127.0.0.1'] });
    const guest = (await stage.open({ resolve })).guest(WITH_PRIVATE);
    expect(await guest.fateOf(`http://two.test:${server.port}/`)).to.equal('served');
  });

  it('P4 · that changes its answer after the check is not asked again', async () => {
    const good = await stage.http((_request, response) => response.end('good'), { host: PUBLIC });
    let answers = 0;
    const names = resolver({
      'rebind.test': () => {
        answers += 1;
        return [answers === 1 ? PUBLIC : '127.0.0.1'];
      },
    });
    const guest = (await stage.open({ resolve: names.resolve, judge })).guest(REQUEST);
    expect(await guest.fateOf(`http://rebind.test:${good.port}/`)).to.equal('served');
    expect(names.asked).to.deep.equal(['rebind.test']);
    // The next request asks anew, and no connection that is still open saves it.
    expect(await guest.fateOf(`http://rebind.test:${good.port}/`)).to.equal('PERMISSION_DENIED');
    expect(good.requests).to.have.length(1);
  });

  it('gets another connection when it has another address', async () => {
    const first = await stage.http((_request, response) => response.end(), { host: PUBLIC });
    const second = await stage.raw(
      (socket) =>
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')),
      { host: '127.0.9.2', port: first.port },
    );
    let address = PUBLIC;
    const resolve = (): Promise<string[]> => Promise.resolve([address]);
    const guest = (await stage.open({ resolve, judge: () => 'public' })).guest(REQUEST);
    const ask = (): Promise<string> => guest.fateOf(`http://moved.test:${first.port}/`);
    expect([await ask(), await ask()]).to.deep.equal(['served', 'served']);
    expect(first.connections).to.equal(1);
    address = '127.0.9.2';
    expect([await ask(), await ask()]).to.deep.equal(['served', 'served']);
    expect([first.connections, second.connections]).to.deep.equal([1, 1]);
    expect(first.requests).to.have.length(2);
  });

  it('P4 · a connection that went elsewhere than it was sent is closed before a byte is', async () => {
    let received = 0;
    const trap = await stage.raw((socket) =>
      socket.on('data', (bytes) => {
        received += bytes.length;
      }),
    );
    const caller = await stage.open({
      resolve: () => Promise.resolve([PUBLIC]),
      judge,
      dial: (_address, port) => connect({ host: '127.0.0.1', port }),
    });
    const guest = caller.guest(REQUEST);
    for (const scheme of ['http', 'https']) {
      const fate = await guest.fateOf(`${scheme}://good.test:${trap.port}/`);
      expect(fate).to.equal('destination-IP-prohibited');
    }
    expect(trap.connections).to.equal(2);
    expect(received).to.equal(0);
  });

  it('in a grant is compared after everything that a URL does to it', async () => {
    const server = await stage.http((_request, response) => response.end(), { host: PUBLIC });
    const caller = await stage.open({ resolve: () => Promise.resolve([PUBLIC]), judge });
    const guest = caller.guest(['http:request', `http:domain:*.Bücher.example:${server.port}`]);
    const fates = await Promise.all(
      [
        'a.bücher.example',
        'A.BÜCHER.EXAMPLE.',
        'a.xn--bcher-kva.example',
        'a。bu\u0308cher.example',
      ].map((host) => guest.fateOf(`http://${host}:${server.port}/`)),
    );
    expect(fates).to.deep.equal(['served', 'served', 'served', 'served']);
    const others = await Promise.all(
      [
        'bücher.example',
        'bucher.example',
        'a.bücher.example.evil.test',
        'a.bϋcher.example',
        'a.bücher.example%23.evil.test',
        'xbücher.example',
        '127.0.9.1',
      ].map((host) => guest.fateOf(`http://${host}:${server.port}/`)),
    );
    for (const fate of others) {
      expect(fate).to.be.oneOf(['PERMISSION_DENIED', 'HTTP-request-URI-invalid']);
    }
    const otherPort = await guest.fateOf('http://a.bücher.example:1/');
    expect(otherPort).to.equal('PERMISSION_DENIED');
    expect(server.requests).to.have.length(4);
  });
});

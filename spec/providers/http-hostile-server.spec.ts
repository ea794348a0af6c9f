import { expect } from 'chai';
import { HttpStage, urlOf, WITH_PRIVATE } from '../contract/http-stage.ts';
import { settled } from '../thrown.ts';

const stage = new HttpStage();

afterEach(() => stage.close());

describe('a server that does not keep to the protocol', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['talks something else', 'SSH-2.0-OpenSSH_9.0\r\n', 'HTTP-protocol-error'],
    ['sends a binary mess', '\x00\x01\x02\xff\xfe\r\n\r\n', 'HTTP-protocol-error'],
    ['says nothing and goes', '', 'connection-terminated'],
    ['goes within the head', 'HTTP/1.1 200 OK\r\ncontent-le', 'connection-terminated'],
    [
      'goes within the body',
      'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf',
      'HTTP-response-incomplete',
    ],
    [
      'goes within a chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nhalf',
      'HTTP-response-incomplete',
    ],
    [
      'sends garbage for a chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nx',
      'HTTP-protocol-error',
    ],
    [
      'sends a negative chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\nx',
      'HTTP-protocol-error',
    ],
    [
      'sends an endless chunk size',
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'f'.repeat(40)}\r\n`,
      'HTTP-protocol-error',
    ],
    [
      'gives two lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx',
      'HTTP-response-incomplete',
    ],
    [
      'gives a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'HTTP-response-incomplete',
    ],
    [
      'gives a length that is no number',
      'HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n',
      'HTTP-protocol-error',
    ],
    ['breaks a header', 'HTTP/1.1 200 OK\r\na b\r\n\r\n', 'HTTP-protocol-error'],
    [
      'sends a giant header',
      `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(70_000)}\r\n\r\n`,
      'HTTP-response-header-section-size',
    ],
    [
      'sends thousands of headers',
      `HTTP/1.1 200 OK\r\n${'x: \r\n'.repeat(1_001)}\r\n`,
      'HTTP-response-header-section-size',
    ],
    [
      'switches protocols unasked',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
      'connection-terminated',
    ],
  ];

  for (const [title, answer, fate] of cases) {
    it(`that ${title}: ${fate}`, async () => {
      const server = await stage.saying(answer, { hangsUp: true });
      const caller = await stage.open();
      expect(await caller.guest(WITH_PRIVATE).fateOf(urlOf(server))).to.equal(fate);
      expect(caller.metadata).to.include({ failures: 1, openTransfers: 0, openConnections: 0 });
    });
  }

  it('that sends interim answers first is understood', async () => {
    const answer = 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'.repeat(3);
    const server = await stage.saying(`${answer}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`);
    expect(await (await stage.open()).guest(WITH_PRIVATE).fateOf(urlOf(server))).to.equal('served');
  });

  it('that sends more than it said spoils nobody else’s answer', async () => {
    const server = await stage.saying(
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 200 OK\r\n\r\nevil',
    );
    const guest = (await stage.open()).guest(WITH_PRIVATE);
    expect(await guest.fateOf(urlOf(server))).to.equal('served');
    await settled();
    const second = await guest.request(urlOf(server));
    expect(second.body).to.deep.equal(new Uint8Array([0x61]));
    expect(server.connections).to.equal(2);
  });
});

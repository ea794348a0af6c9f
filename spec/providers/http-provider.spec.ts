import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { type Reply, textOf } from '../contract/http-caller.ts';
import { CERTIFICATE } from '../contract/http-certificate.ts';
import { eventually, type TestServer } from '../contract/http-servers.ts';
import { HttpStage, urlOf, WITH_PRIVATE } from '../contract/http-stage.ts';
import { RUNS } from '../core/property-runs.ts';
import { rejectionOf } from '../thrown.ts';

const stage = new HttpStage();

afterEach(() => stage.close());

/** Sends back what it gets. */
const echo = (): Promise<TestServer> =>
  stage.http((request, response) => {
    response.writeHead(200, { 'x-method': request.method, 'x-path': request.url });
    request.pipe(response);
  });

function headerOf(reply: Reply, name: string): string | undefined {
  const value = reply.headers?.find(([each]) => each === name)?.[1];
  return value instanceof Uint8Array ? textOf(value) : value;
}

describe('a request in one piece', () => {
  it('goes out as it was given and comes back whole', async () => {
    const server = await echo();
    const guest = (await stage.open()).guest(WITH_PRIVATE);
    const reply = await guest.request(urlOf(server, '/a%20b?c=ä'), {
      method: 'post',
      headers: [
        ['X-Test', 'ü'],
        ['Accept', 'text/plain'],
      ],
      body: Buffer.from('hello'),
    });
    expect(reply.status).to.equal(200);
    expect(textOf(reply.body)).to.equal('hello');
    expect(headerOf(reply, 'x-method')).to.equal('POST');
    expect(headerOf(reply, 'x-path')).to.equal('/a%20b?c=%C3%A4');
    const seen = server.requests[0]?.headers;
    expect(seen).to.include({ accept: 'text/plain', 'content-length': '5' });
    expect(Buffer.from(String(seen?.['x-test']), 'latin1').toString('utf8')).to.equal('ü');
    // Nothing is added that nobody asked for.
    const added = Object.keys(seen ?? {}).sort();
    expect(added).to.deep.equal(['accept', 'connection', 'content-length', 'host', 'x-test']);
  });

  it('is not decompressed, and keeps doubled headers apart', async () => {
    const server = await stage.http((_request, response) => {
      response.writeHead(
        200,
        [
          ['Content-Encoding', 'gzip'],
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
          ['__proto__', 'x'],
        ].flat(),
      );
      response.end('not really gzip');
    });
    const guest = (await stage.open()).guest(WITH_PRIVATE);
    const reply = await guest.request(urlOf(server));
    expect(textOf(reply.body)).to.equal('not really gzip');
    const cookies = reply.headers?.filter(([name]) => name === 'set-cookie');
    expect(cookies?.map(([, value]) => value)).to.deep.equal(['a=1', 'b=2']);
    expect(headerOf(reply, '__proto__')).to.equal('x');
    // No cookie jar: what was set is not sent back.
    await guest.request(urlOf(server));
    expect(server.requests[1]?.headers).not.to.have.property('cookie');
  });

  it('knows no proxy of the environment', async () => {
    const [server, proxy] = [await echo(), await echo()];
    process.env['HTTP_PROXY'] = process.env['http_proxy'] = urlOf(proxy);
    try {
      const guest = (await stage.open()).guest(WITH_PRIVATE);
      expect((await guest.request(urlOf(server))).status).to.equal(200);
    } finally {
      delete process.env['HTTP_PROXY'];
      delete process.env['http_proxy'];
    }
    expect(proxy.connections).to.equal(0);
  });

  it('by TLS trusts no certificate that it was not told to, nor one for another name', async () => {
    const server = await stage.http((_request, response) => response.end(), { isSecure: true });
    const resolve = (): Promise<string[]> => Promise.resolve(['127.0.0.1']);
    const [trusting, usual] = [
      (await stage.open({ resolve, ca: CERTIFICATE })).guest(WITH_PRIVATE),
      (await stage.open({ resolve })).guest(WITH_PRIVATE),
    ];
    const url = (host: string): string => `https://${host}:${server.port}/`;
    expect(await trusting.fateOf(url('secure.test'))).to.equal('served');
    expect(await trusting.fateOf(url('127.0.0.1'))).to.equal('served');
    expect(await trusting.fateOf(url('other.test'))).to.equal('TLS-certificate-error');
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const { emitWarning } = process;
    // Node warns of it once, which is none of this spec's business.
    process.emitWarning = () => undefined;
    try {
      expect(await usual.fateOf(url('secure.test'))).to.equal('TLS-certificate-error');
    } finally {
      process.emitWarning = emitWarning;
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
    const plain = await echo();
    expect(
      await trusting.fateOf(url('secure.test').replace(`${server.port}`, `${plain.port}`)),
    ).to.equal('TLS-protocol-error');
    expect(server.requests).to.have.length(2);
  });
});

describe('a streamed request', () => {
  it('flows both ways at the same time', async () => {
    const server = await echo();
    const guest = (await stage.open()).guest(WITH_PRIVATE);
    const begun = await guest.begin(urlOf(server), { method: 'POST', hasBody: true });
    for (const word of ['one', 'two', 'three']) {
      expect(await guest.on(begun, 'write', Buffer.from(word))).to.equal(true);
      const head = await guest.on(begun, 'head', 5_000);
      expect(head.status).to.equal(200);
      const { bytes, isEnd } = await guest.on(begun, 'read', 100, 5_000);
      expect([textOf(bytes), isEnd]).to.deep.equal([word, false]);
    }
    expect(await guest.on(begun, 'finish')).to.equal(true);
    expect(await guest.on(begun, 'read', 100, 5_000)).to.deep.include({ isEnd: true });
    expect(await guest.on(begun, 'drop')).to.equal(true);
    expect(await guest.on(begun, 'drop')).to.equal(true);
    expect((await rejectionOf(guest.on(begun, 'read', 1, 0))).details['field']).to.equal(
      'transfer',
    );
  });

  it('carries any bytes unchanged, however they are cut', async () => {
    const server = await echo();
    const caller = await stage.open();
    const pieces = fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 70_000 }), async (sent, most) => {
        const guest = caller.guest(WITH_PRIVATE);
        const begun = await guest.begin(urlOf(server), { method: 'PUT', hasBody: true });
        const writing = (async () => {
          for (const piece of sent) await guest.on(begun, 'write', new Uint8Array(piece));
          await guest.on(begun, 'finish');
        })();
        const got: Uint8Array[] = [];
        for (let isEnd = false; !isEnd; ) {
          const reply = await guest.on(begun, 'read', Math.max(most, 500), 5_000);
          expect(reply.bytes?.byteLength).to.be.at.most(Math.min(Math.max(most, 500), 65_536));
          got.push(reply.bytes!);
          isEnd = reply.isEnd!;
        }
        await writing;
        guest.context.end();
        expect(
          Buffer.concat(got).equals(Buffer.concat(sent.map((each) => Buffer.from(each)))),
        ).to.equal(true);
      }),
      { numRuns: Math.min(RUNS.numRuns ?? 100, 200) },
    );
  });

  it('does not take in a response that nobody reads', async () => {
    const size = 64 * 1_048_576;
    const server = await stage.http((_request, response) => {
      const piece = Buffer.alloc(65_536);
      let left = size;
      const go = (): void => {
        while (left > 0) {
          left -= piece.byteLength;
          if (!response.write(piece)) return void response.once('drain', go);
        }
        response.end();
      };
      go();
    });
    const caller = await stage.open();
    const guest = caller.guest(WITH_PRIVATE);
    const begun = await guest.begin(urlOf(server));
    await guest.on(begun, 'head', 5_000);
    let before = -1;
    // It stands still when nothing more has come for a while of the event loop's turns.
    while (before !== caller.metadata['bytesIn']) {
      before = Number(caller.metadata['bytesIn']);
      await isSettledSoon(new Promise(() => undefined));
    }
    expect(before).to.be.within(65_536, 262_144);
    expect((await guest.readAll(begun)).bytes.byteLength).to.equal(size);
  });

  it('waits with the next piece until the server has read', async () => {
    const held: IncomingMessage[] = [];
    const server = await stage.http((request, response) => {
      held.push(request);
      request.on('end', () => response.end());
    });
    const guest = (await stage.open()).guest(WITH_PRIVATE);
    const begun = await guest.begin(urlOf(server), { method: 'POST', hasBody: true });
    let written = 0;
    let blocked: Promise<Reply> | undefined;
    while (blocked === undefined) {
      const writing = guest.on(begun, 'write', new Uint8Array(1_048_576));
      written += 1;
      if (!(await isSettledSoon(writing))) blocked = writing;
      // The kernel takes some megabytes before it makes us wait.
      expect(written).to.be.at.most(64);
    }
    const room = [[begun.transfer ?? 0, 'room']] as const;
    expect(await guest.call('wait', 'c-1', room, 0)).to.deep.equal([]);
    const another = await rejectionOf(guest.on(begun, 'write', new Uint8Array(1)));
    expect(another.code).to.equal('INVALID_REQUEST');
    let received = 0;
    held[0]?.on('data', (bytes: Uint8Array) => {
      received += bytes.byteLength;
    });
    expect(await blocked).to.equal(true);
    expect(await guest.call('wait', 'c-1', room, 0)).to.deep.equal([0]);
    await guest.on(begun, 'finish');
    expect((await guest.on(begun, 'head', 5_000)).status).to.equal(200);
    expect(received).to.equal(written * 1_048_576);
  });

  it('tells which of many is ready', async () => {
    const answers: (() => void)[] = [];
    const server = await stage.http((_request, response) => {
      answers.push(() => response.end('x'));
    });
    const guest = (await stage.open()).guest(WITH_PRIVATE);
    const begun = [];
    for (let index = 0; index < 3; index += 1) begun.push(await guest.begin(urlOf(server)));
    const list = begun.map(({ transfer }) => [transfer ?? 0, 'head'] as const);
    expect(await guest.call('wait', 'c-1', list, 0)).to.deep.equal([]);
    const waiting = guest.call('wait', 'c-1', list, 10_000);
    await eventually(() => answers.length === 3);
    answers[1]?.();
    const [ready] = (await waiting) as number[];
    // Connections open in any order; what is ready really is.
    expect((await guest.on(begun[ready ?? -1] ?? {}, 'head', 0)).status).to.equal(200);
    expect(await guest.on(begun[ready === 0 ? 1 : 0] ?? {}, 'head', 0)).to.equal(null);
  });

  it('may declare its length, and must keep to it', async () => {
    const server = await echo();
    const guest = (await stage.open()).guest(WITH_PRIVATE);
    for (const [length, fate] of [
      ['5', undefined],
      ['4', 'HTTP-request-body-size'],
      ['6', 'HTTP-request-body-size'],
    ] as const) {
      const headers = [['Content-Length', length]] as const;
      const begun = await guest.begin(urlOf(server), { method: 'PUT', hasBody: true, headers });
      await guest.on(begun, 'write', Buffer.from('hello'));
      await guest.on(begun, 'finish');
      const head = await guest.on(begun, 'head', 5_000);
      const outcome = head.error ?? (await guest.readAll(begun)).error;
      expect(outcome, length).to.equal(fate);
    }
    expect(server.requests[0]?.headers).to.include({ 'content-length': '5' });
  });
});

/** Whether a promise settles while the event loop turns some thousand times. */
async function isSettledSoon(promise: Promise<unknown>): Promise<boolean> {
  const state = { isSettled: false };
  void promise.then(() => {
    state.isSettled = true;
  });
  for (let turn = 0; turn < 2_000 && !state.isSettled; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  return state.isSettled;
}

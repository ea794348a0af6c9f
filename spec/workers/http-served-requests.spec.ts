import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import type { Guest } from '../../workers/guest.ts';
import {
  BadArguments,
  CapabilityRefused,
  GuestError,
  PayloadTooLarge,
} from '../../workers/guest-failure.ts';
import { boundGuest } from '../guests/bound-guest.ts';
import { type RecordingOptions, recordingHost } from '../guests/recording-host.ts';
import { payloadThrownBy } from '../thrown.ts';
import { thrownBy } from './component-guest.ts';

const RUNS = Math.ceil(Number(process.env['FC_RUNS'] ?? 100) / 4);
const HANDLER = 'wasi:http/incoming-handler@0.2';

interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  readonly trailers?: readonly (readonly [string, string])[];
}

function served(guest: Guest, request: unknown): Answer {
  return guest.invoke(HANDLER, [request]) as Answer;
}

const serveC = (options?: RecordingOptions): Guest => boundGuest('serve-c', recordingHost(options));
const textOf = ({ body }: Answer): string => Buffer.from(body).toString();
const fieldOf = (run: () => unknown): string => {
  const thrown = thrownBy(run);
  expect(thrown).to.be.instanceOf(BadArguments);
  return (thrown as BadArguments).field;
};

const name = fc.stringMatching(/^x-[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/);
const value = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,40}$/);

describe('requests that a guest answers', () => {
  it('come to it as they were given, and its answer comes back as it was written', () => {
    const guest = serveC();
    fc.assert(
      fc.property(
        fc.record({
          method: fc.constantFrom('GET', 'POST', 'PATCH', 'get', 'PURGE'),
          path: fc.webPath().map((path) => `/echo${path}`),
          authority: fc.option(fc.constantFrom('h', 'server.example:81'), { nil: undefined }),
          scheme: fc.option(fc.constantFrom('http', 'HTTPS', 'ws'), { nil: undefined }),
          headers: fc.array(fc.tuple(name, value), { maxLength: 8 }),
          body: fc.uint8Array({ maxLength: 10_000 }),
        }),
        ({ method, path, authority, scheme, headers, body }) => {
          const request = { method, path, authority, scheme, headers, body };
          const schemes = new Map([
            ['http', 'HTTP'],
            ['ws', 'ws'],
          ]);
          expect(served(guest, request)).to.deep.equal({
            status: 200,
            headers: [
              ...headers,
              ['x-method', method],
              ['x-path', path],
              ...(authority === undefined ? [] : [['x-authority', authority]]),
              ...(scheme === undefined ? [] : [['x-scheme', schemes.get(scheme) ?? scheme]]),
            ],
            body,
          });
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('may be written with a URL, a record of headers and a text', () => {
    const answer = served(serveC(), {
      method: 'POST',
      url: 'http://server.example:81/echo?a=b#there',
      headers: { 'x-one': 'é', 'x-two': ['2', '3'] },
      body: 'grüße',
    });
    expect(textOf(answer)).to.equal('grüße');
    expect(answer.headers).to.deep.equal([
      ['x-one', 'é'],
      ['x-two', '2'],
      ['x-two', '3'],
      ['x-method', 'POST'],
      ['x-path', '/echo?a=b'],
      ['x-authority', 'server.example:81'],
      ['x-scheme', 'HTTP'],
    ]);
  });

  it('P18 · are refused by field before the guest is entered', () => {
    const guest = serveC();
    const path = '/count';
    const bad: readonly (readonly [field: string, request: unknown])[] = [
      ['', undefined],
      ['', 'http://h/'],
      ['', [path]],
      ['.url', {}],
      ['.url', { url: '/relative' }],
      ['.url', { url: 'ftp://h/' }],
      ['.url', { url: 'http://user:secret@h/' }],
      ['.url', { url: 5 }],
      ['.path', { url: 'http://h/', path }],
      ['.path', { path: 'no-slash' }],
      ['.path', { path: '/a b' }],
      ['.authority', { path, authority: 'user@h' }],
      ['.authority', { path, authority: 'h:65536' }],
      ['.authority', { path, authority: 'h:99999' }],
      ['.scheme', { path, scheme: '1' }],
      ['.method', { path, method: 'GET /' }],
      ['.method', { path, method: '' }],
      ['.method', { path, method: 'connect' }],
      ['.method', { path, method: null }],
      ['.bodies', { path, bodies: '' }],
      ['.body', { path, body: [1] }],
      ['.headers', { path, headers: 'x: y' }],
      ['.headers.host', { path, headers: { host: 'h' } }],
      ['.headers.Transfer-Encoding', { path, headers: { 'Transfer-Encoding': 'chunked' } }],
      ['.headers.a b', { path, headers: { 'a b': 'c' } }],
      ['.headers.a', { path, headers: { a: 'x\r\ny: z' } }],
      ['.headers.a', { path, headers: { a: ['x', 5] } }],
      ['.headers.a', { path, headers: { a: '漢' } }],
      ['.headers.content-length', { path, headers: { 'content-length': '5' }, body: 'four' }],
      ['.headers[1]', { path, headers: [['a', 'b'], ['c']] }],
      ['.headers[0]', { path, headers: [['connection', 'close']] }],
    ];
    for (const [field, request] of bad) {
      expect(fieldOf(() => served(guest, request))).to.equal(`args[0]${field}`);
    }
    expect(fieldOf(() => guest.invoke(HANDLER, []))).to.equal('args');
    expect(fieldOf(() => serveCounter().invoke(HANDLER, [{ path }]))).to.equal('exportName');
    expect(textOf(served(guest, { path }))).to.equal('1');
  });

  it('are bounded, and so are the answers', () => {
    const guest = serveC({ payloadBytes: 1_000 });
    const body = new Uint8Array(1_000);
    expect(served(guest, { path: '/echo', body }).body).to.deep.equal(body);
    expect(served(guest, { path: '/large?1000' }).body).to.have.length(1_000);
    const headers = Array.from({ length: 2_000 }, (_, at) => [`x-${at}`, '']);
    const attempts: readonly (readonly [string, unknown])[] = [
      ['args[0].body', { path: '/echo', body: new Uint8Array(1_001) }],
      ['args[0].headers', { path: '/echo', headers }],
      ['result.body', { path: '/large?1001' }],
      ['result.headers', { path: '/echo', headers: headers.slice(0, 950) }],
    ];
    for (const [field, request] of attempts) {
      const thrown = thrownBy(() => served(guest, request));
      expect(thrown, field).to.be.instanceOf(PayloadTooLarge).and.to.include({ field });
    }
    expect(textOf(served(guest, { path: '/count' }))).to.equal('1');
  });

  it('may be answered by an error, by nothing, or by half of a response', () => {
    const guest = serveC();
    const payloadOf = (path: string): unknown =>
      payloadThrownBy(GuestError, () => served(guest, { path }));
    expect(payloadOf('/error')).to.deep.equal({ tag: 'internal-error', val: 'it was asked for' });
    expect(payloadOf('/leave')).to.deep.equal({ tag: 'HTTP-response-incomplete' });
    expect(payloadOf('/dropped')).to.deep.equal({ tag: 'HTTP-response-incomplete' });
    expect(payloadOf('/short')).to.deep.equal({ tag: 'HTTP-response-body-size', val: 4n });
    expect(payloadOf('/head')).to.deep.equal({ tag: 'HTTP-response-body-size', val: 0n });
    expect(payloadOf('/silent')).to.have.property('tag', 'internal-error');
    expect(thrownBy(() => served(guest, { path: '/silent' })).message).to.equal(
      'the guest returned without answering the request',
    );
    expect(served(guest, { path: '/head', method: 'HEAD' })).to.deep.include({
      headers: [['content-length', '5']],
      body: new Uint8Array(),
    });
    const announced = { path: '/echo', method: 'HEAD', body: 'as long as this' };
    expect(served(guest, announced)).to.deep.include({ status: 200, body: new Uint8Array() });
    expect(served(guest, { path: '/trailers' }).trailers).to.deep.equal([['x-checksum', '42']]);
    expect(served(guest, { path: '/status?404' }).status).to.equal(404);
  });

  it('P1 · are answered by an instance each, and other calls by one that stays', () => {
    const guest = serveC();
    const path = fc.constantFrom('/count', '/calls', '/hoard', '/leave', 'called');
    let calls = 0;
    fc.assert(
      fc.property(fc.array(path, { minLength: 1, maxLength: 20 }), (steps) => {
        for (const step of steps) {
          if (step === 'called') {
            expect(guest.invoke('countCalls', [])).to.equal(++calls);
            expect(guest.invoke('count-requests', [])).to.equal(0);
          } else if (step === '/leave') {
            expect(() => served(guest, { path: step })).to.throw(GuestError);
          } else {
            // Pages of memory that a request finds, calls that it sees, requests that it has seen.
            const expected = new Map([
              ['/hoard', '1'],
              ['/calls', '0'],
            ]);
            expect(textOf(served(guest, { path: step }))).to.equal(expected.get(step) ?? '1');
          }
          expect(guest.memoryBytes()).to.be.at.most(65_536);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('are answered by one instance as often as it may, unless it kept what it was given', () => {
    const step = fc.constantFrom('/count', '/keep', '/leave', '/error', 'bad');
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(step, { minLength: 1, maxLength: 30 }),
        (requestsPerInstantiation, steps) => {
          const guest = serveC({ requestsPerInstantiation });
          let answered = 0;
          let allowed = 0;
          let kept = 0;
          for (const path of steps) {
            if (path === 'bad') {
              expect(() => served(guest, { path })).to.throw(BadArguments);
              continue;
            }
            if (path === '/leave' || path === '/error') {
              expect(() => served(guest, { path })).to.throw(GuestError);
              answered = 0;
              kept = 0;
              continue;
            }
            expect(textOf(served(guest, { path }))).to.equal(String(++answered));
            if (path === '/keep') kept += 1;
            if (answered === 1) allowed = kept;
            if (answered < requestsPerInstantiation && kept <= allowed) continue;
            answered = 0;
            kept = 0;
          }
        },
      ),
      { numRuns: 4 * RUNS },
    );
  });

  it('end the guest when one of them traps', () => {
    const guest = serveC();
    guest.invoke('count-calls', []);
    const trap = thrownBy(() => served(guest, { path: '/trap' }));
    expect(trap).to.be.instanceOf(WebAssembly.RuntimeError);
    expect(thrownBy(() => served(guest, { path: '/count' }))).to.equal(trap);
    expect(thrownBy(() => guest.invoke('count-calls', []))).to.equal(trap);
  });

  it('may be answered with what a provider says, as grants allow', () => {
    const greeting = new TextEncoder().encode('hello');
    const granted = serveC({
      serve: (operation): WireValue => (operation === 'get' ? greeting : undefined),
    });
    expect(served(granted, { path: '/store' })).to.deep.include({ status: 200, body: greeting });
    const denied = serveC({
      serve: () => {
        throw new CapabilityRefused({ code: 'PERMISSION_DENIED', message: 'no' });
      },
    });
    const answer = served(denied, { path: '/store' });
    expect([answer.status, textOf(answer)]).to.deep.equal([403, 'access-denied']);
  });
});

function serveCounter(): Guest {
  return boundGuest('counter-c', recordingHost());
}

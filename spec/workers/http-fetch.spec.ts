import { expect } from 'chai';
import * as fc from 'fast-check';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { servedInterface } from '../../lib/wasm/component-interfaces.ts';
import type { Guest } from '../../workers/guest.ts';
import { GuestError } from '../../workers/guest-failure.ts';
import { boundGuest } from '../guests/bound-guest.ts';
import {
  type FakeHttp,
  type FakeRequest,
  type FakeResponse,
  fakeHttp,
} from '../guests/fake-http.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { payloadThrownBy } from '../thrown.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const URL_TEXT = 'http://server.example/path?query';

function started(
  respond?: (request: FakeRequest) => FakeResponse,
): FakeHttp & { readonly guest: Guest } {
  const fake = fakeHttp(respond);
  return { ...fake, guest: boundGuest('fetch-c', fake.host) };
}

const errorOf = (call: () => unknown): unknown => payloadThrownBy(GuestError, call);

/** Every case of `error-code` that a provider can name, from the table of what is served. */
function errorTags(): string[] {
  const handle = servedInterface('wasi:http/outgoing-handler@0.2.3')?.functions.get('handle') ?? '';
  const variant = handle.slice(handle.indexOf('variant { ') + 'variant { '.length);
  return variant
    .replaceAll(/record \{[^}]*\}/g, '')
    .replaceAll(/\([^()]*\)/g, '')
    .replace(/ \}.*/, '')
    .split(', ');
}

describe('fetch-c over an HTTP provider', () => {
  it('is admitted and needs the provider, and nothing else', () => {
    const options = { abi: 'auto', memoryBytes: 1_048_576, tableEntries: 100 } as const;
    const { admitted } = admitModule(guestBytes('fetch-c'), options);
    expect(admitted).to.deep.include({ abi: 'component', families: ['http'], hasOutput: false });
  });

  it('sends any body and gets any response, whatever pieces they come in', () => {
    const header = fc.tuple(
      fc.constantFrom('a', 'X-Two', 'content-type'),
      fc.string({ unit: fc.constantFrom('a', 'B', ' ', '1', ';'), maxLength: 9 }),
    );
    const response = fc.record({
      status: fc.integer({ min: 200, max: 599 }),
      headers: fc.array(header, { maxLength: 4 }),
      body: fc.uint8Array({ maxLength: 20_000 }),
      pieceBytes: fc.integer({ min: 500, max: 9_000 }),
      afterMs: fc.nat(9_000),
      betweenMs: fc.nat(20),
    });
    const body = fc.option(fc.uint8Array({ maxLength: 20_000 }), { nil: undefined });
    fc.assert(
      fc.property(body, response, fc.array(header, { maxLength: 3 }), (sent, answer, headers) => {
        const { guest, transfers } = started(() => answer);
        const given = headers.map(([name, value]) => [name, Buffer.from(value)]);
        const got = guest.invoke('fetch', ['PUT', URL_TEXT, given, sent]);
        expect(got).to.deep.equal({
          status: answer.status,
          headers: answer.headers.map(([name, value]) => [
            name,
            new Uint8Array(Buffer.from(value)),
          ]),
          body: answer.body,
        });
        const [transfer] = transfers;
        expect(transfer?.request).to.include({ method: 'PUT', url: URL_TEXT });
        expect(
          transfer?.request.headers.map(([name, value]) => [name, Buffer.from(value)]),
        ).to.deep.equal(given);
        expect(transfer?.sent).to.deep.equal([...(sent ?? [])]);
        expect(transfer).to.include({ isFinished: sent !== undefined, isDropped: true });
      }),
      { numRuns },
    );
  });

  it('hears of every error code, at the head as in the body', () => {
    const tags = errorTags();
    expect(tags).to.have.length(39);
    for (const tag of tags) {
      const message = tag === 'internal-error' ? `${tag}: it was ${tag}` : tag;
      for (const atByte of [undefined, 0, 9]) {
        const error = atByte === undefined ? { tag } : { tag, atByte };
        const { guest, transfers } = started(() => ({ body: new Uint8Array(20), error }));
        expect(errorOf(() => guest.invoke('fetch', ['GET', URL_TEXT, [], undefined]))).to.equal(
          message,
        );
        expect(transfers[0]).to.include({ isDropped: true });
      }
    }
  });

  it('P4 · hears of a refusal as the error of its interface, and lives on', () => {
    const { guest, refuse } = started(() => ({ body: Buffer.from('x') }));
    const fetch = (): unknown => guest.invoke('fetch', ['POST', URL_TEXT, [], Buffer.from('b')]);
    refuse('begin', 'PERMISSION_DENIED');
    expect(errorOf(fetch)).to.equal('HTTP-request-denied');
    refuse('begin', 'CAPABILITY_NOT_FOUND');
    expect(errorOf(fetch)).to.equal('destination-unavailable');
    refuse('begin', undefined);
    for (const operation of ['head', 'read']) {
      refuse(operation, 'PERMISSION_DENIED');
      expect(errorOf(fetch)).to.equal('HTTP-request-denied');
      refuse(operation, undefined);
    }
    expect(fetch()).to.have.property('status', 200);
  });

  it('P4 · cannot name a host in a way that the grant does not see', () => {
    const { guest, transfers } = started();
    const odd = [
      'http://user@server.example/',
      'http://server.example\\@other.example/',
      'http://server.example#@other.example/',
      'http://server example/',
      'http:///path',
      'http://server.example\r\nHost: other/',
    ];
    for (const url of odd) {
      expect(
        errorOf(() => guest.invoke('fetch', ['GET', url, [], undefined])),
        url,
      ).to.equal('authority');
    }
    expect(errorOf(() => guest.invoke('fetch', ['GE T', URL_TEXT, [], undefined]))).to.equal(
      'method',
    );
    const headers = [['Host', Buffer.from('other.example')]];
    expect(errorOf(() => guest.invoke('fetch', ['GET', URL_TEXT, headers, undefined]))).to.equal(
      'forbidden',
    );
    expect(transfers).to.deep.equal([]);
  });

  it('sees two responses in the order in which they come', () => {
    const respond = ({ url }: FakeRequest): FakeResponse => ({
      status: 200 + Number(new URL(url).searchParams.get('n')),
      afterMs: Number(new URL(url).pathname.slice(1)),
    });
    fc.assert(
      fc.property(fc.nat(20_000), fc.nat(20_000), (a, b) => {
        const { guest, transfers, host } = started(respond);
        const urls = [`http://one.example/${a}?n=0`, `http://two.example/${b}?n=1`];
        const order = guest.invoke('fetch-two', urls);
        expect(order).to.deep.equal(
          a <= b
            ? [
                [0, 200],
                [1, 201],
              ]
            : [
                [1, 201],
                [0, 200],
              ],
        );
        expect(transfers.every(({ isDropped }) => isDropped)).to.equal(true);
        expect(Number(host.monotonicClockNs()) / 1e6).to.equal(Math.max(a, b));
      }),
      { numRuns },
    );
  });

  it('waits no longer than it wants to, and gives the transfer back', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.nat(20_000), (afterMs, withinMs) => {
        const { guest, transfers, host } = started(() => ({ afterMs, status: 204 }));
        const status = guest.invoke('fetch-within', [URL_TEXT, BigInt(withinMs) * 1_000_000n]);
        expect(status).to.equal(afterMs <= withinMs ? 204 : undefined);
        expect(transfers[0]).to.include({ isDropped: true });
        expect(Number(host.monotonicClockNs()) / 1e6).to.equal(Math.min(afterMs, withinMs));
      }),
      { numRuns },
    );
  });

  it('needs no more memory for a thousand requests than for ten', () => {
    const { guest, transfers } = started(() => ({
      body: new Uint8Array(3_000),
      pieceBytes: 3_000,
    }));
    const fetch = (): unknown =>
      guest.invoke('fetch', [
        'POST',
        URL_TEXT,
        [['n', Buffer.from('x'.repeat(9_000))]],
        new Uint8Array(5_000),
      ]);
    for (let round = 0; round < 10; round++) fetch();
    const before = guest.memoryBytes();
    for (let round = 0; round < 1_000; round++) fetch();
    expect(guest.memoryBytes()).to.equal(before);
    expect(transfers.every(({ isDropped }) => isDropped)).to.equal(true);
  });
});

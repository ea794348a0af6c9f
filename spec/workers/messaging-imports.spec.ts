import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { type HostFunction, HostResultError } from '../../workers/abi/component/host-imports.ts';
import { wasiImports } from '../../workers/abi/component/wasi/wasi-imports.ts';
import { CapabilityRefused, GuestTrap } from '../../workers/guest-failure.ts';
import { fakeMessaging } from '../guests/fake-messaging.ts';
import { type RecordingHost, recordingHost } from '../guests/recording-host.ts';
import { payloadThrownBy } from '../thrown.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
type Call = (name: string, ...args: unknown[]) => unknown;

const VERSIONS: Readonly<Record<string, string>> = {
  wasmcloud: 'wasmcloud:messaging/consumer@0.2.0',
  types: 'wasi:messaging/types@0.2.0-draft',
  producer: 'wasi:messaging/producer@0.2.0-draft',
  'request-reply': 'wasi:messaging/request-reply@0.2.0-draft',
};

/** Calls functions of both packages by `interface#function`. */
function imported(
  serve: (operation: string, args: readonly WireValue[]) => WireValue,
  payloadBytes = 1_048_576,
): { readonly host: RecordingHost; readonly call: Call } {
  const host = recordingHost({ serve, payloadBytes });
  const imports = wasiImports(host);
  return {
    host,
    call(name, ...args) {
      const [path = '', functionName = ''] = name.split('#');
      return (imports(VERSIONS[path] ?? path, functionName) as HostFunction)(...args);
    },
  };
}

const errorOf = (call: () => unknown): unknown => payloadThrownBy(HostResultError, call);

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const CODES = [
  'PERMISSION_DENIED',
  'CAPABILITY_NOT_FOUND',
  'STORAGE_ERROR',
  'RESOURCE_EXHAUSTED',
  'INVALID_REQUEST',
  'TIMEOUT',
] as const;

describe('messaging on the wire', () => {
  it('sends the agreed operation and arguments for each function', () => {
    const { call, host } = imported(fakeMessaging().serve);
    call('wasmcloud#publish', { subject: 's', body: bytes('b'), replyTo: 'r' });
    call('wasmcloud#publish', { subject: 's', body: bytes('b'), replyTo: undefined });
    call('wasmcloud#request', 's', bytes('b'), 50);
    call('wasmcloud#request', 's', bytes('b'), 0);
    call('wasmcloud#request', 's', bytes('b'), 2 ** 32 - 1);
    const client = call('types#[static]client.connect', 'any');
    const message = (): unknown => call('types#[constructor]message', bytes('m'));
    call('producer#send', client, 't', message());
    call('request-reply#request', client, 't', message(), undefined);
    const options = call('request-reply#[constructor]request-options');
    call('request-reply#[method]request-options.set-timeout-ms', options, 7);
    call('request-reply#request', client, 't', message(), options);
    call('request-reply#[method]request-options.set-expected-replies', options, 3);
    call('request-reply#request', client, 't', message(), options);
    call('request-reply#[method]request-options.set-expected-replies', options, 0);
    const [reply] = call('request-reply#request', client, 't', message(), options) as unknown[];
    call('request-reply#reply', reply, message());
    expect(host.calls.every(({ family }) => family === 'messaging')).to.equal(true);
    expect(host.calls.map(({ operation, args }) => [operation, ...args])).to.deep.equal([
      ['publish', 's', bytes('b'), 'r'],
      ['publish', 's', bytes('b'), undefined],
      ['request', 's', bytes('b'), 50],
      ['request', 's', bytes('b'), 1],
      ['request', 's', bytes('b'), 600_000],
      ['publish', 't', bytes('m'), undefined],
      ['request', 't', bytes('m'), undefined],
      ['request', 't', bytes('m'), 7],
      ['requestMany', 't', bytes('m'), 7, 3],
      ['requestMany', 't', bytes('m'), 7, 1],
    ]);
  });

  it('P4 · turns each refusal into the error of the interface', () => {
    const texts = ['permission denied: no', 'no', 'no', 'no', 'no', 'timeout: no'];
    const variants = [
      { tag: 'permission-denied', val: 'no' },
      { tag: 'connection', val: 'no' },
      { tag: 'other', val: 'no' },
      { tag: 'other', val: 'no' },
      { tag: 'other', val: 'no' },
      { tag: 'timeout' },
    ];
    for (const [index, code] of CODES.entries()) {
      const { call } = imported(() => {
        throw new CapabilityRefused({ code, message: 'no' });
      });
      const client = call('types#[static]client.connect', 'any');
      const message = (): unknown => call('types#[constructor]message', bytes('m'));
      const record = { subject: 's', body: bytes('b'), replyTo: undefined };
      expect(errorOf(() => call('wasmcloud#publish', record))).to.equal(texts[index]);
      expect(errorOf(() => call('wasmcloud#request', 's', bytes('b'), 1))).to.equal(texts[index]);
      const payloads = [
        errorOf(() => call('producer#send', client, 't', message())),
        errorOf(() => call('request-reply#request', client, 't', message(), undefined)),
      ];
      expect(payloads).to.deep.equal([variants[index], variants[index]]);
    }
  });

  it('lets a failure that is not a refusal pass, because it is not the guest that has to know', () => {
    const { call } = imported(() => {
      throw new TypeError('a bug');
    });
    expect(() => call('wasmcloud#request', 's', bytes('b'), 1)).to.throw(TypeError, 'a bug');
  });

  it('answers an error when a provider answers in another form than agreed', () => {
    const good = { topic: 't', body: bytes('b') };
    const answers = fc.constantFrom<WireValue>(
      7,
      'text',
      null,
      undefined,
      { topic: 't' },
      { topic: 5, body: bytes('b') },
      { topic: 't', body: 'text' },
      { ...good, replyTo: 5 },
      [{ topic: 't' }],
      [good, 5],
      [good, undefined],
    );
    fc.assert(
      fc.property(answers, (answer) => {
        const { call } = imported(() => answer);
        const text = errorOf(() => call('wasmcloud#request', 's', bytes('b'), 1));
        expect(text).to.equal('the provider answered in an unexpected form');
        const client = call('types#[static]client.connect', 'any');
        const message = call('types#[constructor]message', bytes('m'));
        const options = call('request-reply#[constructor]request-options');
        call('request-reply#[method]request-options.set-expected-replies', options, 3);
        for (const given of [undefined, options]) {
          expect(
            errorOf(() => call('request-reply#request', client, 't', message, given)),
          ).to.have.property('tag', 'other');
        }
      }),
      { numRuns },
    );
  });

  it('ends a component that declares other types for a message', () => {
    const { call, host } = imported(fakeMessaging().serve);
    for (const wrong of [undefined, null, 5, {}, { subject: 's' }, { subject: 's', body: 'b' }]) {
      expect(() => call('wasmcloud#publish', wrong)).to.throw(GuestTrap);
    }
    const wrongReply = { subject: 's', body: bytes('b'), replyTo: 5 };
    expect(() => call('wasmcloud#publish', wrongReply)).to.throw(GuestTrap);
    for (const wrong of [-1, 1.5, 2 ** 32, 5n, '5', undefined]) {
      expect(() => call('wasmcloud#request', 's', bytes('b'), wrong)).to.throw(GuestTrap);
    }
    const client = call('types#[static]client.connect', 'any');
    const message = call('types#[constructor]message', bytes('m'));
    expect(() => call('producer#send', message, 't', client)).to.throw(GuestTrap);
    expect(() => call('types#[method]client.disconnect', message)).to.throw(GuestTrap);
    expect(() => call('types#[method]message.data', client)).to.throw(GuestTrap);
    expect(host.calls).to.have.length(0);
  });
});

describe('a message of wasi:messaging', () => {
  it('keeps what a guest says of it, the last value of each key', () => {
    const { call } = imported(fakeMessaging().serve);
    const message = call('types#[constructor]message', bytes('1'));
    const read = (name: string): unknown => call(`types#[method]message.${name}`, message);
    expect(['topic', 'content-type', 'metadata'].map(read)).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
    call('types#[method]message.set-data', message, bytes('22'));
    call('types#[method]message.set-content-type', message, 'text/plain');
    call('types#[method]message.add-metadata', message, '__proto__', 'x');
    call('types#[method]message.add-metadata', message, 'a', '1');
    call('types#[method]message.add-metadata', message, 'a', '2');
    expect(['data', 'content-type', 'metadata'].map(read)).to.deep.equal([
      bytes('22'),
      'text/plain',
      [
        ['__proto__', 'x'],
        ['a', '2'],
      ],
    ]);
    call('types#[method]message.remove-metadata', message, 'a');
    call('types#[method]message.remove-metadata', message, 'none');
    expect(read('metadata')).to.deep.equal([['__proto__', 'x']]);
    const entries = [
      ['b', '1'],
      ['b', '2'],
    ];
    call('types#[method]message.set-metadata', message, entries);
    expect(read('metadata')).to.deep.equal([['b', '2']]);
  });

  it('is not sent by a client that was disconnected, nor answered where nobody asked', () => {
    const { call, host } = imported(fakeMessaging().serve);
    const client = call('types#[static]client.connect', 'any');
    const message = (): unknown => call('types#[constructor]message', bytes('m'));
    call('request-reply#reply', message(), message());
    call('types#[method]client.disconnect', client);
    const gone = { tag: 'connection', val: 'the client is disconnected' };
    expect(errorOf(() => call('producer#send', client, 't', message()))).to.deep.equal(gone);
    expect(
      errorOf(() => call('request-reply#request', client, 't', message(), undefined)),
    ).to.deep.equal(gone);
    expect(host.calls).to.have.length(0);
  });

  it('P19 · is counted and weighed with all others that a guest holds, and given back', () => {
    const messaging = fakeMessaging();
    const { call } = imported(messaging.serve, 1_000);
    const make = (size: number): Disposable =>
      call('types#[constructor]message', new Uint8Array(size)) as Disposable;
    const held = Array.from({ length: 7 }, () => make(1_000));
    expect(() => make(1_000)).to.throw(GuestTrap, 'messages of more than 8000 bytes');
    const [first] = held;
    expect(() => call('types#[method]message.set-data', first, new Uint8Array(2_000))).to.throw(
      GuestTrap,
    );
    expect(() => call('types#[method]message.add-metadata', first, 'k', 'v'.repeat(600))).to.throw(
      GuestTrap,
    );
    expect(() => call('types#[method]message.set-content-type', first, 'v'.repeat(600))).to.throw(
      GuestTrap,
    );
    for (const message of held) {
      message[Symbol.dispose]();
      message[Symbol.dispose]();
    }
    const client = call('types#[static]client.connect', 'any');
    for (let round = 0; round < 100; round++) call('producer#send', client, 't', make(1_000));
    messaging.replies = Array.from({ length: 9 }, () => ({
      topic: 'i',
      body: new Uint8Array(900),
    }));
    const options = call('request-reply#[constructor]request-options');
    call('request-reply#[method]request-options.set-expected-replies', options, 9);
    const question = make(1);
    for (let round = 0; round < 3; round++) {
      expect(
        errorOf(() => call('request-reply#request', client, 't', question, options)),
      ).to.deep.equal({ tag: 'other', val: 'too many messages are held' });
    }
    messaging.replies = messaging.replies.slice(0, 7);
    const replies = call('request-reply#request', client, 't', question, options) as unknown[];
    expect(replies).to.have.length(7);
  });

  it('P19 · is one of a bounded number, however small', () => {
    const { call } = imported(fakeMessaging().serve);
    for (let made = 0; made < 4_096; made++) call('types#[constructor]message', new Uint8Array());
    expect(() => call('types#[constructor]message', new Uint8Array())).to.throw(GuestTrap);
  });
});

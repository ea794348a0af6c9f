import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { type HostFunction, HostResultError } from '../../workers/abi/component/host-imports.ts';
import { wasiImports } from '../../workers/abi/component/wasi/wasi-imports.ts';
import { CapabilityRefused, GuestTrap } from '../../workers/guest-failure.ts';
import { fakeKeyValue } from '../guests/fake-key-value.ts';
import { type RecordingHost, recordingHost } from '../guests/recording-host.ts';
import { payloadThrownBy } from '../thrown.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
type Call = (name: string, ...args: unknown[]) => unknown;

/** Calls functions of one draft by `interface#function`. */
function drafted(
  draft: 'draft' | 'draft2',
  serve: (operation: string, args: readonly WireValue[]) => WireValue,
  payloadBytes?: number,
): { readonly host: RecordingHost; readonly call: Call } {
  const host = recordingHost(payloadBytes === undefined ? { serve } : { serve, payloadBytes });
  const imports = wasiImports(host);
  return {
    host,
    call(name, ...args) {
      const [path = '', functionName = ''] = name.split('#');
      return (imports(`wasi:keyvalue/${path}@0.2.0-${draft}`, functionName) as HostFunction)(
        ...args,
      );
    },
  };
}

const errorOf = (call: () => unknown): unknown => payloadThrownBy(HostResultError, call);

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('wasi:keyvalue on the wire', () => {
  it('sends the agreed operation and arguments for each function', () => {
    const { call, host } = drafted('draft', fakeKeyValue().serve);
    const bucket = call('store#open', 'default');
    call('store#[method]bucket.set', bucket, 'k', bytes('v'));
    call('store#[method]bucket.get', bucket, 'k');
    call('store#[method]bucket.exists', bucket, 'k');
    call('store#[method]bucket.delete', bucket, 'k');
    call('store#[method]bucket.list-keys', bucket, undefined);
    call('atomics#increment', bucket, 'n', 3n);
    call('batch#get-many', bucket, ['a', 'b']);
    call('batch#set-many', bucket, [['a', bytes('1')]]);
    call('batch#delete-many', bucket, ['a', 'b']);
    expect(
      host.calls.map(({ family, operation, args }) => [family, operation, args]),
    ).to.deep.equal([
      ['kv', 'open', ['default']],
      ['kv', 'set', ['default', 'k', bytes('v')]],
      ['kv', 'get', ['default', 'k']],
      ['kv', 'exists', ['default', 'k']],
      ['kv', 'delete', ['default', 'k']],
      ['kv', 'list', ['default', undefined]],
      ['kv', 'increment', ['default', 'n', 3n]],
      ['kv', 'getMany', ['default', ['a', 'b']]],
      ['kv', 'setMany', ['default', [['a', bytes('1')]]]],
      ['kv', 'deleteMany', ['default', ['a', 'b']]],
    ]);
  });

  it('P4 · turns each refusal into the error of the interface', () => {
    const expected = new Map<CapabilityRefused['code'], unknown>([
      ['PERMISSION_DENIED', { tag: 'access-denied' }],
      ['CAPABILITY_NOT_FOUND', { tag: 'no-such-store' }],
      ['STORAGE_ERROR', { tag: 'other', val: 'disk on fire' }],
      ['RESOURCE_EXHAUSTED', { tag: 'other', val: 'disk on fire' }],
      ['INVALID_REQUEST', { tag: 'other', val: 'disk on fire' }],
      ['TIMEOUT', { tag: 'other', val: 'disk on fire' }],
    ]);
    for (const [code, payload] of expected) {
      const { call } = drafted('draft', () => {
        throw new CapabilityRefused({ code, message: 'disk on fire' });
      });
      expect(errorOf(() => call('store#open', 'default'))).to.deep.equal(payload);
    }
  });

  it('lets a failure that is not a refusal pass, because it is not the guest that has to know', () => {
    const { call } = drafted('draft', () => {
      throw new TypeError('a bug');
    });
    expect(() => call('store#open', 'default')).to.throw(TypeError, 'a bug');
  });

  it('answers an error when a provider answers in another form than agreed', () => {
    const answers = fc.constantFrom<WireValue>(
      7,
      'text',
      [],
      [1],
      [null, null],
      [undefined, 'x'],
      { keys: 'no' },
      { keys: [1] },
      { keys: [], cursor: 5 },
      2n ** 64n,
      -1n,
    );
    const functions = fc.constantFrom<[string, unknown[]]>(
      ['store#[method]bucket.get', ['k']],
      ['store#[method]bucket.exists', ['k']],
      ['store#[method]bucket.list-keys', [undefined]],
      ['atomics#increment', ['k', 1n]],
      ['batch#get-many', [['k']]],
    );
    fc.assert(
      fc.property(answers, functions, (answer, [name, args]) => {
        const { call } = drafted('draft', (operation) => (operation === 'open' ? null : answer));
        const bucket = call('store#open', 'default');
        expect(errorOf(() => call(name, bucket, ...args))).to.have.property('tag', 'other');
      }),
      { numRuns },
    );
  });
});

describe('a component that declares another sign for a delta', () => {
  it('is ended before anything is counted', () => {
    for (const [draft, delta] of [
      ['draft', -1n],
      ['draft2', 2n ** 63n],
    ] as const) {
      const { call, host } = drafted(draft, fakeKeyValue().serve);
      const bucket = call('store#open', 'default');
      expect(() => call('atomics#increment', bucket, 'k', delta)).to.throw(GuestTrap);
      expect(host.calls.map(({ operation }) => operation)).to.deep.equal(['open']);
    }
  });
});

describe('wasi:keyvalue@0.2.0-draft', () => {
  it('walks through all keys by numbers, several walks at once', () => {
    const keyvalue = fakeKeyValue();
    for (const key of ['a', 'b', 'c', 'd', 'e']) keyvalue.values.set(key, bytes(key));
    const { call } = drafted('draft', keyvalue.serve);
    const bucket = call('store#open', 'default');
    const list = (cursor: unknown): { readonly keys: string[]; readonly cursor: unknown } =>
      call('store#[method]bucket.list-keys', bucket, cursor) as never;
    const [one, other] = [list(undefined), list(undefined)];
    const [second, otherSecond] = [list(one.cursor), list(other.cursor)];
    const last = list(second.cursor);
    expect([one.keys, second.keys, last.keys]).to.deep.equal([['a', 'b'], ['c', 'd'], ['e']]);
    expect(otherSecond.keys).to.deep.equal(['c', 'd']);
    expect([typeof one.cursor, last.cursor]).to.deep.equal(['bigint', undefined]);
  });

  it('remembers only the newest cursors, and refuses one that it does not know', () => {
    const keyvalue = fakeKeyValue();
    for (const key of ['a', 'b', 'c']) keyvalue.values.set(key, bytes(key));
    const { call } = drafted('draft', keyvalue.serve);
    const bucket = call('store#open', 'default');
    const list = (cursor: unknown): { readonly cursor: unknown } =>
      call('store#[method]bucket.list-keys', bucket, cursor) as never;
    const cursors = Array.from({ length: 65 }, () => list(undefined).cursor);
    const unknown = { tag: 'other', val: 'the cursor is unknown to this bucket' };
    expect(errorOf(() => list(cursors[0]))).to.deep.equal(unknown);
    expect(list(cursors[1]).cursor).to.equal(undefined);
    for (const forged of [0n, 66n, 2n ** 64n - 1n]) {
      expect(errorOf(() => list(forged))).to.deep.equal(unknown);
    }
  });

  it('P19 · continues a walk only in the bucket that it began in', () => {
    const { call } = drafted('draft', () => ({ keys: [], cursor: 'secret' }));
    const [one, other] = [call('store#open', 'one'), call('store#open', 'other')];
    const list = (bucket: unknown, cursor: unknown): { readonly cursor: unknown } =>
      call('store#[method]bucket.list-keys', bucket, cursor) as never;
    const { cursor } = list(one, undefined);
    expect(errorOf(() => list(other, cursor))).to.have.property('tag', 'other');
    expect(list(call('store#open', 'one'), cursor).cursor).to.be.a('bigint');
  });

  it('answers absent keys of a batch by none', () => {
    const { call } = drafted('draft', fakeKeyValue().serve);
    const bucket = call('store#open', 'default');
    call('batch#set-many', bucket, [['a', bytes('1')]]);
    const entries = call('batch#get-many', bucket, ['a', 'b']);
    expect(entries).to.deep.equal([['a', bytes('1')], undefined]);
  });

  it('refuses to show a counter below zero as an unsigned one', () => {
    const { call } = drafted('draft', (operation) => (operation === 'open' ? null : -1n));
    const payload = errorOf(() =>
      call('atomics#increment', call('store#open', 'default'), 'k', 1n),
    );
    expect(payload).to.deep.equal({ tag: 'other', val: 'the counter does not fit an u64' });
  });
});

describe('wasi:keyvalue@0.2.0-draft2', () => {
  it('walks by the strings of the provider', () => {
    const keyvalue = fakeKeyValue();
    for (const key of ['a', 'b', 'c']) keyvalue.values.set(key, bytes(key));
    const { call } = drafted('draft2', keyvalue.serve);
    const bucket = call('store#open', 'default');
    const first = call('store#[method]bucket.list-keys', bucket, undefined);
    expect(first).to.deep.equal({ keys: ['a', 'b'], cursor: 'b' });
    const last = call('store#[method]bucket.list-keys', bucket, 'b');
    expect(last).to.deep.equal({ keys: ['c'], cursor: undefined });
  });

  it('answers every key of a batch', () => {
    const { call } = drafted('draft2', fakeKeyValue().serve);
    const bucket = call('store#open', 'default');
    call('batch#set-many', bucket, [['a', bytes('1')]]);
    expect(call('batch#get-many', bucket, ['a', 'b'])).to.deep.equal([
      ['a', bytes('1')],
      ['b', undefined],
    ]);
  });

  it('swaps only what has not changed since the handle was made, for any course of writes', () => {
    const value = fc.option(fc.uint8Array({ maxLength: 3 }), { nil: undefined });
    fc.assert(
      fc.property(value, value, fc.uint8Array({ maxLength: 3 }), (before, between, wanted) => {
        const keyvalue = fakeKeyValue();
        if (before !== undefined) keyvalue.values.set('k', before);
        const { call } = drafted('draft2', keyvalue.serve);
        const cas = call('atomics#[static]cas.new', call('store#open', 'default'), 'k');
        expect(call('atomics#[method]cas.current', cas)).to.deep.equal(before);
        if (between !== undefined) keyvalue.values.set('k', between);
        const isChanged =
          between !== undefined && (before === undefined || Buffer.compare(between, before) !== 0);
        if (!isChanged) {
          call('atomics#swap', cas, wanted);
          expect(keyvalue.values.get('k')).to.deep.equal(wanted);
          return;
        }
        const failed = errorOf(() => call('atomics#swap', cas, wanted)) as Record<string, unknown>;
        expect(failed['tag']).to.equal('cas-failed');
        expect(keyvalue.values.get('k')).to.deep.equal(between);
        expect(call('atomics#[method]cas.current', failed['val'])).to.deep.equal(between);
        call('atomics#swap', failed['val'], wanted);
        expect(keyvalue.values.get('k')).to.deep.equal(wanted);
      }),
      { numRuns },
    );
  });

  it('P4 · a refused swap is a store error and writes nothing', () => {
    const keyvalue = fakeKeyValue();
    const { call } = drafted('draft2', keyvalue.serve);
    const cas = call('atomics#[static]cas.new', call('store#open', 'default'), 'k');
    keyvalue.refuse('cas', 'PERMISSION_DENIED');
    const payload = errorOf(() => call('atomics#swap', cas, bytes('v')));
    expect(payload).to.deep.equal({ tag: 'store-error', val: { tag: 'access-denied' } });
    expect(keyvalue.values.size).to.equal(0);
  });

  it('P19 · bounds the handles and the bytes that they keep outside the guest, and gives them back', () => {
    const keyvalue = fakeKeyValue();
    keyvalue.values.set('large', new Uint8Array(900));
    const { call } = drafted('draft2', keyvalue.serve, 1_000);
    const bucket = call('store#open', 'default');
    const open = (key: string): Disposable => call('atomics#[static]cas.new', bucket, key) as never;
    const full = { tag: 'other', val: 'too many compare-and-swap handles are open' };
    for (const [key, most] of [
      ['large', 8],
      ['', 256],
    ] as const) {
      const handles = Array.from({ length: most }, () => open(key));
      expect(errorOf(() => open(key))).to.deep.equal(full);
      for (const handle of handles) {
        handle[Symbol.dispose]();
        handle[Symbol.dispose]();
      }
    }
    for (let round = 0; round < 1_000; round++) call('atomics#swap', open('k'), bytes('v'));
    expect(keyvalue.values.get('k')).to.deep.equal(bytes('v'));
  });

  it('refuses to show a counter that a signed one cannot hold', () => {
    const { call } = drafted('draft2', (operation) => (operation === 'open' ? null : 2n ** 63n));
    const payload = errorOf(() =>
      call('atomics#increment', call('store#open', 'default'), 'k', 1n),
    );
    expect(payload).to.deep.equal({ tag: 'other', val: 'the counter does not fit an s64' });
  });
});

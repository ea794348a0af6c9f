import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { type KvState, kvProvider } from '../../providers/kv/index.ts';
import { bytes, freshName, inUtf8Order, key, runs } from './kv-arbitraries.ts';
import { type Assignment, call, outcome } from './kv-caller.ts';

/** A provider under test: a backend with small limits. */
export interface KvProviderSubject {
  readonly name: string;
  open(limits: Readonly<Record<string, unknown>>): Promise<KvState>;
}

const ALL = ['kv:read', 'kv:write', 'kv:delete'];

function holder(permissions: readonly string[], config = {}): Assignment {
  return { instanceId: freshName('i-'), permissions, config };
}

function text(value: WireValue): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : 'not bytes';
}

/** Every page of a listing. */
async function listAll(state: KvState, who: Assignment): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = (await call(state, who, 'list', 'default', cursor)) as {
      readonly keys: string[];
      readonly cursor: string | undefined;
    };
    pages.push(page.keys);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

/** What the operations promise on every backend. */
export function describeKvProvider(subject: KvProviderSubject): void {
  describe(`the key-value provider on ${subject.name}`, () => {
    let state: KvState;
    before(async () => {
      state = await subject.open({
        maxKeyBytes: 40,
        maxValueBytes: 64,
        maxBatchBytes: 100,
        pageSize: 3,
      });
    });
    after(async () => {
      await kvProvider.close?.(state);
    });

    describeValues(() => state);
    describeCounters(() => state);
    describeListing(() => state);
    describeIsolation(() => state);
  });
}

function describeValues(state: () => KvState): void {
  it('reads what was written, and nothing once it is deleted', async () => {
    const who = holder(ALL);
    await fc.assert(
      fc.asyncProperty(key, bytes, async (name, value) => {
        expect(await call(state(), who, 'set', 'default', name, value)).to.equal(undefined);
        expect(await call(state(), who, 'get', 'default', name)).to.deep.equal(value);
        expect(await call(state(), who, 'exists', 'default', name)).to.equal(true);
        expect(await call(state(), who, 'delete', 'default', name)).to.equal(undefined);
        expect(await call(state(), who, 'get', 'default', name)).to.equal(undefined);
        expect(await call(state(), who, 'exists', 'default', name)).to.equal(false);
      }),
      runs,
    );
  });

  it('answers batches in the order of their keys', async () => {
    const who = holder(ALL);
    const entries = [
      ['b', new Uint8Array([2])],
      ['a', new Uint8Array([1])],
      ['b', new Uint8Array([3])],
    ];
    expect(await call(state(), who, 'setMany', 'default', entries)).to.equal(undefined);
    expect(await call(state(), who, 'getMany', 'default', ['a', 'x', 'b'])).to.deep.equal([
      new Uint8Array([1]),
      undefined,
      new Uint8Array([3]),
    ]);
    expect(await call(state(), who, 'deleteMany', 'default', ['a', 'x'])).to.equal(undefined);
    expect(await call(state(), who, 'getMany', 'default', ['a', 'b'])).to.deep.equal([
      undefined,
      new Uint8Array([3]),
    ]);
  });

  it('swaps exactly when the key holds what is expected', async () => {
    const who = holder(['kv:write', 'kv:read']);
    const [one, two] = [new Uint8Array([1]), new Uint8Array([2])];
    const swap = (expected: WireValue, value: Uint8Array): WireValue | Promise<WireValue> =>
      call(state(), who, 'cas', 'default', 'key', expected, value);
    expect(await swap(one, two)).to.equal(false);
    expect(await swap(undefined, one)).to.equal(true);
    expect(await swap(undefined, two)).to.equal(false);
    expect(await swap(new Uint8Array(), two)).to.equal(false);
    expect(await call(state(), who, 'get', 'default', 'key')).to.deep.equal(one);
    expect(await swap(one, two)).to.equal(true);
    expect(await call(state(), who, 'get', 'default', 'key')).to.deep.equal(two);
  });

  it('refuses what is larger than its limits, names it, and writes nothing', async () => {
    const who = holder(ALL);
    const refused = (name: string, ...args: WireValue[]) =>
      outcome(state(), who, name, 'default', ...args);
    const [tooLong, large] = ['k'.repeat(41), new Uint8Array(65)];
    const half = new Uint8Array(60);
    expect(await refused('set', tooLong, bytesOf('v'))).to.equal('INVALID_REQUEST key');
    expect(await refused('set', 'é'.repeat(21), bytesOf('v'))).to.equal('INVALID_REQUEST key');
    expect(await refused('increment', tooLong, 1n)).to.equal('INVALID_REQUEST key');
    expect(await refused('set', 'k', large)).to.equal('RESOURCE_EXHAUSTED value');
    expect(await refused('cas', 'k', undefined, large)).to.equal('RESOURCE_EXHAUSTED value');
    const oneLarge = [
      ['k', half],
      ['l', large],
    ];
    expect(await refused('setMany', oneLarge)).to.equal('RESOURCE_EXHAUSTED entries[1][1]');
    const inSum = [
      ['k', half],
      ['l', half],
    ];
    expect(await refused('setMany', inSum)).to.equal('RESOURCE_EXHAUSTED entries');
    expect(await refused('deleteMany', Array(1_001).fill('k'))).to.equal('RESOURCE_EXHAUSTED keys');
    expect(await listAll(state(), who)).to.deep.equal([[]]);
    await call(state(), who, 'set', 'default', 'k', half);
    expect(await refused('getMany', ['k', 'k'])).to.equal('RESOURCE_EXHAUSTED keys');
  });
}

function bytesOf(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function describeCounters(state: () => KvState): void {
  it('counts as a model does over the range of signed and unsigned 64-bit integers', async () => {
    const delta = fc.oneof(
      fc.bigInt({ min: -3n, max: 3n }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(delta, { maxLength: 8 }), async (deltas) => {
        const who = holder(ALL);
        let model = 0n;
        for (const each of deltas) {
          const sum = model + each;
          const fits = sum >= -(2n ** 63n) && sum < 2n ** 64n;
          const answer = await outcome(state(), who, 'increment', 'default', 'n', each);
          expect(answer).to.equal(fits ? sum : 'INVALID_REQUEST delta');
          if (fits) model = sum;
          const stored = await call(state(), who, 'get', 'default', 'n');
          expect(stored === undefined ? '0' : text(stored)).to.equal(String(model));
        }
      }),
      runs,
    );
  });

  it('leaves a value alone that is not a counter', async () => {
    const who = holder(ALL);
    for (const value of ['', '-', '-0', '01', '1.0', ' 1', '0x1', '1e3', '99999999999999999999']) {
      await call(state(), who, 'set', 'default', 'n', bytesOf(value));
      const answer = await outcome(state(), who, 'increment', 'default', 'n', 1n);
      expect(answer).to.equal('INVALID_REQUEST key');
      expect(text(await call(state(), who, 'get', 'default', 'n'))).to.equal(value);
    }
  });

  it('counts 1,000 interleaved increments as exactly 1,000', async () => {
    const who = holder(ALL);
    const all = Array.from({ length: 1_000 }, async () =>
      call(state(), who, 'increment', 'default', 'n', 1n),
    );
    expect(new Set(await Promise.all(all)).size).to.equal(1_000);
    expect(text(await call(state(), who, 'get', 'default', 'n'))).to.equal('1000');
  });
}

function describeListing(state: () => KvState): void {
  it('P4 · lists exactly the keys that may be read, in order, in pages of bounded work', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 12 }), key, async (keys, granted) => {
        const writer = holder(ALL);
        for (const each of keys) {
          await call(state(), writer, 'set', 'default', each, new Uint8Array(1));
        }
        const reader = { ...writer, permissions: [`kv:read:${granted}*`] };
        const pages = await listAll(state(), reader);
        const visible = inUtf8Order(keys.filter((each) => each.startsWith(granted)));
        expect(pages.flat()).to.deep.equal(visible);
        expect(pages).to.have.length(Math.max(1, Math.ceil(keys.length / 3)));
      }),
      runs,
    );
  });

  it('P4 · tells nothing of hidden keys by its cursors, which nobody else can make', async () => {
    const writer = holder(ALL);
    for (const each of ['hidden-1', 'hidden-2', 'hidden-3', 'seen', 'seen-2']) {
      await call(state(), writer, 'set', 'default', each, new Uint8Array(1));
    }
    const reader = { ...writer, permissions: ['kv:read:seen*'] };
    const page = (await call(state(), reader, 'list', 'default')) as { cursor: string };
    expect(page).to.have.property('keys').that.is.empty;
    expect(page.cursor).to.match(/^[\w-]{300,}$/);
    expect(Buffer.from(page.cursor, 'base64url').includes('hidden')).to.equal(false);
    const altered = Buffer.from(page.cursor, 'base64url');
    altered.writeUInt8(altered.readUInt8(40) ^ 1, 40);
    const forged = ['', 'hidden-1', page.cursor.slice(4), altered.toString('base64url')];
    for (const cursor of [...forged, 'A'.repeat(100_000)]) {
      const answer = await outcome(state(), reader, 'list', 'default', cursor);
      expect(answer).to.equal('INVALID_REQUEST cursor');
    }
    const other = holder(ALL);
    expect(await outcome(state(), other, 'list', 'default', page.cursor)).to.equal(
      'INVALID_REQUEST cursor',
    );
  });

  it('P4 · refuses a listing to who may read nothing at all', async () => {
    const who = holder(['kv:write', 'kv:delete']);
    expect(await outcome(state(), who, 'list', 'default')).to.equal('PERMISSION_DENIED');
    expect(await outcome(state(), who, 'getMany', 'default', [])).to.equal('PERMISSION_DENIED');
  });
}

function describeIsolation(state: () => KvState): void {
  it('P19 · two instances with the default mapping never see each other', async () => {
    const change = fc.tuple(fc.boolean(), key, bytes);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
        const both = [holder(ALL), holder(ALL)] as const;
        const models = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()] as const;
        for (const [isSecond, name, value] of changes) {
          await call(state(), both[isSecond ? 1 : 0], 'set', 'default', name, value);
          models[isSecond ? 1 : 0].set(name, value);
        }
        for (const at of [0, 1] as const) {
          const pages = await listAll(state(), both[at]);
          expect(pages.flat()).to.deep.equal(inUtf8Order(models[at].keys()));
          for (const [, name] of changes) {
            const got = await call(state(), both[at], 'get', 'default', name);
            expect(got).to.deep.equal(models[at].get(name));
          }
        }
      }),
      runs,
    );
  });

  it('two instances mapped to one bucket share it, under whatever names', async () => {
    const shared = freshName('shared-');
    const one = holder(ALL, { buckets: { mine: shared } });
    const two = holder(ALL, { buckets: { theirs: shared } });
    await call(state(), one, 'set', 'mine', 'key', bytesOf('v'));
    expect(text(await call(state(), two, 'get', 'theirs', 'key'))).to.equal('v');
    expect(await outcome(state(), one, 'get', 'theirs', 'key')).to.equal('CAPABILITY_NOT_FOUND');
    expect(await outcome(state(), one, 'open', 'default')).to.equal('CAPABILITY_NOT_FOUND');
  });
}

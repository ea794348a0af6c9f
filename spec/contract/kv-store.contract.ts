import { expect } from 'chai';
import * as fc from 'fast-check';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import type { KvStore, KvStoreOptions } from '../../providers/kv/kv-store.ts';
import { bytes, freshName, inUtf8Order, key, runs } from './kv-arbitraries.ts';

/** A backend under test. */
export interface KvStoreSubject {
  readonly name: string;
  create(options?: Partial<KvStoreOptions>): Promise<KvStore>;
  /** Only of durable backends: opens again what was closed last. */
  readonly reopen?: () => Promise<KvStore>;
}

type Step =
  | { readonly do: 'set' | 'append'; readonly key: string; readonly value: Uint8Array }
  | { readonly do: 'delete' | 'get' | 'look' | 'refuse'; readonly key: string }
  | { readonly do: 'list'; readonly after: string | undefined; readonly limit: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('set' as const, 'append' as const), key, value: bytes }),
  fc.record({
    do: fc.constantFrom('delete' as const, 'get' as const, 'look' as const, 'refuse' as const),
    key,
  }),
  fc.record({
    do: fc.constant('list' as const),
    after: fc.option(key, { nil: undefined }),
    limit: fc.integer({ min: 1, max: 5 }),
  }),
);

function joined(left: Uint8Array | undefined, right: Uint8Array): Uint8Array {
  return new Uint8Array([...(left ?? []), ...right]);
}

/** Does a step to the store and to the model, and compares what they answer. */
async function take(store: KvStore, bucket: string, model: Map<string, Uint8Array>, each: Step) {
  if (each.do === 'set') {
    await store.set(bucket, each.key, each.value);
    model.set(each.key, each.value);
  } else if (each.do === 'append') {
    const change = (current: Uint8Array | undefined) => ({
      value: joined(current, each.value),
      result: current?.byteLength,
    });
    const before = await store.update(bucket, each.key, change);
    expect(before).to.equal(model.get(each.key)?.byteLength);
    model.set(each.key, joined(model.get(each.key), each.value));
  } else if (each.do === 'refuse') {
    const seen = await store.update(bucket, each.key, (current) => ({ result: current }));
    expect(seen).to.deep.equal(model.get(each.key));
  } else if (each.do === 'delete') {
    await store.delete(bucket, each.key);
    model.delete(each.key);
  } else if (each.do === 'get') {
    expect(await store.get(bucket, each.key)).to.deep.equal(model.get(each.key));
  } else if (each.do === 'look') {
    expect(await store.exists(bucket, each.key)).to.equal(model.has(each.key));
  } else if (each.do === 'list') {
    const behind = keysBehind(model.keys(), each.after);
    const keys = behind.slice(0, each.limit);
    expect(await store.listAfter(bucket, each.after, each.limit)).to.deep.equal({
      keys,
      last: keys.at(-1),
      isEnd: keys.length === behind.length,
    });
  }
}

function keysBehind(keys: Iterable<string>, after: string | undefined): string[] {
  const sorted = inUtf8Order(keys);
  if (after === undefined) return sorted;
  return sorted.filter((each) => Buffer.compare(Buffer.from(each), Buffer.from(after)) > 0);
}

/** Settles to what was thrown, at once or later. */
async function failureOf(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (failure) {
    return failure;
  }
  return undefined;
}

/** What every backend promises. */
export function describeKvStore(subject: KvStoreSubject): void {
  describe(`the key-value store in ${subject.name}`, () => {
    let store: KvStore;
    before(async () => {
      store = await subject.create();
    });
    after(async () => {
      await store.close();
    });

    it('does what a plain map does, for any sequence of operations on two buckets', async () => {
      const steps = fc.array(fc.tuple(fc.boolean(), step), { maxLength: 30 });
      await fc.assert(
        fc.asyncProperty(steps, async (sequence) => {
          // One name begins with the other, which must not let one see into the other.
          const names = [freshName('model'), ''];
          names[1] = `${names[0]}a`;
          const models = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()];
          for (const [isSecond, each] of sequence) {
            const at = isSecond ? 1 : 0;
            await take(store, names[at] ?? '', models[at] ?? new Map(), each);
          }
          for (const at of [0, 1]) {
            const { keys } = await store.listAfter(names[at] ?? '', undefined, 1_000);
            expect(keys).to.deep.equal(inUtf8Order(models[at]?.keys() ?? []));
          }
        }),
        runs,
      );
    });

    it('lists a key that existed throughout exactly once, whatever is written between pages', async () => {
      const between = fc.array(fc.tuple(fc.boolean(), key), { maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(key, { minLength: 1, maxLength: 12 }),
          fc.array(between, { minLength: 1, maxLength: 6 }),
          fc.integer({ min: 1, max: 4 }),
          async (first, writes, limit) => {
            const bucket = freshName('pages');
            for (const each of first) await store.set(bucket, each, new Uint8Array(1));
            const lasting = new Set(first);
            const listed: string[] = [];
            for (let page = 0; page < 100; page += 1) {
              const { keys, isEnd } = await store.listAfter(bucket, listed.at(-1), limit);
              listed.push(...keys);
              if (isEnd) break;
              for (const [isSet, each] of writes[page] ?? []) {
                if (isSet) await store.set(bucket, each, new Uint8Array(1));
                else await store.delete(bucket, each);
                if (!isSet) lasting.delete(each);
              }
            }
            expect(listed).to.deep.equal(inUtf8Order(new Set(listed)));
            expect(listed).to.include.members([...lasting]);
          },
        ),
        runs,
      );
    });

    it('keeps its own copy of a value and gives away another', async () => {
      const bucket = freshName('copies');
      const given = new Uint8Array([1, 2, 3]);
      const settled = store.set(bucket, 'key', given);
      given.fill(9);
      await settled;
      const got = await store.get(bucket, 'key');
      expect(got).to.deep.equal(new Uint8Array([1, 2, 3]));
      expect(got?.buffer.byteLength).to.equal(3);
      got?.fill(9);
      expect(await store.get(bucket, 'key')).to.deep.equal(new Uint8Array([1, 2, 3]));
    });

    it('loses none of 1,000 updates that run at once', async () => {
      const bucket = freshName('updates');
      const count = (current: Uint8Array | undefined) => {
        const next = new DataView(new ArrayBuffer(4));
        next.setUint32(0, (current ? new DataView(current.buffer).getUint32(0) : 0) + 1);
        return { value: new Uint8Array(next.buffer), result: next.getUint32(0) };
      };
      const all = Array.from({ length: 1_000 }, () => store.update(bucket, 'counter', count));
      const seen = await Promise.all(all.map(async (each) => each));
      expect(new Set(seen).size).to.equal(1_000);
      expect(Math.max(...seen)).to.equal(1_000);
    });

    it('passes on what an update throws, and writes nothing', async () => {
      const bucket = freshName('throws');
      await store.set(bucket, 'key', new Uint8Array([1]));
      const refusal = new Error('no');
      const failure = await failureOf(() =>
        store.update(bucket, 'key', () => {
          throw refusal;
        }),
      );
      expect(failure).to.equal(refusal);
      expect(await store.get(bucket, 'key')).to.deep.equal(new Uint8Array([1]));
    });

    it('holds values of a megabyte and keys of the greatest length', async () => {
      const bucket = 'b'.repeat(256);
      const value = new Uint8Array(1_048_576).map((_, index) => index * 7);
      const longest = 'k'.repeat(1_600);
      await store.set(bucket, longest, value);
      expect(Buffer.compare((await store.get(bucket, longest)) ?? Buffer.of(), value)).to.equal(0);
      const { keys } = await store.listAfter(bucket, longest.slice(1), 5);
      expect(keys).to.deep.equal([longest]);
      await store.delete(bucket, longest);
    });

    it('keeps many keys in order, through all its splits', async () => {
      const bucket = freshName('many');
      const keys = Array.from({ length: 3_000 }, (_, index) => `k${(index * 7_919) % 3_000}`);
      await Promise.all(keys.map(async (each) => store.set(bucket, each, new Uint8Array(1))));
      const odd = keys.filter((_, index) => index % 2 === 1);
      await Promise.all(odd.map(async (each) => store.delete(bucket, each)));
      const left = inUtf8Order(keys.filter((_, index) => index % 2 === 0));
      expect((await store.listAfter(bucket, undefined, 5_000)).keys).to.deep.equal(left);
      const part = await store.listAfter(bucket, left[700], 600);
      expect(part.keys).to.deep.equal(left.slice(701, 1_301));
    });

    it('answers STORAGE_ERROR once it is closed, and closes twice without harm', async () => {
      const closed = await subject.create();
      await closed.set('b', 'key', new Uint8Array([1]));
      await closed.close();
      await closed.close();
      const failures = await Promise.all([
        failureOf(() => closed.get('b', 'key')),
        failureOf(() => closed.set('b', 'key', new Uint8Array(1))),
        failureOf(() => closed.delete('b', 'key')),
        failureOf(() => closed.exists('b', 'key')),
        failureOf(() => closed.listAfter('b', undefined, 1)),
        failureOf(() => closed.update('b', 'key', () => ({ result: 1 }))),
      ]);
      for (const failure of failures) {
        expect(isWasmatrixError(failure) && failure.code).to.equal('STORAGE_ERROR');
      }
    });

    const { reopen } = subject;
    if (reopen === undefined) return;

    it('settles writes in flight before it has closed, and has everything when opened again', async () => {
      const first = await subject.create();
      const writes = Array.from({ length: 100 }, (_, index) =>
        first.set('b', `k${index}`, new Uint8Array([index])),
      );
      const updates = Array.from({ length: 10 }, () =>
        first.update('b', 'n', (current) => {
          const value = new Uint8Array([(current?.[0] ?? 0) + 1]);
          return { value, result: value[0] };
        }),
      );
      await first.close();
      await Promise.all(updates.map(async (each) => each));
      await Promise.all(writes.map(async (each) => each));
      const second = await reopen();
      try {
        expect((await second.listAfter('b', undefined, 1_000)).keys).to.have.length(101);
        expect(await second.get('b', 'n')).to.deep.equal(new Uint8Array([10]));
        expect(await second.get('b', 'k42')).to.deep.equal(new Uint8Array([42]));
        expect(second.secret).to.deep.equal(first.secret);
      } finally {
        await second.close();
      }
    });
  });
}

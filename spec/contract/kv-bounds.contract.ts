import { expect } from 'chai';
import * as fc from 'fast-check';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { type BucketRules, NO_RULES } from '../../providers/kv/bucket-rules.ts';
import type { KvStore, KvStoreOptions } from '../../providers/kv/kv-store.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { freshName, inUtf8Order, key, runs } from './kv-arbitraries.ts';

/** A backend under test. */
export interface KvBoundsSubject {
  readonly name: string;
  create(options: KvStoreOptions): Promise<KvStore>;
}

interface Held {
  readonly value: Uint8Array;
  readonly dueMs: number;
}

/** A bucket as it should be: what has expired takes no room and cannot be seen. */
class ModelBucket {
  readonly #held = new Map<string, Held>();
  readonly #rules: BucketRules;
  readonly #clock: SimulatedClock;

  constructor(rules: BucketRules, clock: SimulatedClock) {
    this.#rules = rules;
    this.#clock = clock;
  }

  get live(): ReadonlyMap<string, Held> {
    for (const [name, { dueMs }] of this.#held) {
      if (dueMs <= this.#clock.now()) this.#held.delete(name);
    }
    return this.#held;
  }

  /** Answers what a write comes to. */
  set(name: string, value: Uint8Array, ttlMs: number | 'kept' | undefined): string {
    const replaced = this.live.get(name);
    const [keys, bytes] = this.#use();
    const more = value.byteLength - (replaced?.value.byteLength ?? -Buffer.byteLength(name));
    const isNew = replaced === undefined;
    if (isNew && keys + 1 > this.#rules.maxKeys) return 'RESOURCE_EXHAUSTED maxKeys';
    if (more > 0 && bytes + more > this.#rules.maxBytes) return 'RESOURCE_EXHAUSTED maxBytes';
    const livesMs = typeof ttlMs === 'number' ? ttlMs : this.#rules.ttlMs;
    const anewMs = this.#clock.now() + livesMs;
    this.#held.set(name, { value, dueMs: ttlMs === 'kept' && !isNew ? replaced.dueMs : anewMs });
    return 'written';
  }

  delete(name: string): void {
    this.#held.delete(name);
  }

  #use(): [number, number] {
    const sizes = [...this.live].map(([name, { value }]) => Buffer.byteLength(name) + value.length);
    return [sizes.length, sizes.reduce((sum, each) => sum + each, 0)];
  }
}

const smallKey = fc.constantFrom('a', 'b', 'é', '😀', 'ab');
const value = fc.nat(12).map((size) => new Uint8Array(size));
const ttlMs = fc.option(fc.constantFrom(1, 5, 50, 100_000), { nil: undefined });
const step = fc.oneof(
  fc.record({ do: fc.constant('set' as const), key: smallKey, value, ttlMs }),
  fc.record({
    do: fc.constant('update' as const),
    key: smallKey,
    value,
    ttlMs: fc.oneof(ttlMs, fc.constant('kept' as const)),
  }),
  fc.record({ do: fc.constant('delete' as const), key: smallKey }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 4, 60, 1_500) }),
);
const rule = (least: number, most: number): fc.Arbitrary<number> =>
  fc.option(fc.integer({ min: least, max: most }), { nil: Number.POSITIVE_INFINITY });
const rules = fc.record({ ttlMs: rule(1, 100), maxKeys: rule(1, 4), maxBytes: rule(1, 40) });

/** What a write comes to. */
async function outcomeOf(write: () => unknown): Promise<string> {
  try {
    await write();
    return 'written';
  } catch (failure) {
    if (!isWasmatrixError(failure)) throw failure;
    expect(failure.details).to.include({ field: 'bucket', resource: 'bucket' });
    return `${failure.code} ${String(failure.details['quota'])}`;
  }
}

async function expectSame(store: KvStore, bucket: string, model: ModelBucket): Promise<void> {
  const { live } = model;
  for (const name of ['a', 'b', 'é', '😀', 'ab']) {
    expect(await store.get(bucket, name), name).to.deep.equal(live.get(name)?.value);
    expect(await store.exists(bucket, name), name).to.equal(live.has(name));
  }
  expect((await store.listAfter(bucket, undefined, 9)).keys).to.deep.equal(
    inUtf8Order(live.keys()),
  );
}

/** What every backend promises of times to live and quotas. */
export function describeKvBounds(subject: KvBoundsSubject): void {
  describe(`times to live and quotas of the key-value store in ${subject.name}`, () => {
    const clock = new SimulatedClock();
    const rulesByBucket = new Map<string, BucketRules>();
    let store: KvStore;
    before(async () => {
      store = await subject.create({
        clock,
        rulesOf: (bucket) => rulesByBucket.get(bucket) ?? NO_RULES,
      });
    });
    after(async () => {
      await store.close();
      expect(clock.pending, 'timers').to.equal(0);
    });
    function newBucket(given: Partial<BucketRules>): string {
      const bucket = freshName('bounds');
      rulesByBucket.set(bucket, { ...NO_RULES, ...given });
      return bucket;
    }

    it('are those of a plain model, for any sequence of writes, deletes and waits', async () => {
      await fc.assert(
        fc.asyncProperty(rules, fc.array(step, { maxLength: 25 }), async (given, steps) => {
          const bucket = newBucket(given);
          const model = new ModelBucket({ ...NO_RULES, ...given }, clock);
          for (const each of steps) {
            if (each.do === 'wait') clock.advance(each.ms);
            else if (each.do === 'delete') {
              await store.delete(bucket, each.key);
              model.delete(each.key);
            } else {
              const expected = model.set(each.key, each.value, each.ttlMs);
              const change = { value: each.value, ttlMs: each.ttlMs, result: undefined };
              const write = () =>
                each.do === 'set'
                  ? store.set(bucket, each.key, each.value, each.ttlMs)
                  : store.update(bucket, each.key, () => change);
              expect(await outcomeOf(write)).to.equal(expected);
            }
            await expectSame(store, bucket, model);
          }
        }),
        runs,
      );
    });

    it('never exceed a quota by writes that run at once', async () => {
      const bucket = newBucket({ maxKeys: 10, maxBytes: 55 });
      const all = Array.from({ length: 40 }, (_, index) =>
        outcomeOf(() => store.set(bucket, `k${index}`, new Uint8Array(3))),
      );
      const outcomes = await Promise.all(all);
      const { keys } = await store.listAfter(bucket, undefined, 100);
      expect(keys).to.have.length(10);
      expect(outcomes.filter((each) => each === 'written')).to.have.length(10);
    });

    it('take a key that has expired for a new one when it is written again', async () => {
      const bucket = newBucket({ maxBytes: 8 });
      await store.set(bucket, 'a', new Uint8Array(5), 1);
      clock.advance(1);
      const write = (size: number) => outcomeOf(() => store.set(bucket, 'a', new Uint8Array(size)));
      expect(await write(8)).to.equal('RESOURCE_EXHAUSTED maxBytes');
      expect(await write(7)).to.equal('written');
      expect(await outcomeOf(() => store.set(bucket, 'b', new Uint8Array(0)))).to.equal(
        'RESOURCE_EXHAUSTED maxBytes',
      );
    });

    it('let pass what takes no more than before, where the quota has become smaller', async () => {
      const bucket = newBucket({});
      for (const name of ['a', 'b', 'c']) await store.set(bucket, name, new Uint8Array(9));
      rulesByBucket.set(bucket, { ...NO_RULES, maxKeys: 2, maxBytes: 20 });
      const write = (name: string, size: number) =>
        outcomeOf(() => store.set(bucket, name, new Uint8Array(size)));
      expect(await write('a', 9)).to.equal('written');
      expect(await write('a', 8)).to.equal('written');
      expect(await write('a', 9)).to.equal('RESOURCE_EXHAUSTED maxBytes');
      expect(await write('d', 0)).to.equal('RESOURCE_EXHAUSTED maxKeys');
      await store.delete(bucket, 'a');
      await store.delete(bucket, 'b');
      expect(await write('d', 9)).to.equal('written');
    });

    it('list what existed throughout once, in order, whatever is written, deleted or expires', async () => {
      const change = fc.oneof(
        fc.record({ do: fc.constant('set' as const), key, ttlMs }),
        fc.record({ do: fc.constant('delete' as const), key }),
        fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 60, 2_000) }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(fc.tuple(key, ttlMs), {
            minLength: 1,
            maxLength: 12,
            selector: ([k]) => k,
          }),
          fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 6 }),
          fc.integer({ min: 1, max: 4 }),
          async (first, changes, limit) => {
            const bucket = newBucket({});
            const model = new ModelBucket(NO_RULES, clock);
            const set = async (name: string, lives: number | undefined): Promise<void> => {
              await store.set(bucket, name, new Uint8Array(1), lives);
              model.set(name, new Uint8Array(1), lives);
            };
            for (const [name, lives] of first) await set(name, lives);
            let lasting = new Set(model.live.keys());
            const listed: string[] = [];
            let after: string | undefined;
            for (let page = 0; ; page += 1) {
              expect(page).to.be.below(100);
              const { keys, last, isEnd } = await store.listAfter(bucket, after, limit);
              expect(keys.every((each) => model.live.has(each))).to.equal(true);
              listed.push(...keys);
              if (isEnd) break;
              after = last;
              for (const each of changes[page] ?? []) {
                if (each.do === 'wait') clock.advance(each.ms);
                else if (each.do === 'set') await set(each.key, each.ttlMs);
                else {
                  await store.delete(bucket, each.key);
                  model.delete(each.key);
                }
                lasting = new Set([...lasting].filter((name) => model.live.has(name)));
              }
            }
            expect(listed).to.deep.equal(inUtf8Order(new Set(listed)));
            expect(listed).to.include.members([...lasting]);
          },
        ),
        runs,
      );
    });
  });
}

import { expect } from 'chai';
import * as fc from 'fast-check';
import { MemoryStore } from '../../providers/kv/memory-store.ts';
import { compareUtf8 } from '../../providers/kv/utf8-order.ts';
import { runs } from '../contract/kv-arbitraries.ts';
import { describeKvBounds } from '../contract/kv-bounds.contract.ts';
import { describeKvStore } from '../contract/kv-store.contract.ts';
import { thrownBy } from '../thrown.ts';

describeKvStore({ name: 'memory', create: async () => new MemoryStore() });
describeKvBounds({ name: 'memory', create: async (options) => new MemoryStore(options) });

describe('a store in memory', () => {
  const entryBytes = 128;

  function refusal(write: () => unknown): string {
    const error = thrownBy(write);
    expect(error.details['resource']).to.equal('storage');
    return error.code;
  }

  it('refuses a write beyond its bytes, and is as it was before', () => {
    const store = new MemoryStore({ maxBytes: 2 * (entryBytes + 10) });
    store.set('b', 'k', new Uint8Array(9));
    store.set('b', 'é', new Uint8Array(8));
    expect(refusal(() => store.set('b', 'k', new Uint8Array(10)))).to.equal('RESOURCE_EXHAUSTED');
    expect(refusal(() => store.set('c', '', new Uint8Array(0)))).to.equal('RESOURCE_EXHAUSTED');
    const change = { value: new Uint8Array(10), result: 1 };
    expect(refusal(() => store.update('b', 'k', () => change))).to.equal('RESOURCE_EXHAUSTED');
    expect(store.get('b', 'k')).to.have.length(9);
    expect(store.exists('c', '')).to.equal(false);
    expect(store.listAfter('b', undefined, 9).keys).to.deep.equal(['k', 'é']);
  });

  it('gives back what is deleted or replaced by less', () => {
    const store = new MemoryStore({ maxBytes: entryBytes + 10 });
    for (let round = 0; round < 3; round++) {
      store.set('b', 'k', new Uint8Array(9));
      store.set('b', 'k', new Uint8Array(9));
      store.set('b', 'k', new Uint8Array(2));
      expect(refusal(() => store.set('b', 'l', new Uint8Array(0)))).to.equal('RESOURCE_EXHAUSTED');
      store.delete('b', 'k');
      store.delete('b', 'k');
    }
  });

  it('never holds more than its bytes, whatever is written and deleted', () => {
    const step = fc.tuple(fc.constantFrom('a', 'bb', 'é'), fc.option(fc.nat(300), { nil: null }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const limit = 600;
        const store = new MemoryStore({ maxBytes: limit });
        const model = new Map<string, number>();
        const used = (): number =>
          [...model].reduce((sum, [key, size]) => sum + 128 + Buffer.byteLength(key) + size, 0);
        for (const [key, size] of steps) {
          const before = model.get(key);
          if (size === null) {
            store.delete('x', key);
            model.delete(key);
            continue;
          }
          model.set(key, size);
          if (used() <= limit) {
            store.set('x', key, new Uint8Array(size));
            continue;
          }
          if (before === undefined) model.delete(key);
          else model.set(key, before);
          expect(refusal(() => store.set('x', key, new Uint8Array(size)))).to.equal(
            'RESOURCE_EXHAUSTED',
          );
        }
        for (const [key, size] of model) expect(store.get('x', key)).to.have.length(size);
      }),
      runs,
    );
  });
});

describe('the order of keys', () => {
  it('is that of their UTF-8 bytes, for any two strings', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 });
    const tricky = fc.string({
      unit: fc.constantFrom('\ud7ff', '\ue000', '\uffff', '😀', 'a', '\0'),
    });
    const either = fc.oneof(text, tricky);
    fc.assert(
      fc.property(either, either, (a, b) => {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareUtf8(a, b))).to.equal(expected);
      }),
      runs,
    );
  });
});

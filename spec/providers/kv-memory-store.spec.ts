import { expect } from 'chai';
import * as fc from 'fast-check';
import { MemoryStore } from '../../providers/kv/memory-store.ts';
import { compareUtf8 } from '../../providers/kv/utf8-order.ts';
import { runs } from '../contract/kv-arbitraries.ts';
import { describeKvStore } from '../contract/kv-store.contract.ts';

describeKvStore({ name: 'memory', create: async () => new MemoryStore() });

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

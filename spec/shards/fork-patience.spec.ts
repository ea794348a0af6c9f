import { expect } from 'chai';
import * as fc from 'fast-check';
import { ForkPatience } from '../../lib/shards/fork-patience.ts';

describe('the patience before a shard is forked anew', () => {
  it('grows with short lives, within bounds, and is forgotten after a long one', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9_999), { minLength: 2, maxLength: 40 }), (lives) => {
        const patience = new ForkPatience();
        const waits = lives.map((livedMs) => patience.waitMs(livedMs));
        expect(waits[0]).to.equal(0);
        expect(waits[1]).to.equal(100);
        expect(waits).to.deep.equal(waits.toSorted((a, b) => a - b));
        expect(Math.max(...waits)).to.be.at.most(5_000);
        expect(patience.waitMs(10_000)).to.equal(0);
        expect(patience.waitMs(1)).to.equal(0);
      }),
    );
  });
});

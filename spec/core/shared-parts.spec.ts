import { expect } from 'chai';
import * as fc from 'fast-check';
import { SharedParts } from '../../lib/core/shared-parts.ts';

describe('parts that many have alike', () => {
  it('are one object where their content is the same, and keep it in any case', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 20 }),
        (parts) => {
          const shared = new SharedParts();
          const kept = parts.map((part) => shared.share(part));
          for (const [index, part] of parts.entries()) {
            const first = parts.findIndex((each) => JSON.stringify(each) === JSON.stringify(part));
            expect(kept[index]).to.equal(parts[first]);
          }
        },
      ),
    );
  });

  it('are not kept without bound', () => {
    const shared = new SharedParts();
    for (let index = 0; index < 4_096; index++) shared.share({ index });
    const late = { index: 'late' };
    expect(shared.share(late)).to.equal(late);
    expect(shared.share({ index: 'late' })).not.to.equal(late);
    const long = { text: 'x'.repeat(5_000) };
    expect(new SharedParts().share(long)).to.equal(long);
  });
});

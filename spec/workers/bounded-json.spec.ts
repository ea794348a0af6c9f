import { expect } from 'chai';
import * as fc from 'fast-check';
import { boundedJson } from '../../workers/abi/bounded-json.ts';

describe('JSON that a guest has written', () => {
  it('is read as by JSON itself', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(boundedJson(text)).to.deep.equal(JSON.parse(text));
      }),
    );
    expect(() => boundedJson('{')).to.throw(SyntaxError);
  });

  it('P19 · is refused before it is read where its parts would fill the heap, in any nesting', () => {
    const many = 100_001;
    for (const text of [
      `[${'0,'.repeat(many)}0]`,
      `[${'[],'.repeat(many)}0]`,
      '['.repeat(many),
      `[${'{"a":1},'.repeat(many)}0]`,
    ]) {
      expect(() => boundedJson(text)).to.throw(SyntaxError, /more than/);
    }
    const long = JSON.stringify(',[{:\\"'.repeat(many));
    expect(boundedJson(long), 'what is in a string counts as one').to.have.length(6 * many);
  });
});

import { expect } from 'chai';
import { endOfChild, LastWords } from '../../lib/processes/child-end.ts';

describe('the end of a guest process', () => {
  it('says what ended it, and what the engine said last', () => {
    const words =
      '<--- Last few GCs --->\n\nFATAL ERROR: Reached heap limit Allocation failed\n 1: 0x1';
    expect(endOfChild(null, 'SIGABRT', words)).to.deep.equal({
      reason: 'out-of-memory',
      message:
        "the guest's process has ended by SIGABRT: FATAL ERROR: Reached heap limit Allocation failed",
    });
    expect(endOfChild(null, 'SIGTRAP', '#\n# Fatal error in , line 0\n')).to.deep.equal({
      reason: 'lost',
      message: "the guest's process has ended by SIGTRAP: # Fatal error in , line 0",
    });
    expect(endOfChild(3, null, '')).to.deep.equal({
      reason: 'lost',
      message: "the guest's process has ended with code 3",
    });
  });

  it('keeps a bounded number of words, the last ones', () => {
    const words = new LastWords();
    for (let round = 0; round < 1_000; round += 1) words.add(`${'x'.repeat(100)}${round}`);
    expect(words.text).to.have.length(4_096);
    expect(words.text.endsWith('x999')).to.equal(true);
  });
});

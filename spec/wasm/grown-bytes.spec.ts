import { expect } from 'chai';
import { type GrowthFacts, mostGrownBytes } from '../../lib/wasm/grown-bytes.ts';

const PAGE = 65_536;
const LIMIT = 100 * PAGE;
const MEMORY = { name: 'memory', kind: 'memory' } as const;

const grown = (facts: Partial<GrowthFacts>, seenBytes: number): number =>
  mostGrownBytes(
    { abi: 'core', memories: 1, initialMemoryBytes: PAGE, exports: [], ...facts },
    seenBytes,
    LIMIT,
  );

describe('what the memories of a guest have grown by', () => {
  it('is what can be seen, where its one memory can', () => {
    expect(grown({ exports: [MEMORY] }, PAGE)).to.equal(0);
    expect(grown({ exports: [MEMORY] }, 3 * PAGE)).to.equal(2 * PAGE);
    expect(grown({ abi: 'component' }, 3 * PAGE)).to.equal(2 * PAGE);
    expect(grown({ memories: 0, initialMemoryBytes: 0 }, 0)).to.equal(0);
  });

  it('is as much as it may, where a memory is or may be out of sight', () => {
    const most = LIMIT - PAGE;
    expect(grown({}, 0)).to.equal(most);
    expect(grown({ abi: 'component' }, 0)).to.equal(most);
    // What else a plug-in holds is no sign that its memory is seen.
    expect(grown({ abi: 'extism' }, 3 * PAGE)).to.equal(most);
    // The same memory may be exported twice.
    const twice = [MEMORY, { ...MEMORY, name: 'again' }];
    expect(grown({ memories: 2, exports: twice }, 3 * PAGE)).to.equal(most);
  });
});

import { expect } from 'chai';
import type { SoakSample } from './soak-sample.ts';
import { GROWTH_BOUNDS, growthsOf, settledSamples } from './soak-verdict.ts';

const RESTING: Omit<SoakSample, 'minutes'> = {
  rssBytes: 200_000_000,
  heapBytes: 20_000_000,
  externalBytes: 5_000_000,
  arrayBufferBytes: 1_000_000,
  handles: 9,
  threads: 20,
  files: 40,
  children: 1,
  mappings: 900,
};

/** A run of ten minutes with a sample every six seconds. */
function run(change: (minutes: number) => Partial<SoakSample>): SoakSample[] {
  return Array.from({ length: 101 }, (_, index) => ({
    ...RESTING,
    minutes: index / 10,
    ...change(index / 10),
  }));
}

function outcomes(samples: readonly SoakSample[]): Record<string, string> {
  return Object.fromEntries(growthsOf(samples).map(({ figure, outcome }) => [figure, outcome]));
}

describe('the verdict of a soak', () => {
  it('finds every figure flat that stays as it is', () => {
    const told = outcomes(run(() => ({})));
    expect(Object.keys(told)).to.have.members(Object.keys(GROWTH_BOUNDS));
    expect(new Set(Object.values(told))).to.deep.equal(new Set(['flat']));
  });

  for (const [figure, bound] of Object.entries(GROWTH_BOUNDS)) {
    const resting = RESTING[figure as keyof typeof RESTING];
    it(`finds that ${figure} grows beyond its bound, and no other`, () => {
      const told = outcomes(run((minutes) => ({ [figure]: resting + 2 * bound * minutes })));
      expect(told).to.deep.equal({ ...outcomes(run(() => ({}))), [figure]: 'grows' });
    });

    it(`bears that ${figure} grows within its bound, or shrinks`, () => {
      for (const rate of [0.5, -10]) {
        const told = outcomes(run((minutes) => ({ [figure]: resting + rate * bound * minutes })));
        expect(told[figure]).to.equal('flat');
      }
    });
  }

  it('does not judge what grows in the warm-up alone', () => {
    const samples = run((minutes) => ({ rssBytes: 1e8 + 5e7 * Math.min(2, minutes) }));
    expect(outcomes(samples)['rssBytes']).to.equal('flat');
    expect(settledSamples(samples)[0]?.minutes).to.equal(2);
  });

  it('calls vague what scatters too much, in place of flat', () => {
    const samples = run((minutes) => ({ rssBytes: 2e8 + 5e8 * Math.sin(minutes) }));
    expect(outcomes(samples)['rssBytes']).to.equal('vague');
  });

  it('judges nothing by too few samples', () => {
    expect(growthsOf([])).to.deep.equal([]);
    expect(growthsOf(run(() => ({})).slice(0, 13))).to.deep.equal([]);
  });
});

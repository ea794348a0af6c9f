import { expect } from 'chai';
import { type ChurnFigure, type ChurnSample, metricOf } from './churn-sample.ts';
import { CHURN_BOUNDS, churnGrowths } from './churn-verdict.ts';

const BUSY: Omit<ChurnSample, 'minutes'> = {
  rssBytes: 250_000_000,
  heapBytes: 30_000_000,
  externalBytes: 5_000_000,
  arrayBufferBytes: 1_000_000,
  handles: 120,
  threads: 19,
  files: 125,
  children: 0,
  mappings: 900,
  connections: 60,
  eventStreams: 51,
  handlesByType: {},
  loopDelayMs: 20,
  instances: 30,
};

/** A run of ten minutes with a sample each second. */
function run(change: (minutes: number) => Partial<ChurnSample>): ChurnSample[] {
  return Array.from({ length: 601 }, (_, index) => ({
    ...BUSY,
    minutes: index / 60,
    ...change(index / 60),
  }));
}

function outcomes(samples: readonly ChurnSample[]): Record<string, string> {
  return Object.fromEntries(churnGrowths(samples).map(({ figure, outcome }) => [figure, outcome]));
}

describe('the verdict of a churn', () => {
  const flat = outcomes(run(() => ({})));

  it('finds every figure flat that stays as it is', () => {
    expect(Object.keys(flat)).to.have.members(Object.keys(CHURN_BOUNDS));
    expect(new Set(Object.values(flat))).to.deep.equal(new Set(['flat']));
  });

  for (const [figure, bound] of Object.entries(CHURN_BOUNDS)) {
    const busy = BUSY[figure as ChurnFigure];
    it(`finds that ${figure} grows beyond its bound, and no other`, () => {
      const told = outcomes(run((minutes) => ({ [figure]: busy + 2 * bound * minutes })));
      expect(told).to.deep.equal({ ...flat, [figure]: 'grows' });
    });

    it(`bears that ${figure} grows within its bound, or shrinks`, () => {
      for (const rate of [0.5, -10]) {
        const told = outcomes(run((minutes) => ({ [figure]: busy + rate * bound * minutes })));
        expect(told[figure]).to.equal('flat');
      }
    });
  }

  it('hears by the medians of what has gone up and stays there, though the slope scatters', () => {
    const noise = (minutes: number): number => 15 * Math.sin(60 * minutes);
    const risen = run((minutes) => ({ handles: 120 + noise(minutes) + (minutes > 6 ? 14 : 0) }));
    const [found] = churnGrowths(risen).filter(({ figure }) => figure === 'handles');
    expect(found).to.include({ outcome: 'grows' });
    expect(found?.lastMedian).to.be.above((found?.firstMedian ?? 0) + 10);
    const same = run((minutes) => ({ handles: 120 + noise(minutes) }));
    expect(outcomes(same)['handles']).to.equal('flat');
  });

  it('judges nothing by too few samples', () => {
    expect(churnGrowths([])).to.deep.equal([]);
    expect(churnGrowths(run(() => ({})).slice(0, 13))).to.deep.equal([]);
  });

  it('reads a series of /metrics, or says which is not there', () => {
    const page = '# HELP a of\na 1\na_b{quantile="0.99"} 2.5\n';
    expect(metricOf(page, 'a')).to.equal(1);
    expect(metricOf(page, 'a_b{quantile="0.99"}')).to.equal(2.5);
    expect(() => metricOf(page, 'a_b')).to.throw('does not tell a_b');
  });
});

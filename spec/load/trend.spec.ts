import { expect } from 'chai';
import * as fc from 'fast-check';
import { type TimedValue, trendOf } from './trend.ts';

const RUNS = Number(process.env['FC_RUNS'] ?? 100);

function series(values: readonly number[]): TimedValue[] {
  return values.map((value, index) => ({ minutes: index / 10, value }));
}

describe('a trend', () => {
  const slope = fc.integer({ min: -1_000, max: 1_000 });
  const start = fc.integer({ min: -1_000, max: 1_000 });

  it('of a straight line is its slope, without uncertainty', () => {
    fc.assert(
      fc.property(slope, start, fc.integer({ min: 3, max: 50 }), (perMinute, offset, count) => {
        const line = Array.from({ length: count }, (_, index) => offset + (perMinute * index) / 10);
        const trend = trendOf(series(line));
        expect(trend.perMinute).to.be.closeTo(perMinute, 1e-6);
        expect(trend.uncertainty).to.be.closeTo(0, 1e-3);
      }),
      { numRuns: RUNS },
    );
  });

  it('of noise around a line has the slope within its uncertainty, nearly always', () => {
    let inside = 0;
    let runs = 0;
    fc.assert(
      fc.property(
        slope,
        fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
        (s, noise) => {
          const values = Array.from({ length: 60 }, (_, index) => {
            return (s * index) / 10 + (noise.next().value as number);
          });
          const { perMinute, uncertainty } = trendOf(series(values));
          runs += 1;
          if (Math.abs(perMinute - s) <= uncertainty) inside += 1;
        },
      ),
      { numRuns: RUNS, seed: 7 },
    );
    expect(inside / runs).to.be.above(0.8);
  });

  it('is less certain where neighbours resemble each other', () => {
    const apart = series(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 1 : -1)));
    const together = series(Array.from({ length: 40 }, (_, index) => (index % 20 < 10 ? 1 : -1)));
    expect(trendOf(together).uncertainty).to.be.above(2 * trendOf(apart).uncertainty);
  });

  it('needs three points, and more than one time', () => {
    expect(() => trendOf(series([1, 2]))).to.throw(RangeError);
    const same = [1, 2, 3].map((value) => ({ minutes: 1, value }));
    expect(() => trendOf(same)).to.throw(RangeError);
  });
});

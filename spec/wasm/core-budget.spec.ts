import { expect } from 'chai';
import * as fc from 'fast-check';
import { neededBudget, shareBudget } from '../../lib/wasm/core-budget.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);

const demands = fc.array(
  fc
    .record({
      minimum: fc.nat(1_000),
      room: fc.option(fc.nat(5_000), { nil: undefined }),
      copies: fc.nat(4),
    })
    .map(({ minimum, room, copies }) => ({
      minimum,
      copies,
      ...(room !== undefined && { maximum: minimum + room }),
    })),
  { maxLength: 8 },
);

describe('the shared budget', () => {
  it('is never exceeded, and nobody gets less than the minimum or more than the maximum', () => {
    fc.assert(
      fc.property(demands, fc.nat(100_000), (all, spare) => {
        const budget = neededBudget(all) + spare;
        const granted = shareBudget(all, budget);
        let used = 0;
        for (const [index, demand] of all.entries()) {
          const grant = granted[index] ?? Number.NaN;
          expect(grant).to.be.at.least(demand.minimum);
          expect(grant).to.be.at.most(demand.maximum ?? Infinity);
          used += grant * demand.copies;
        }
        expect(used).to.be.at.most(budget);
      }),
      { numRuns },
    );
  });

  it('goes whole to a single demand', () => {
    expect(shareBudget([{ minimum: 3, copies: 1 }], 1_000)).to.deep.equal([1_000]);
  });

  it('gives what a modest demand leaves to the others', () => {
    const granted = shareBudget(
      [
        { minimum: 1, copies: 1 },
        { minimum: 2, maximum: 4, copies: 1 },
        { minimum: 1, copies: 1 },
      ],
      104,
    );
    expect(granted).to.deep.equal([50, 4, 50]);
  });

  it('counts every copy', () => {
    expect(shareBudget([{ minimum: 1, copies: 3 }], 30)).to.deep.equal([10]);
  });

  it('leaves what is never instantiated at its minimum', () => {
    const granted = shareBudget(
      [
        { minimum: 7, copies: 0 },
        { minimum: 1, copies: 1 },
      ],
      10,
    );
    expect(granted).to.deep.equal([7, 10]);
  });
});

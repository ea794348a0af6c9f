import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  CAPACITY_RESOURCES,
  type CapacityBound,
  refusalOf,
  tightest,
} from '../../lib/core/capacity.ts';
import { guestCost } from '../../lib/core/capacity-cost.ts';
import { resolveCapacity } from '../../lib/core/capacity-options.ts';
import { capacityUsage } from '../../lib/core/capacity-usage.ts';
import { noRoom } from '../../lib/core/no-room.ts';
import { ThreadRemains } from '../../lib/core/thread-remains.ts';
import { thrownBy } from '../thrown.ts';
import { RUNS } from './property-runs.ts';
import { SimulatedMachine } from './simulated-machine.ts';

const resource = fc.constantFrom(...CAPACITY_RESOURCES);
const amount = fc.nat({ max: 1_000 });
const bound: fc.Arbitrary<CapacityBound> = fc.record({
  resource,
  used: amount,
  limit: amount,
  reserved: fc.nat({ max: 50 }),
  raise: fc.constant('raise it'),
});
const amounts = fc.dictionary(resource, amount);

describe('the room for a start', () => {
  it('W3 · is refused exactly where a bound would be exceeded, and the refusal names such a one', () => {
    fc.assert(
      fc.property(fc.array(bound, { maxLength: 8 }), amounts, amounts, (bounds, begun, needs) => {
        const isShort = (each: CapacityBound): boolean => {
          const needed = needs[each.resource] ?? 0;
          const used = each.used + (begun[each.resource] ?? 0);
          return needed > 0 && used + needed > each.limit - each.reserved;
        };
        const refusal = refusalOf(bounds, begun, needs);
        expect(refusal !== undefined).to.equal(bounds.some(isShort));
        if (refusal === undefined) return;
        expect(refusal.needed).to.equal(needs[refusal.resource]);
        expect(refusal.used + refusal.needed).to.be.above(refusal.limit - refusal.reserved);
      }),
      RUNS,
    );
  });

  it('W3 · is not more for those who need more, or where more is used', () => {
    fc.assert(
      fc.property(
        fc.array(bound),
        amounts,
        amounts,
        resource,
        amount,
        (bounds, begun, needs, name, more) => {
          if (refusalOf(bounds, begun, needs) === undefined) return;
          const plus = (sums: typeof begun) => ({ ...sums, [name]: (sums[name] ?? 0) + more });
          expect(refusalOf(bounds, plus(begun), needs)).to.not.equal(undefined);
          expect(refusalOf(bounds, begun, plus(needs))).to.not.equal(undefined);
        },
      ),
      RUNS,
    );
  });

  it('is told by the numbers, in bytes and in words', () => {
    const refusal = {
      resource: 'resident-memory',
      used: 900 * 2 ** 20,
      limit: 1_024 * 2 ** 20,
      reserved: 120 * 2 ** 20,
      needed: 9 * 2 ** 20,
      raise: 'give it more',
    } as const;
    const error = noRoom(refusal);
    expect(error.code).to.equal('RESOURCE_EXHAUSTED');
    expect(error.details).to.deep.equal(refusal);
    expect(error.message).to.include('900 MiB').and.to.include('1024 MiB less 120 MiB in reserve');
    expect(noRoom({ ...refusal, reserved: 0 }).details).not.to.have.property('reserved');
  });

  it('is figured by the nearest of several limits, less what is kept in reserve', () => {
    const far = { resource: 'tasks', used: 10, limit: 1_000, reserved: 0, raise: '' } as const;
    const near = { resource: 'tasks', used: 90, limit: 110, reserved: 5, raise: '' } as const;
    expect(tightest([far, near], 'tasks')).to.equal(near);
    expect(tightest([near, far], 'tasks')).to.equal(near);
    expect(capacityUsage([far, near])).to.deep.equal({ tasks: { used: 90, limit: 105 } });
  });
});

describe('what starts take', () => {
  it('is more with every memory and every page, and less where a thread is there', () => {
    const one = { memories: 1, initialMemoryBytes: 65_536, memoryBytes: 65_536 };
    const two = { memories: 2, initialMemoryBytes: 131_072, memoryBytes: 131_072 };
    const cost = (demand: typeof one, origin: 'new' | 'reused' | 'spare') =>
      guestCost(demand, origin) as Readonly<Record<string, number>>;
    for (const name of ['mappings', 'resident-memory']) {
      expect(cost(two, 'new')[name]).to.be.above(cost(one, 'new')[name]!);
      expect(cost(one, 'reused')[name]).to.be.below(cost(one, 'new')[name]!);
      expect(cost(one, 'spare')[name]).to.be.below(cost(one, 'reused')[name]!);
    }
    expect(cost(one, 'spare')['descriptors']).to.equal(undefined);
    expect(cost(one, 'reused')['descriptors']).to.equal(cost(one, 'new')['descriptors']);
  });

  it('is less after threads have ended, once for each and for some seconds', () => {
    const remains = new ThreadRemains();
    expect(remains.has(0)).to.equal(false);
    remains.note(0);
    remains.note(3_000);
    expect(remains.has(4_999)).to.equal(true);
    remains.take();
    expect(remains.has(4_999)).to.equal(true);
    remains.take();
    expect(remains.has(4_999)).to.equal(false);
    remains.note(5_000);
    expect(remains.has(9_999)).to.equal(true);
    expect(remains.has(10_000)).to.equal(false);
  });
});

describe('the limits of one’s own', () => {
  it('P18 · are refused by the name of the one that is wrong', () => {
    const bad: [unknown, string][] = [
      [5, 'capacity'],
      [{ maxThreads: 5 }, 'capacity.maxThreads'],
      [{ maxMappings: 0 }, 'capacity.maxMappings'],
      [{ maxMappings: 1.5 }, 'capacity.maxMappings'],
      [{ maxResidentBytes: '1' }, 'capacity.maxResidentBytes'],
      [{ maxDescriptors: -1 }, 'capacity.maxDescriptors'],
      [{ maxGuestBytes: Number.NaN }, 'capacity.maxGuestBytes'],
    ];
    for (const [value, field] of bad) {
      const error = thrownBy(() => resolveCapacity(value));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal(field);
    }
    expect(resolveCapacity({ maxMappings: 100 }).maxMappings).to.equal(100);
    expect(resolveCapacity(undefined).maxGuestBytes).to.equal(Infinity);
  });
});

/** What can happen, in any order: the numbers choose which of the starts it happens to. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      size: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('launch' as const, 'grow' as const, 'settle' as const, 'end' as const),
      which: fc.nat(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('look' as const, 'see' as const, 'learn' as const),
    }),
  },
);

describe('the ledger of what has been begun', () => {
  it('W3 · lets nobody exceed a limit, whatever happens in which order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50, max: 400 }),
        fc.array(step, { maxLength: 120 }),
        (limit, steps) => {
          const machine = new SimulatedMachine(limit);
          for (const each of steps) {
            machine.take(each);
            expect(machine.used).to.be.at.most(limit);
          }
        },
      ),
      RUNS,
    );
  });

  it('W3 · lets as much in again as has ended, as soon as somebody has looked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 1, max: 19 }),
        (count, ended) => {
          const machine = new SimulatedMachine(count * 10);
          for (let index = 0; index < count; index++) machine.take({ kind: 'start', size: 10 });
          machine.settleAll();
          expect(machine.running).to.equal(count);
          expect(machine.take({ kind: 'start', size: 10 })).to.equal(false);
          for (let index = 0; index < Math.min(ended, count); index++)
            machine.take({ kind: 'end', which: 0 });
          for (const kind of ['look', 'see', 'learn'] as const) machine.take({ kind });
          for (let index = 0; index < Math.min(ended, count); index++) {
            expect(machine.take({ kind: 'start', size: 10 })).to.equal(true);
          }
          expect(machine.take({ kind: 'start', size: 10 })).to.equal(false);
        },
      ),
      RUNS,
    );
  });

  it('W3 · refuses at its turn a start for which others have left no room', () => {
    const machine = new SimulatedMachine(100);
    machine.take({ kind: 'start', size: 30 });
    machine.take({ kind: 'start', size: 30 });
    machine.foreign = 60;
    for (const kind of ['look', 'see', 'learn'] as const) machine.take({ kind });
    expect(machine.take({ kind: 'launch', which: 0 })).to.equal(true);
    expect(machine.take({ kind: 'launch', which: 1 })).to.equal(false);
  });
});

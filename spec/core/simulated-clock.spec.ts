import { expect } from 'chai';
import * as fc from 'fast-check';
import { SimulatedClock } from '../simulated-clock.ts';
import { RUNS } from './property-runs.ts';

describe('the simulated clock of the specs', () => {
  it('fires timers in the order of time, then of creation, and each once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), fc.array(fc.nat(30)), (delays, steps) => {
        const clock = new SimulatedClock(0);
        const fired: number[] = [];
        delays.forEach((ms, index) => clock.setTimeout(() => fired.push(index), ms));
        for (const step of steps) clock.advance(step);
        const now = clock.now();
        const expected = delays
          .map((ms, index) => ({ ms, index }))
          .filter(({ ms }) => ms <= now && steps.length > 0)
          .sort((a, b) => a.ms - b.ms || a.index - b.index)
          .map(({ index }) => index);
        expect(fired).to.deep.equal(expected);
        expect(clock.pending).to.equal(delays.length - expected.length);
      }),
      RUNS,
    );
  });

  it('fires timers that a timer has made, at their own time', () => {
    const clock = new SimulatedClock(1_000);
    const times: number[] = [];
    const again = (): void => {
      times.push(clock.now());
      if (times.length < 4) clock.setTimeout(again, 10);
    };
    clock.setTimeout(again, 5);
    clock.advance(30);
    expect(times).to.deep.equal([1_005, 1_015, 1_025]);
    expect(clock.pending).to.equal(1);
    expect(clock.now()).to.equal(1_030);
  });

  it('forgets a cleared timer and ignores an unknown one', () => {
    const clock = new SimulatedClock();
    const timer = clock.setTimeout(() => expect.fail('a cleared timer has fired'), 1);
    clock.clearTimeout(timer);
    clock.clearTimeout(undefined);
    clock.advance(10);
    expect(clock.pending).to.equal(0);
  });

  it('refuses a timer without a finite time and a chain without an end', () => {
    const clock = new SimulatedClock();
    expect(() => clock.setTimeout(() => undefined, Number.NaN)).to.throw('NaN');
    const again = (): void => void clock.setTimeout(again, 0);
    again();
    expect(() => clock.advance(1)).to.throw('never come to an end');
  });
});

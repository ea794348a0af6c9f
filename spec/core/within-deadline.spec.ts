import { expect } from 'chai';
import * as fc from 'fast-check';
import { withinDeadline } from '../../lib/core/within-deadline.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { rejectionOf, settled } from '../thrown.ts';
import { RUNS } from './property-runs.ts';

describe('a promise with a deadline', () => {
  it('comes to what the promise does in time, else to TIMEOUT, and leaves no timer', async () => {
    const when = fc.integer({ min: 0, max: 20 });
    await fc.assert(
      fc.asyncProperty(when, when, fc.boolean(), async (deadlineMs, settlesAtMs, isFailing) => {
        const clock = new SimulatedClock();
        const { promise, resolve, reject } = Promise.withResolvers<string>();
        const own = new Error('its own');
        clock.setTimeout(() => (isFailing ? reject(own) : resolve('value')), settlesAtMs);
        const limited = withinDeadline(promise, deadlineMs, clock, 'too slow').then(
          (value) => value,
          (error: unknown) => error,
        );
        for (let ms = 0; ms <= 20; ms++) {
          await settled();
          clock.advance(ms === 0 ? 0 : 1);
        }
        const outcome = await limited;
        // Either may come first where both fall due at one moment.
        if (settlesAtMs === deadlineMs && outcome !== 'value' && outcome !== own) {
          expect(outcome).to.have.property('code', 'TIMEOUT');
        } else if (settlesAtMs <= deadlineMs) expect(outcome).to.equal(isFailing ? own : 'value');
        else expect(outcome).to.have.property('code', 'TIMEOUT');
        expect(clock.pending).to.equal(0);
      }),
      RUNS,
    );
  });

  it('says what was too slow, and how long that was', async () => {
    const clock = new SimulatedClock();
    const error = rejectionOf(withinDeadline(new Promise(() => undefined), 70, clock, 'too slow'));
    clock.advance(70);
    expect((await error).message).to.equal('too slow');
    expect((await error).details).to.deep.equal({ timeoutMs: 70 });
  });

  it('lets a promise that fails after its deadline disturb nobody', async () => {
    const clock = new SimulatedClock();
    const { promise, reject } = Promise.withResolvers<string>();
    const strays: unknown[] = [];
    const note = (error: unknown): number => strays.push(error);
    process.on('unhandledRejection', note);
    try {
      const error = rejectionOf(withinDeadline(promise, 5, clock, 'too slow'));
      clock.advance(5);
      await error;
      reject(new Error('late'));
      await settled();
      await settled();
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(strays).to.deep.equal([]);
  });

  it('does not wait for the clock where the promise has settled', async () => {
    const clock = new SimulatedClock();
    expect(await withinDeadline(Promise.resolve(5), 1_000, clock, 'too slow')).to.equal(5);
    expect(clock.pending).to.equal(0);
  });
});

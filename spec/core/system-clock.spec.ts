import { expect } from 'chai';
import { systemClock } from '../../lib/core/system-clock.ts';

describe('the clock of the machine', () => {
  it('tells the time in milliseconds', () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).to.be.within(before, Date.now());
  });

  it('calls back once its time has come, and not what has been cleared', async () => {
    const called: string[] = [];
    const cleared = systemClock.setTimeout(() => called.push('cleared'), 1);
    systemClock.clearTimeout(cleared);
    await new Promise<void>((resolve) => {
      systemClock.setTimeout(() => {
        called.push('kept');
        resolve();
      }, 5);
    });
    expect(called).to.deep.equal(['kept']);
  });
});

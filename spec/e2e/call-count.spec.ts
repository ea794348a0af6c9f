import { expect } from 'chai';
import { guestBytes } from '../guests/guest-file.ts';
import { withSupervisor } from './fixtures.ts';

describe('the number of calls begun', () => {
  it('never falls, whatever becomes of the instances that were called', () =>
    withSupervisor(async (supervisor) => {
      const begun = async (): Promise<number> => (await supervisor.stats()).calls.begun;
      const module = guestBytes('core');
      for (let life = 1; life <= 2; life++) {
        await supervisor.startInstance({ instanceId: 'same', module });
        await supervisor.invoke('same', 'add', [1, 2]);
        expect(await begun()).to.equal(life);
        await supervisor.stopInstance('same');
        expect(await begun()).to.equal(life);
      }
    }));
});

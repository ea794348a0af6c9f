import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { fuzzApi } from './api-fuzz.ts';
import { withHost } from './host-stage.ts';

const COUNT = Number(process.env['FC_RUNS'] ?? 100) * 6;

describe('malformed requests', function () {
  this.timeout(60_000 + COUNT * 50);

  it('P18 · of every kind are refused with a code, in time, and change nothing', () =>
    withHost(async (host) => {
      await host.supervisor.startInstance({ module: guestBytes('core'), instanceId: 'a' });
      const seed = Math.trunc(Math.random() * 2 ** 31);
      const { faults, statuses, requests } = await fuzzApi(host, COUNT, seed);
      expect(faults, `seed ${seed}`).to.deep.equal([]);
      expect(requests).to.equal(COUNT);
      expect(Object.keys(statuses)).to.include.members(['400', '404', '405', '415']);
    }));

  it('and whoever answered them otherwise would be found out', () =>
    withHost(async (host) => {
      const broken = {
        ...Object.fromEntries(
          ['stats', 'listProviders'].map((name) => [
            name,
            (host.supervisor as never as Record<string, () => unknown>)[name]?.bind(
              host.supervisor,
            ),
          ]),
        ),
        queryInstance: () => Promise.reject(new TypeError('a fault')),
        listInstances: () => Promise.resolve([]),
        inspectModule: () => Promise.resolve({}),
        nodeId: 'broken',
      };
      await withHost(
        async (other) => {
          const { faults } = await fuzzApi(other, 600, 1);
          expect(faults.join('\n')).to.include('is a fault of the host');
        },
        { supervisor: broken as unknown as Supervisor },
      );
    }));
});

import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { ALL_KV, kvGrant, pause } from '../e2e/fixtures.ts';
import { guestBytes, pythonPath } from '../guests/guest-file.ts';
import { activeResources } from './active-resources.ts';

const core = guestBytes('core');
const counter = guestBytes('counter-c');
const quiet = (promise: Promise<unknown>): void => void promise.catch(() => undefined);

/** Brings a supervisor into the middle of everything that it can be in the middle of. */
async function busySupervisor(shards: number): Promise<Supervisor> {
  const supervisor = await createSupervisor({ shards });
  const capabilities = [kvGrant(ALL_KV)];
  const ids = await Promise.all([
    supervisor.startInstance({ module: core }),
    supervisor.startInstance({ module: counter, capabilities }),
    supervisor.startInstance({
      module: core,
      restartPolicy: { policyType: 'always', backoff: { initialMs: 60_000, maxMs: 60_000 } },
    }),
    supervisor.startInstance({ module: core }),
    supervisor.startInstance({ module: counter, capabilities, isolation: 'process' }),
  ]);
  const [looping, calling, waiting, stopping, apart] = ids;
  quiet(supervisor.invoke(looping, 'spin'));
  quiet(supervisor.invoke(looping, 'add', [1, 2]));
  quiet(supervisor.invoke(calling, 'bump-many', ['n', 1_000_000]));
  quiet(supervisor.invoke(waiting, 'boom'));
  quiet(supervisor.invoke(apart, 'bump-many', ['m', 1_000_000]));
  quiet(supervisor.invoke(stopping, 'spin'));
  quiet(supervisor.stopInstance(stopping, { graceMs: 60_000 }));
  quiet(supervisor.startInstance({ module: core }));
  quiet(supervisor.startInstance({ module: core, isolation: 'process' }));
  quiet(
    supervisor.startInstance({ module: pythonPath(), wasi: { args: ['python', '-c', 'pass'] } }),
  );
  void (async () => {
    for await (const _ of supervisor.events()) void _;
  })();
  return supervisor;
}

describe('W5 · nothing remains', function () {
  this.timeout(60_000);

  for (const [waitMs, shards] of [0, 5, 50, 300].flatMap((ms) => [0, 2].map((n) => [ms, n]))) {
    for (const verb of ['close', 'destroy'] as const) {
      const where = shards === 0 ? '' : `, with ${shards} shards`;
      it(`after ${verb}() ${waitMs} ms into the middle of everything${where}`, async () => {
        const before = activeResources();
        const supervisor = await busySupervisor(shards as number);
        await pause(waitMs as number);
        if (verb === 'close') await supervisor.close({ graceMs: 10 });
        else await supervisor.destroy();
        await supervisor[verb]();
        const { threads, processes, instances } = await supervisor.stats();
        expect(processes).to.equal(0);
        expect(threads).to.deep.equal({ total: 0, spares: 0, waiting: 0, compile: 0 });
        expect(Object.values(instances)).to.deep.equal([0, 0, 0, 0, 0]);
        await pause(20);
        expect(activeResources()).to.deep.equal(before);
      });
    }
  }

  it('and every caller has had an answer', async () => {
    const supervisor = await createSupervisor();
    const id = await supervisor.startInstance({ module: core });
    const calls = [
      supervisor.invoke(id, 'spin'),
      supervisor.invoke(id, 'add', [1, 2]),
      supervisor.startInstance({ module: core }),
      supervisor.restartInstance(id),
    ];
    const settled = Promise.allSettled(calls);
    await supervisor.destroy();
    for (const outcome of await settled) {
      if (outcome.status === 'rejected') expect(outcome.reason).to.have.property('code');
    }
  });
});

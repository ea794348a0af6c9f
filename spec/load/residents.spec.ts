import { expect } from 'chai';
import { ALL_KV, kvGrant, withSupervisor } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';

const RESIDENTS = 300;

describe('many residents at once', function () {
  this.timeout(120_000);

  it(`starts, calls and stops ${RESIDENTS} instances without an error, a warning or a leak`, async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void =>
      void warnings.push(`${warning.name}: ${warning.message}`);
    process.on('warning', onWarning);
    try {
      await withSupervisor(async (supervisor) => {
        const module = guestBytes('counter-c');
        const capabilities = [kvGrant(ALL_KV)];
        // The first instance brings code and caches that stay.
        await supervisor.stopInstance(await supervisor.startInstance({ module, capabilities }));
        const atFirst = (await supervisor.stats()).memory.rssBytes;
        const ids = await Promise.all(
          Array.from({ length: RESIDENTS }, () =>
            supervisor.startInstance({ module, capabilities }),
          ),
        );
        const { instances, threads, memory } = await supervisor.stats();
        expect(instances.running).to.equal(RESIDENTS);
        expect(threads.total).to.be.at.least(RESIDENTS);
        const answers = await Promise.all(ids.map((id) => supervisor.invoke(id, 'bump', ['hits'])));
        const inOrder = [...(answers as bigint[])].sort((a, b) => Number(a - b));
        expect(inOrder).to.deep.equal(Array.from({ length: RESIDENTS }, (_, n) => BigInt(n + 1)));
        await Promise.all(ids.map((id) => supervisor.stopInstance(id)));
        const after = await supervisor.stats();
        expect(after.instances.running).to.equal(0);
        expect(after.threads.total).to.be.at.most(4);
        expect(await supervisor.listInstances()).to.deep.equal([]);
        // Most of what the residents took is given back; the allocator keeps some for later.
        const taken = memory.rssBytes - atFirst;
        expect(after.memory.rssBytes - atFirst).to.be.below(taken / 2);
      });
    } finally {
      process.off('warning', onWarning);
    }
    expect(warnings).to.deep.equal([]);
  });
});

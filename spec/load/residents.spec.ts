import { expect } from 'chai';
import { ALL_KV, kvGrant, withSupervisor } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';

const RESIDENTS = 200;

describe('many residents at once', function () {
  this.timeout(120_000);

  it(`starts, calls and stops ${RESIDENTS} instances without an error, a warning or a leak`, async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => {
      warnings.push(`${warning.name}: ${warning.message}`);
    };
    process.on('warning', onWarning);
    try {
      await withSupervisor(async (supervisor) => {
        const module = guestBytes('counter-c');
        const capabilities = [kvGrant(ALL_KV)];
        const startAll = () =>
          Promise.all(
            Array.from({ length: RESIDENTS }, () =>
              supervisor.startInstance({ module, capabilities }),
            ),
          );
        const stopAll = (ids: readonly string[]) =>
          Promise.all(ids.map((id) => supervisor.stopInstance(id)));

        const ids = await startAll();
        const { instances, threads, memory } = await supervisor.stats();
        expect(instances.running).to.equal(RESIDENTS);
        expect(threads.total).to.be.at.least(RESIDENTS);
        const answers = await Promise.all(ids.map((id) => supervisor.invoke(id, 'bump', ['hits'])));
        const inOrder = (answers as bigint[]).toSorted((a, b) => Number(a - b));
        expect(inOrder).to.deep.equal(Array.from({ length: RESIDENTS }, (_, n) => BigInt(n + 1)));
        await stopAll(ids);
        const after = await supervisor.stats();
        expect(after.instances.running).to.equal(0);
        expect(after.threads.total).to.be.at.most(4);
        expect(await supervisor.listInstances()).to.deep.equal([]);

        // V8 keeps the pages of ended threads in a pool of the process for the threads to come: what
        // the first residents took is what the next ones use, and nothing grows.
        const again = await startAll();
        const second = (await supervisor.stats()).memory;
        expect(second.rssBytes).to.be.below(memory.rssBytes * 1.2);
        await stopAll(again);
      });
    } finally {
      process.off('warning', onWarning);
    }
    expect(warnings).to.deep.equal([]);
  });
});

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { guestBytes } from '../guests/guest-file.ts';
import { codeOf, PROPERTY_TIMEOUT_MS, withSupervisor } from './fixtures.ts';

const HOST = fileURLToPath(new URL('nothing-kept-host.js', import.meta.url));

describe('what the supervisor keeps', function () {
  this.timeout(PROPERTY_TIMEOUT_MS + 60_000);

  it('P7 · nothing of what guests were given or answered remains after the call', async () => {
    // Fails with what its expectations say.
    await promisify(execFile)(process.execPath, [HOST]);
  });

  for (const residency of ['resident', 'on-demand'] as const) {
    it(`P6 · nothing of what was stopped, where \`maxEnded\` is 0 · ${residency}`, () =>
      withSupervisor(
        async (supervisor) => {
          const module = guestBytes('core');
          const instanceId = await supervisor.startInstance({ module, residency });
          await supervisor.stopInstance(instanceId);
          expect(await codeOf(supervisor.queryInstance(instanceId))).to.equal('INSTANCE_NOT_FOUND');
          const facts = await supervisor.executionEvents({ instanceId });
          expect(facts.map(({ type }) => type)).to.include('instance_stopped');
        },
        { maxEnded: 0 },
      ));
  }
});

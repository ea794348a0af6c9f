import { getHeapSnapshot } from 'node:v8';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { guestBytes } from '../guests/guest-file.ts';
import { codeOf, kvGrant, PROPERTY_TIMEOUT_MS, THREAD_RUNS, withSupervisor } from './fixtures.ts';

/**
 * Whether a text is anywhere on this process's heap, after the collection that a snapshot begins with. This file runs
 * before all others (`.mocharc.json`): the heap that those leave behind would take half a minute to look through.
 */
async function isOnHeap(reversed: string): Promise<boolean> {
  const wanted = Buffer.from(Array.from(reversed).toReversed().join(''));
  let tail = Buffer.alloc(0);
  let isFound = false;
  for await (const chunk of getHeapSnapshot()) {
    const text = Buffer.concat([tail, Buffer.from(chunk as Uint8Array)]);
    isFound ||= text.includes(wanted);
    tail = text.subarray(-wanted.length);
  }
  return isFound;
}

describe('what the supervisor keeps', function () {
  this.timeout(PROPERTY_TIMEOUT_MS + 60_000);

  it('P7 · nothing of what guests were given or answered remains after the call', () =>
    withSupervisor(async (supervisor) => {
      const module = guestBytes('counter-c');
      const capabilities = [kvGrant(['kv:read', 'kv:delete'])];
      const id = await supervisor.startInstance({ module, capabilities });
      // Backwards, so that the spec itself does not hold what it looks for.
      const backwards = `${Math.random().toString(36).slice(2)}-krametacirtsam`;
      const secret = (): string => Array.from(backwards).toReversed().join('');
      const operation = fc.constantFrom('has', 'read', 'remove', 'write', 'bump', 'bucket-open');
      await fc.assert(
        fc.asyncProperty(operation, fc.nat(1_000), async (name, number) => {
          const key = `${secret()}-${number}`;
          const args = name === 'write' ? [key, new TextEncoder().encode(secret())] : [key];
          const call = supervisor.invoke(id, name, args);
          if (name === 'write' || name === 'bump' || name === 'bucket-open') {
            expect(await codeOf(call)).to.equal('WASM_RUNTIME_ERROR');
          } else {
            await call;
          }
        }),
        { numRuns: THREAD_RUNS },
      );
      const control = { kept: secret() };
      expect(await isOnHeap(backwards), 'the control, which is kept').to.equal(true);
      control.kept = '';
      const facts = await supervisor.executionEvents({ types: ['capability_denied'] });
      expect(facts.length).to.be.greaterThan(0);
      expect(await isOnHeap(backwards), 'after the calls').to.equal(false);
    }));

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

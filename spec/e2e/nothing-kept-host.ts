import { getHeapSnapshot } from 'node:v8';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { guestBytes } from '../guests/guest-file.ts';
import { codeOf, kvGrant, THREAD_RUNS, withSupervisor } from './fixtures.ts';

// A process of its own: the heap of one that runs all specs takes half a minute to look through.

/** Whether a text is anywhere on this process's heap, after the collection that a snapshot begins with. */
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

await withSupervisor(async (supervisor) => {
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
});

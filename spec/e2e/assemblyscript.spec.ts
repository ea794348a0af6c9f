import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { guestBytes } from '../guests/guest-file.ts';
import { AT_ONCE, failureOf, PROPERTY_TIMEOUT_MS, until, withSupervisor } from './fixtures.ts';

/** A published guest in AssemblyScript, if it is installed. */
function sha256Bytes(): Uint8Array | undefined {
  try {
    const path = createRequire(import.meta.url).resolve(
      '@chainsafe/as-sha256/build/optimized.wasm',
    );
    return new Uint8Array(readFileSync(path));
  } catch {
    return undefined;
  }
}

describe('core modules of AssemblyScript in their own threads', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('find what their compiler expects of a host', () =>
    withSupervisor(async (supervisor) => {
      const module = guestBytes('shims-as');
      const { abi, capabilities } = await supervisor.inspectModule(module);
      expect({ abi, capabilities }).to.deep.equal({ abi: 'core', capabilities: [] });
      const id = await supervisor.startInstance({ module, restartPolicy: AT_ONCE });
      await supervisor.invoke(id, 'say', [-3]);
      expect((await supervisor.queryInstance(id)).output).to.deep.equal({
        stdout: 'log -3\ninfo\ndebug\n',
        stderr: 'trace: traced -3, 0.5\nwarn ö\nerror\nAssertion failed: not positive\n',
      });
      expect(await supervisor.invoke(id, 'sine', [1])).to.equal(Math.sin(1));
      const now = (await supervisor.invoke(id, 'now')) as number;
      expect(now).to.be.within(Date.now() - 60_000, Date.now() + 60_000);
      expect(await supervisor.invoke(id, 'sinceStart')).to.be.at.least(0);
      const random = await Promise.all(
        Array.from({ length: 20 }, () => supervisor.invoke(id, 'random')),
      );
      expect(new Set(random).size).to.equal(20);
    }));

  it('trap with the message that they abort with, and come back by their policy', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({
        module: guestBytes('shims-as'),
        restartPolicy: AT_ONCE,
      });
      expect(await supervisor.invoke(id, 'half', [8])).to.equal(4);
      const error = await failureOf(supervisor.invoke(id, 'half', [7]));
      expect(error.code).to.equal('WASM_RUNTIME_ERROR');
      expect(error.message).to.match(/trapped: abort: an odd number: 7 \(guest\.ts:\d+:\d+\)$/);
      const { lastExit } = await until(supervisor, id, ({ status }) => status === 'running');
      expect(lastExit?.message).to.include('an odd number: 7');
      expect(await supervisor.invoke(id, 'half', [2])).to.equal(1);
    }));

  it('start and run as they were published, if they are installed', function () {
    const module = sha256Bytes();
    if (module === undefined) {
      console.log('      SKIPPED: @chainsafe/as-sha256 is not installed');
      this.skip();
    }
    return withSupervisor(async (supervisor) => {
      const { abi, imports } = await supervisor.inspectModule(module);
      expect(abi).to.equal('core');
      expect(imports).to.deep.equal([{ module: 'env', name: 'abort', kind: 'function' }]);
      const id = await supervisor.startInstance({ module, limits: { fuel: 1_000_000 } });
      expect(await supervisor.invoke(id, 'init')).to.equal(undefined);
      expect(await supervisor.invoke(id, 'digest', [64])).to.equal(undefined);
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
    });
  });
});

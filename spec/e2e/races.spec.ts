import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { ALL_KV, codeOf, failureOf, kvGrant, pause, withSupervisor } from './fixtures.ts';

const core = guestBytes('core');

describe('things that meet', function () {
  this.timeout(60_000);

  it('P5 · a start that fails takes nothing from the next one of its id', () =>
    withSupervisor(async (supervisor) => {
      const broken = wat('(module (func $f unreachable) (start $f))');
      for (let round = 0; round < 10; round++) {
        const first = supervisor.startInstance({ module: broken, instanceId: 'x' });
        const failed = first.catch(() => undefined);
        for await (const { type } of supervisor.events()) if (type === 'instance_failed') break;
        const spec = {
          module: guestBytes('counter-c'),
          instanceId: 'x',
          capabilities: [kvGrant(ALL_KV)],
        };
        // The id is taken until the first start has come to its end.
        expect(await codeOf(supervisor.startInstance(spec))).to.equal('INVALID_REQUEST');
        await failed;
        await supervisor.startInstance(spec);
        expect(await supervisor.listCapabilities('x')).to.have.length(1);
        expect(typeof (await supervisor.invoke('x', 'bump', ['n']))).to.equal('bigint');
        await supervisor.stopInstance('x');
      }
    }));

  it('a wrong option of close() closes nothing', async () => {
    const supervisor = await createSupervisor();
    const id = await supervisor.startInstance({ module: core });
    expect((await failureOf(supervisor.close({ graceMs: -1 }))).details['field']).to.equal(
      'graceMs',
    );
    expect(await supervisor.invoke(id, 'add', [1, 2])).to.equal(3);
    await supervisor.close();
    expect((await supervisor.stats()).threads.total).to.equal(0);
  });

  it('what is handed out cannot change what is', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: core, capabilities: [kvGrant(ALL_KV)] });
      const info = (await supervisor.queryInstance(id)) as { limits: { callTimeoutMs: number } };
      expect(() => {
        info.limits.callTimeoutMs = 1;
      }).to.throw(TypeError);
      const [held] = await supervisor.listCapabilities(id);
      const { permissions, config } = held as CapabilityAssignment;
      expect(() => (permissions as string[]).push('kv:fly')).to.throw(TypeError);
      expect(() => Object.assign(config ?? {}, { buckets: {} })).to.throw(TypeError);
      const { exports } = await supervisor.inspectModule(core);
      (exports as unknown[]).length = 0;
      expect((await supervisor.inspectModule(core)).exports).to.not.have.length(0);
    }));

  it('a later stop shortens the time of an earlier one, and never lengthens it', () =>
    withSupervisor(async (supervisor) => {
      const start = () => supervisor.startInstance({ module: core });
      const patient = await start();
      const loop = supervisor.invoke(patient, 'spin', [], { timeoutMs: 600_000 });
      const ended = codeOf(loop);
      const stopping = supervisor.stopInstance(patient, { graceMs: 500_000 });
      await Promise.all([stopping, supervisor.stopInstance(patient, { graceMs: 10 })]);
      expect(await ended).to.equal('CRASH_DETECTED');

      const nagged = await start();
      const other = codeOf(supervisor.invoke(nagged, 'spin', [], { timeoutMs: 600_000 }));
      const first = supervisor.stopInstance(nagged, { graceMs: 200 });
      const nagging: Promise<void>[] = [];
      while ((await supervisor.queryInstance(nagged)).status !== 'stopped') {
        nagging.push(supervisor.stopInstance(nagged, { graceMs: 500_000 }));
        await pause(50);
      }
      await Promise.all([first, ...nagging]);
      expect(await other).to.equal('CRASH_DETECTED');
    }));

  it('a call that waited behind a trap is told of the trap', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: core });
      const trap = codeOf(supervisor.invoke(id, 'boom'));
      const behind = await failureOf(supervisor.invoke(id, 'add', [1, 2]));
      expect(behind.code).to.equal('CRASH_DETECTED');
      expect((behind.cause as Error | undefined)?.message ?? behind.message).to.include(
        'unreachable',
      );
      expect(await trap).to.equal('WASM_RUNTIME_ERROR');
    }));

  it('a restart is told of the next life, even where the running call is the end of this one', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: core });
      const ended = codeOf(supervisor.invoke(id, 'spin', [], { timeoutMs: 30 }));
      await supervisor.restartInstance(id);
      expect(await ended).to.equal('TIMEOUT');
      expect(await supervisor.invoke(id, 'add', [1, 2])).to.equal(3);
      expect(await supervisor.queryInstance(id)).to.include({ status: 'running', restarts: 1 });
    }));

  it('supervisors that are destroyed while their modules compile take nothing with them', async () => {
    const one = async (delayMs: number): Promise<void> => {
      const supervisor: Supervisor = await createSupervisor({ compileThreads: 4, warmSpares: 0 });
      const inspected = supervisor.inspectModule(guestBytes('counter-c')).catch(() => undefined);
      await pause(delayMs);
      await supervisor.destroy();
      await inspected;
    };
    for (let round = 0; round < 12; round++) {
      await Promise.all([one(round * 7), one(round * 11), one(round * 3)]);
    }
  });
});

import { expect } from 'chai';
import { AT_ONCE, codeOf, until } from '../../e2e/fixtures.ts';
import { guestBytes, wat } from '../../guests/guest-file.ts';
import type { Episode, SupervisedWorld } from './episode.ts';

const core = guestBytes('core');
const hello = guestBytes('hello-c');

/** Modules that must not start, and why. */
const REFUSED = [
  [new Uint8Array([1, 2, 3]), 'INVALID_REQUEST'],
  [wat('(module (import "env" "secret" (func)))'), 'VALIDATION_ERROR'],
  [wat('(module (memory 2000))'), 'VALIDATION_ERROR'],
  [wat('(module (func (result i32) (i64.const 1)))'), 'WASM_RUNTIME_ERROR'],
  [wat('(module (func $f unreachable) (start $f))'), 'WASM_RUNTIME_ERROR'],
] as const;

/** Stops an instance and looks whether it is said to be stopped. */
async function stopped({ supervisor }: SupervisedWorld, id: string): Promise<void> {
  await supervisor.stopInstance(id, { graceMs: 0 });
  expect((await supervisor.queryInstance(id)).status).to.equal('stopped');
  expect(await codeOf(supervisor.invoke(id, 'add', [1, 2]))).to.equal('INVALID_REQUEST');
}

/** Lives that begin, go wrong and end, each in a thread. */
export const LIVES: readonly Episode<SupervisedWorld>[] = [
  {
    name: 'start, call, stop',
    async play(world) {
      const id = await world.supervisor.startInstance({ module: core });
      for (let each = 0; each < 50; each += 1) {
        expect(await world.supervisor.invoke(id, 'add', [each, 1])).to.equal(each + 1);
      }
      await stopped(world, id);
    },
  },
  {
    name: 'trap, restart',
    async play(world) {
      const { supervisor } = world;
      const id = await supervisor.startInstance({ module: core, restartPolicy: AT_ONCE });
      for (let restarts = 1; restarts <= 3; restarts += 1) {
        expect(await supervisor.invoke(id, 'next')).to.equal(1);
        expect(await codeOf(supervisor.invoke(id, 'boom'))).to.equal('WASM_RUNTIME_ERROR');
        const info = await until(supervisor, id, ({ status }) => status === 'running');
        expect(info)
          .to.include({ restarts })
          .and.to.have.nested.property('lastExit.reason', 'trap');
      }
      await supervisor.restartInstance(id);
      expect(await supervisor.invoke(id, 'next')).to.equal(1);
      await stopped(world, id);
    },
  },
  {
    name: 'kill at a deadline',
    async play(world) {
      const { supervisor } = world;
      const id = await supervisor.startInstance({ module: core, restartPolicy: AT_ONCE });
      for (let timeoutMs = 5; timeoutMs <= 25; timeoutMs += 10) {
        expect(await codeOf(supervisor.invoke(id, 'spin', [], { timeoutMs }))).to.equal('TIMEOUT');
        const info = await until(supervisor, id, ({ status }) => status === 'running');
        expect(info).to.have.nested.property('lastExit.reason', 'timeout');
      }
      await stopped(world, id);
    },
  },
  {
    name: 'command exits',
    async play({ supervisor }) {
      const id = await supervisor.startInstance({
        module: hello,
        wasi: { args: ['hello', '--exit=3'] },
        restartPolicy: { policyType: 'never' },
      });
      const info = await until(supervisor, id, ({ lastExit }) => lastExit !== undefined);
      expect(info.lastExit).to.include({ reason: 'exited', exitCode: 3 });
      expect(info.output?.stdout).to.contain('written by the guest');
    },
  },
  {
    name: 'stop of a sleeper',
    async play({ supervisor }) {
      const wasi = { args: ['hello', '--sleep=3600000'] };
      const id = await supervisor.startInstance({ module: hello, wasi });
      await supervisor.stopInstance(id, { graceMs: 0 });
      expect((await supervisor.queryInstance(id)).lastExit?.reason).to.equal('killed');
    },
  },
  {
    name: 'refused modules',
    async play({ supervisor }) {
      for (const [module, code] of REFUSED) {
        expect(await codeOf(supervisor.startInstance({ module }))).to.equal(code);
      }
    },
  },
  {
    name: 'group',
    async play({ supervisor }) {
      const child = (childId: string) => ({ childId, instance: { module: core } });
      const { groupId, instanceIds } = await supervisor.startGroup({
        strategy: 'one-for-all',
        backoff: { initialMs: 0, maxMs: 0, jitter: 0 },
        children: ['a', 'b', 'c'].map(child),
      });
      const [first = '', second = ''] = instanceIds;
      expect(await supervisor.invoke(first, 'next')).to.equal(1);
      expect(await codeOf(supervisor.invoke(second, 'boom'))).to.equal('WASM_RUNTIME_ERROR');
      for (const id of instanceIds) {
        await until(supervisor, id, (info) => info.status === 'running' && info.restarts === 1);
      }
      expect(await supervisor.invoke(first, 'next')).to.equal(1);
      await supervisor.stopGroup(groupId);
    },
  },
];

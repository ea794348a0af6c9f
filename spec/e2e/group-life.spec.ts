import { expect } from 'chai';
import { wat } from '../guests/guest-file.ts';
import { activeResources } from '../leaks/active-resources.ts';
import { codeOf, failureOf, withSupervisor } from './fixtures.ts';
import {
  after,
  chain,
  child,
  core,
  crash,
  expectNothing,
  lastSeq,
  SHORT,
  told,
} from './group-chain.ts';

describe('the members of a group in real threads', function () {
  this.timeout(60_000);

  it('W6 · a start that fails stops those before it in reverse order and leaves nothing', () =>
    withSupervisor(
      async (supervisor) => {
        const module = wat('(module (func $f unreachable) (start $f))');
        const children = [child('a'), child('b'), child('c', { instance: { module } }), child('d')];
        const error = await failureOf(supervisor.startGroup(chain('one-for-one', { children })));
        expect(error.code).to.equal('WASM_RUNTIME_ERROR');
        const facts = (await supervisor.executionEvents()).filter(({ groupId }) => groupId === 'g');
        expect(
          facts.map(({ type, instanceId }) => `${SHORT[type]} ${instanceId?.slice(0, 2)}`),
        ).to.deep.equal(['start a', 'start b', 'fail i-', 'stop b', 'stop a']);
        expect(await supervisor.listInstances()).to.deep.equal([]);
        await expectNothing(supervisor);
        expect((await supervisor.startGroup(chain('one-for-one'))).groupId).to.equal('g');
      },
      { warmSpares: 0 },
    ));

  it('W6 · a start beyond the threads takes back the group that it belongs to', () =>
    withSupervisor(
      async (supervisor) => {
        const error = await failureOf(supervisor.startGroup(chain('one-for-all')));
        expect(error.code).to.equal('RESOURCE_EXHAUSTED');
        const [refused] = await supervisor.executionEvents({ types: ['admission_refused'] });
        expect(refused).to.deep.include({ instanceId: 'c', groupId: 'g' });
        await expectNothing(supervisor);
      },
      { warmSpares: 0, maxThreads: 2 },
    ));

  it('W6 · a member that is stopped stays down until its neighbours begin anew', () =>
    withSupervisor(async (supervisor) => {
      await supervisor.startGroup(chain('one-for-all'));
      await supervisor.stopInstance('b');
      expect(await codeOf(supervisor.startInstance({ module: core, instanceId: 'b' }))).to.equal(
        'INVALID_REQUEST',
      );
      expect(await supervisor.invoke('a', 'add', [1, 2])).to.equal(3);
      expect(await crash(supervisor, 'a', 'restart c')).to.deep.equal([
        'crash a',
        'stop c',
        'restart a',
        'start b',
        'restart c',
      ]);
    }));

  it('W6 · a member can be restarted on request, which does not count', () =>
    withSupervisor(async (supervisor) => {
      await supervisor.startGroup(chain('one-for-one', { intensity: { maxRestarts: 1 } }));
      for (let round = 0; round < 3; round++) await supervisor.restartInstance('b');
      expect((await supervisor.queryInstance('b')).restarts).to.equal(3);
      expect(await crash(supervisor, 'b', 'restart b')).to.deep.equal(['crash b', 'restart b']);
    }));

  it('W6 · a member that waits for its group says when, and takes no order from others', () =>
    withSupervisor(async (supervisor) => {
      const backoff = { initialMs: 60_000, maxMs: 60_000 };
      await supervisor.startGroup(chain('rest-for-one', { backoff }));
      await crash(supervisor, 'b', 'stop c');
      const [b, c] = await Promise.all(['b', 'c'].map((id) => supervisor.queryInstance(id)));
      expect([b?.status, c?.status]).to.deep.equal(['crashed', 'stopped']);
      expect(Date.parse(b?.nextRestartAt ?? '')).to.be.greaterThan(
        Date.parse(b?.lastExit?.at ?? ''),
      );
      expect((await failureOf(supervisor.restartInstance('b'))).details['field']).to.equal('id');
      expect(await codeOf(supervisor.invoke('c', 'add', [1, 2]))).to.equal('INVALID_REQUEST');
      await supervisor.stopInstance('b');
      const since = await lastSeq(supervisor);
      await supervisor.stopGroup('g');
      const facts = await supervisor.executionEvents({ sinceSeq: since });
      expect(facts.map(told)).to.deep.equal(['stop c', 'stop a']);
    }));

  it('W6 W2 · a member that does not yield has the time of its shutdown, then is ended', () =>
    withSupervisor(
      async (supervisor) => {
        const children = [child('a'), child('b', { shutdownMs: 30 }), child('c')];
        await supervisor.startGroup(chain('one-for-all', { children }));
        const loop = codeOf(supervisor.invoke('b', 'spin', [], { timeoutMs: 600_000 }));
        await supervisor.stopGroup('g');
        expect(await loop).to.equal('CRASH_DETECTED');
        await expectNothing(supervisor);
      },
      { warmSpares: 0 },
    ));

  it('W5 · nothing is left of groups that are destroyed in the middle of what they do', async () => {
    const before = activeResources();
    for (let round = 0; round < 4; round++) {
      await withSupervisor(async (supervisor) => {
        const backoff = { initialMs: round < 2 ? 60_000 : 0, maxMs: 60_000 };
        await supervisor.startGroup(chain('one-for-all', { backoff }));
        await crash(supervisor, 'b', round % 2 === 0 ? 'crash b' : 'stop a');
        if (round === 3) void supervisor.stopGroup('g');
        await supervisor.destroy();
      });
    }
    expect(activeResources()).to.deep.equal(before);
  });

  it('W5 · closing stops groups in reverse order, destroying ends them at once', async () => {
    const facts: string[] = [];
    await withSupervisor(async (supervisor) => {
      await supervisor.startGroup(chain('one-for-one'));
      await supervisor.startGroup(chain('one-for-one', { groupId: 'h', children: [child('z')] }));
      const since = await lastSeq(supervisor);
      await supervisor.close();
      const types = ['instance_stopped'] as const;
      facts.push(...(await supervisor.executionEvents({ sinceSeq: since, types })).map(told));
    });
    expect(facts).to.deep.equal(['stop z', 'stop c', 'stop b', 'stop a']);
    await withSupervisor(async (supervisor) => {
      await supervisor.startGroup(chain('one-for-one', { groupId: 'h', children: [child('z')] }));
      const starting = codeOf(supervisor.startGroup(chain('one-for-all')));
      await after(supervisor, 0, 'start a');
      await supervisor.destroy();
      expect(await starting).to.equal('INVALID_REQUEST');
      expect((await supervisor.stats()).threads.total).to.equal(0);
    });
  });
});

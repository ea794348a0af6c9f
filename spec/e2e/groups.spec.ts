import { expect } from 'chai';
import * as fc from 'fast-check';
import type { GroupChild, GroupSpec } from '../../lib/core/group-spec.ts';
import { wat } from '../guests/guest-file.ts';
import {
  ALL_KV,
  codeOf,
  failureOf,
  kvGrant,
  PROPERTY_TIMEOUT_MS,
  THREAD_RUNS,
  until,
  withSupervisor,
} from './fixtures.ts';
import {
  after,
  chain,
  child,
  crash,
  expectNothing,
  lastSeq,
  NO_BACKOFF,
  told,
} from './group-chain.ts';

describe('groups of instances in real threads', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('W6 · start in order, stop in reverse order, and are in every fact and answer', () =>
    withSupervisor(
      async (supervisor) => {
        const started = await supervisor.startGroup(chain('one-for-one'));
        expect(started).to.deep.equal({ groupId: 'g', instanceIds: ['a', 'b', 'c'] });
        for (const { groupId, status } of await supervisor.listInstances()) {
          expect({ groupId, status }).to.deep.equal({ groupId: 'g', status: 'running' });
        }
        await supervisor.stopGroup('g');
        const facts = (await supervisor.executionEvents()).filter(({ instanceId }) => instanceId);
        expect(facts.map(told)).to.deep.equal(
          ['start a', 'start b', 'start c'].concat(['stop c', 'stop b', 'stop a']),
        );
        expect(new Set(facts.map(({ groupId }) => groupId))).to.deep.equal(new Set(['g']));
        expect(await supervisor.listInstances()).to.deep.equal([]);
        expect(await codeOf(supervisor.stopGroup('g'))).to.equal('INSTANCE_NOT_FOUND');
        expect(started.instanceIds, 'the caller owns the answer').to.have.length(3);
        await expectNothing(supervisor);
        await supervisor.startGroup(chain('one-for-one'));
      },
      { warmSpares: 0 },
    ));

  it('W6 · one-for-one restarts the one that crashed', () =>
    withSupervisor(async (supervisor) => {
      await supervisor.startGroup(chain('one-for-one'));
      expect(await crash(supervisor, 'b', 'restart b')).to.deep.equal(['crash b', 'restart b']);
      expect((await supervisor.queryInstance('b')).restarts).to.equal(1);
      expect((await supervisor.queryInstance('c')).restarts).to.equal(0);
    }));

  it('W6 · rest-for-one restarts those after it as well: down in reverse, up in order', () =>
    withSupervisor(async (supervisor) => {
      await supervisor.startGroup(chain('rest-for-one'));
      expect(await crash(supervisor, 'b', 'restart c')).to.deep.equal(
        ['crash b', 'stop c'].concat(['restart b', 'restart c']),
      );
      expect((await supervisor.queryInstance('a')).restarts).to.equal(0);
    }));

  it('W6 · one-for-all restarts all, which keep their grants', () =>
    withSupervisor(async (supervisor) => {
      await supervisor.startGroup(chain('one-for-all'));
      await supervisor.assignCapability('c', kvGrant(ALL_KV));
      expect(await crash(supervisor, 'a', 'restart c')).to.deep.equal(
        ['crash a', 'stop c', 'stop b'].concat(['restart a', 'restart b', 'restart c']),
      );
      expect(await supervisor.listCapabilities('c')).to.have.length(1);
      const crashed = await supervisor.executionEvents({ types: ['instance_crashed'] });
      expect(crashed[0]?.details).to.include({ willRestart: true, delayMs: 0 });
    }));

  it('W6 · a group that restarts too often stops in reverse order and has failed', () =>
    withSupervisor(
      async (supervisor) => {
        const intensity = { maxRestarts: 1, periodMs: 3_600_000 };
        await supervisor.startGroup(chain('rest-for-one', { intensity }));
        await crash(supervisor, 'c', 'restart c');
        expect(await crash(supervisor, 'b', 'fail group g')).to.deep.equal([
          'crash b',
          'fail b',
          'stop c',
          'stop a',
          'fail group g',
        ]);
        const failed = (await supervisor.executionEvents({ types: ['instance_failed'] })).at(-1);
        expect(failed).to.deep.include({ groupId: 'g' });
        expect(failed?.details).to.deep.equal({ why: 'intensity-exceeded', ...intensity });
        expect((await supervisor.queryInstance('b')).status).to.equal('crashed');
        expect(await codeOf(supervisor.stopGroup('g'))).to.equal('INSTANCE_NOT_FOUND');
        await expectNothing(supervisor);
      },
      { warmSpares: 0 },
    ));

  it('W6 · a group within a group fails as a child of the outer one, which restarts it', () =>
    withSupervisor(async (supervisor) => {
      const inner: GroupSpec = {
        groupId: 'inner',
        intensity: { maxRestarts: 0 },
        backoff: NO_BACKOFF,
        children: [child('b'), child('c')],
      };
      const { instanceIds } = await supervisor.startGroup(
        chain('rest-for-one', {
          children: [child('a'), { childId: 'nested', group: inner }, child('d')],
        }),
      );
      expect(instanceIds).to.deep.equal(['a', 'b', 'c', 'd']);
      expect((await supervisor.queryInstance('b')).groupId).to.equal('inner');
      expect(await crash(supervisor, 'c', 'restart d')).to.deep.equal(
        ['crash c', 'stop d', 'stop b', 'fail group inner'].concat([
          'restart b',
          'restart c',
          'restart d',
        ]),
      );
      const inside = await failureOf(supervisor.stopGroup('inner'));
      expect(inside.details).to.include({ field: 'id', outermost: 'g' });
    }));

  it('W6 · permanent, transient and temporary children: who comes back after which end', () =>
    withSupervisor(async (supervisor) => {
      const exits = (code: number): Uint8Array =>
        wat(`(module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const ${code}))))`);
      const command = (id: string, restart: GroupChild['restart'], code: number): GroupChild =>
        child(id, {
          ...(restart && { restart }),
          instance: { module: exits(code), instanceId: id },
        });
      const intensity = { maxRestarts: 10_000 };
      await supervisor.startGroup({
        groupId: 'g',
        intensity,
        backoff: { initialMs: 1, factor: 1, jitter: 0 },
        children: [
          command('always', 'permanent', 0),
          command('good', 'transient', 0),
          command('bad', 'transient', 1),
          command('once', 'temporary', 1),
        ],
      });
      await until(supervisor, 'always', ({ restarts }) => restarts >= 2);
      await until(supervisor, 'bad', ({ restarts }) => restarts >= 2);
      const good = await until(supervisor, 'good', ({ status }) => status === 'stopped');
      const once = await until(supervisor, 'once', ({ status }) => status === 'crashed');
      expect([good.restarts, once.restarts]).to.deep.equal([0, 0]);
      await supervisor.stopGroup('g');
    }));

  it('W6 P13 · facts, restarts and states are what the strategy says, for any crashes', () =>
    withSupervisor(async (supervisor) => {
      const strategies = fc.constantFrom<NonNullable<GroupSpec['strategy']>>(
        'one-for-one',
        'one-for-all',
        'rest-for-one',
      );
      const crashes = fc.array(fc.nat(2), { minLength: 1, maxLength: 3 });
      const ids = ['a', 'b', 'c'];
      await fc.assert(
        fc.asyncProperty(strategies, crashes, async (strategy, victims) => {
          await supervisor.startGroup(chain(strategy));
          const restarts = [0, 0, 0];
          for (const victim of victims) {
            const from = strategy === 'one-for-all' ? 0 : victim;
            const to = strategy === 'one-for-one' ? victim + 1 : ids.length;
            const affected = ids.slice(from, to);
            for (let each = from; each < to; each++) restarts[each] = (restarts[each] ?? 0) + 1;
            expect(
              await crash(supervisor, ids[victim] ?? '', `restart ${affected.at(-1)}`),
            ).to.deep.equal([
              `crash ${ids[victim]}`,
              ...affected.toReversed().flatMap((id) => (id === ids[victim] ? [] : `stop ${id}`)),
              ...affected.map((id) => `restart ${id}`),
            ]);
          }
          const infos = await supervisor.listInstances({ status: 'running' });
          expect(infos.map((info) => info.restarts)).to.deep.equal(restarts);
          for (const { instanceId } of infos) {
            expect(await supervisor.invoke(instanceId, 'add', [1, 2])).to.equal(3);
          }
          await supervisor.stopGroup('g');
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 10) },
      );
    }));

  it('W6 · crashes during a restart begin it anew, and count', () =>
    withSupervisor(async (supervisor) => {
      const intensity = { maxRestarts: 2, periodMs: 3_600_000 };
      await supervisor.startGroup(chain('one-for-all', { intensity }));
      const since = await lastSeq(supervisor);
      // Both are lost before the group has stopped anybody.
      await Promise.allSettled(['a', 'b'].map((id) => supervisor.invoke(id, 'boom')));
      await after(supervisor, since, 'restart c');
      const crashed = await supervisor.executionEvents({ types: ['instance_crashed'] });
      // The second may have been told to stop before it could crash.
      const isExhausted = crashed.length === intensity.maxRestarts;
      const last = isExhausted ? 'fail group g' : 'restart c';
      expect(await crash(supervisor, 'c', last)).to.deep.equal(
        isExhausted
          ? ['crash c', 'fail c', 'stop b', 'stop a', 'fail group g']
          : ['crash c', 'stop b', 'stop a', 'restart a', 'restart b', 'restart c'],
      );
    }));
});

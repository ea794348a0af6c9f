import { expect } from 'chai';
import * as fc from 'fast-check';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { activeResources } from '../leaks/active-resources.ts';
import {
  ALL_KV,
  AT_ONCE,
  codeOf,
  guestThreads,
  kvGrant,
  PROPERTY_TIMEOUT_MS,
  pause,
  THREAD_RUNS,
  until,
  withSupervisor,
} from './fixtures.ts';

const core = guestBytes('core');
/** More than are ended at once. */
const STORM = 40;

/** A command that sleeps for an hour by one call of the host. */
const sleeper = wat(`(module
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (i64.store (i32.const 24) (i64.const 3600000000000))
    (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))`);

describe('killing', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('W2 · a loop is ended at its deadline, and the instance is back for the next call', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: core, restartPolicy: AT_ONCE });
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (timeoutMs) => {
          expect(await codeOf(supervisor.invoke(id, 'spin', [], { timeoutMs }))).to.equal(
            'TIMEOUT',
          );
          await until(supervisor, id, ({ status }) => status === 'running');
          expect((await supervisor.queryInstance(id)).lastExit?.reason).to.equal('timeout');
          expect(await supervisor.invoke(id, 'add', [1, 2])).to.equal(3);
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 5) },
      );
    }));

  it('W2 · a guest that sleeps for an hour is stopped at once, and its thread is gone', () =>
    withSupervisor(
      async (supervisor) => {
        const id = await supervisor.startInstance({ module: sleeper });
        await pause(50);
        expect((await supervisor.queryInstance(id)).status).to.equal('running');
        await supervisor.stopInstance(id, { graceMs: 0 });
        const { status, lastExit } = await supervisor.queryInstance(id);
        expect({ status, reason: lastExit?.reason }).to.deep.equal({
          status: 'stopped',
          reason: 'killed',
        });
        expect((await supervisor.stats()).threads.total).to.equal(0);
      },
      { warmSpares: 0 },
    ));

  it('W2 · a guest is killed in the middle of capability calls, and its neighbour notices nothing', () =>
    withSupervisor(async (supervisor) => {
      const spec = {
        module: guestBytes('counter-c'),
        capabilities: [kvGrant(ALL_KV)],
        restartPolicy: AT_ONCE,
      };
      const [victim, neighbour] = await Promise.all([
        supervisor.startInstance(spec),
        supervisor.startInstance(spec),
      ]);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 20 }), async (timeoutMs) => {
          const busy = supervisor.invoke(victim, 'bump-many', ['v', 10_000_000], { timeoutMs });
          const answers = Promise.all(
            [1, 2, 3].map(() => supervisor.invoke(neighbour, 'add', [1, 1])),
          );
          expect(await codeOf(busy)).to.equal('TIMEOUT');
          expect(await answers).to.deep.equal([2, 2, 2]);
          await until(supervisor, victim, ({ status }) => status === 'running');
          expect(typeof (await supervisor.invoke(victim, 'bump', ['v']))).to.equal('bigint');
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 5) },
      );
      expect((await supervisor.queryInstance(neighbour)).restarts).to.equal(0);
    }));

  it('W2 · a storm of kills leaves nothing behind, and everybody else is answered meanwhile', () =>
    withSupervisor(
      async (supervisor) => {
        const neighbour = await supervisor.startInstance({ module: core });
        const before = activeResources();
        const { threads } = await supervisor.stats();
        const victims = await Promise.all(
          Array.from({ length: STORM }, () =>
            supervisor.startInstance({ module: core, restartPolicy: { policyType: 'never' } }),
          ),
        );
        const calls = victims.flatMap((id) => [
          codeOf(supervisor.invoke(id, 'spin', [], { timeoutMs: 100 })),
          codeOf(supervisor.invoke(id, 'add', [1, 2])),
        ]);
        for (let round = 1; round <= 50; round += 1) {
          expect(await supervisor.invoke(neighbour, 'next')).to.equal(round);
        }
        expect(await Promise.all(calls)).to.deep.equal(
          victims.flatMap(() => ['TIMEOUT', 'CRASH_DETECTED']),
        );
        await Promise.all(victims.map((id) => supervisor.stopInstance(id)));
        const after = await supervisor.stats();
        expect(after.threads).to.deep.equal(threads);
        expect(after.calls.waiting).to.equal(0);
        expect(guestThreads(after)).to.equal(1);
        if (after.shards.length === 0) expect(after.capacity.threads.used).to.equal(1);
        await pause(20);
        expect(activeResources()).to.deep.equal(before);
      },
      { warmSpares: 0 },
    ));

  it('a stop waits for the running call within its grace, and refuses those behind it', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({
        module: guestBytes('counter-c'),
        capabilities: [kvGrant(ALL_KV)],
      });
      const running = supervisor.invoke(id, 'bump-many', ['n', 300]);
      const waiting = supervisor.invoke(id, 'add', [1, 1]);
      const stopped = supervisor.stopInstance(id, { graceMs: 20_000 });
      expect(await codeOf(waiting)).to.equal('CRASH_DETECTED');
      expect(await running).to.equal(300n);
      await stopped;
    }));

  it('a caller may let go by its signal: what waits is never begun, what runs goes on', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: core });
      const { signal } = new AbortController();
      expect(await supervisor.invoke(id, 'add', [1, 2], { signal })).to.equal(3);
      const first = new AbortController();
      const second = new AbortController();
      const running = supervisor.invoke(id, 'recurse', [3_000], { signal: first.signal });
      const waiting = supervisor.invoke(id, 'next', [], { signal: second.signal });
      second.abort(new Error('no longer wanted'));
      first.abort();
      const reasons = (await Promise.allSettled([running, waiting])).map((outcome) =>
        outcome.status === 'rejected' ? (outcome.reason as Error).message : 'resolved',
      );
      expect(reasons[1]).to.equal('no longer wanted');
      expect(reasons[0]).to.match(/abort/i);
      expect(await supervisor.invoke(id, 'next')).to.equal(1);
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
    }));
});

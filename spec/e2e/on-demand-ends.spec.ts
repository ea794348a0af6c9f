import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { InstanceSpec } from '../../lib/core/instance-spec.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { AT_ONCE, codeOf, failureOf, pause, until, withSupervisor } from './fixtures.ts';

const core = guestBytes('core');
const NEVER_BACK = { restartPolicy: { policyType: 'never' } } as const;

const started = (supervisor: Supervisor, spec: Partial<InstanceSpec> = {}): Promise<string> =>
  supervisor.startInstance({ module: core, residency: 'on-demand', ...spec });

/** Threads that wait for a guest, once nobody is awake. */
async function idleThreads(supervisor: Supervisor): Promise<number> {
  for (;;) {
    const { onDemand } = await supervisor.stats();
    if (onDemand.awake === 0) return onDemand.idleThreads;
    await pause(2);
  }
}

describe('the ends of instances on demand', function () {
  this.timeout(60_000);

  it('W2 · are stopped and destroyed while they wait for a thread, and those behind them move up', () =>
    withSupervisor(
      async (supervisor) => {
        const [hog = '', stopped = '', next = '', last = ''] = await Promise.all(
          Array.from({ length: 4 }, () => started(supervisor)),
        );
        const spun = codeOf(supervisor.invoke(hog, 'spin', [], { timeoutMs: 600_000 }));
        const waiting = failureOf(supervisor.invoke(stopped, 'add', [1, 2]));
        const answer = supervisor.invoke(next, 'add', [3, 4]);
        expect((await supervisor.stats()).onDemand.waiting).to.equal(2);
        await supervisor.stopInstance(stopped);
        const { code, details } = await waiting;
        expect([code, details['executed']]).to.deep.equal(['CRASH_DETECTED', 'no']);
        expect((await supervisor.stats()).onDemand.waiting).to.equal(1);
        await supervisor.stopInstance(hog, { graceMs: 0 });
        expect(await spun).to.equal('CRASH_DETECTED');
        expect(await answer).to.equal(7);
        const again = codeOf(supervisor.invoke(next, 'spin', [], { timeoutMs: 600_000 }));
        const lost = codeOf(supervisor.invoke(last, 'add', [5, 6]));
        expect((await supervisor.stats()).onDemand.waiting).to.equal(1);
        await supervisor.destroy();
        expect(await Promise.all([again, lost])).to.deep.equal([
          'CRASH_DETECTED',
          'CRASH_DETECTED',
        ]);
        const { threads, onDemand } = await supervisor.stats();
        expect([threads.total, onDemand.waiting]).to.deep.equal([0, 0]);
      },
      { onDemand: { maxThreads: 1 } },
    ));

  it('have their thread replaced when their memories have grown, and keep it otherwise', () =>
    withSupervisor(
      async (supervisor) => {
        const id = await started(supervisor, { limits: { memoryBytes: 64 * 1024 * 1024 } });
        for (const [pages, idle] of [
          [16, 1],
          [600, 0],
        ]) {
          expect(await supervisor.invoke(id, 'grow', [pages])).to.equal(1);
          expect(await idleThreads(supervisor)).to.equal(idle);
        }
      },
      { onDemand: { maxThreads: 1, idleMs: 0 } },
    ));

  it('P1 · take the thread with them that has trapped, overran its deadline or was killed', () =>
    withSupervisor(
      async (supervisor) => {
        const other = await started(supervisor, { restartPolicy: AT_ONCE });
        for (const end of ['boom', 'spin', 'stop'] as const) {
          expect(await supervisor.invoke(other, 'next')).to.equal(1);
          expect(await idleThreads(supervisor), `before ${end}`).to.equal(1);
          const id = await started(supervisor, NEVER_BACK);
          const exportName = end === 'boom' ? 'boom' : 'spin';
          const timeoutMs = end === 'spin' ? 50 : 60_000;
          const call = codeOf(supervisor.invoke(id, exportName, [], { timeoutMs }));
          if (end === 'stop') {
            await until(supervisor, id, ({ usage }) => usage.calls === 1);
            await supervisor.stopInstance(id, { graceMs: 0 });
          }
          await call;
          await until(supervisor, id, ({ status }) => status === 'crashed' || status === 'stopped');
          expect(await idleThreads(supervisor), `after ${end}`).to.equal(0);
        }
      },
      { onDemand: { maxThreads: 1, idleMs: 0 } },
    ));
});

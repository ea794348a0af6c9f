import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { SupervisorOptions } from '../../lib/actors/supervisor-options.ts';
import type { InstanceSpec } from '../../lib/core/instance-spec.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import {
  ALL_KV,
  AT_ONCE,
  codeOf,
  failureOf,
  kvGrant,
  PROPERTY_TIMEOUT_MS,
  THREAD_RUNS,
  until,
  withSupervisor,
} from './fixtures.ts';

const core = guestBytes('core');
const counter = guestBytes('counter-c');
const messenger = guestBytes('messenger-c');

/** One thread for all, which nobody keeps longer than a call. */
const RESTLESS = { onDemand: { maxThreads: 1, idleMs: 0 } } as const satisfies SupervisorOptions;

const started = (supervisor: Supervisor, spec: Partial<InstanceSpec> = {}): Promise<string> =>
  supervisor.startInstance({ module: core, residency: 'on-demand', ...spec });

async function untilAsleep(supervisor: Supervisor, count: number): Promise<void> {
  for (;;) {
    const { onDemand } = await supervisor.stats();
    if (onDemand.asleep === count && onDemand.awake === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function factsOf(supervisor: Supervisor, instanceId: string): Promise<string[]> {
  return (await supervisor.executionEvents({ instanceId })).map(({ type }) => type);
}

describe('instances on demand', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('P1 · leave nothing to whoever has their thread next, nor to themselves', () =>
    withSupervisor(async (supervisor) => {
      const reactor = guestBytes('reactor-c');
      const ids = await Promise.all([
        started(supervisor, { restartPolicy: AT_ONCE }),
        started(supervisor, { restartPolicy: AT_ONCE }),
        started(supervisor, { module: reactor }),
      ]);
      const [first, second, wasi] = ids;
      const step = fc.record({
        who: fc.constantFrom(first, second),
        address: fc.integer({ min: 0, max: 65_532 }),
        isTrap: fc.integer({ max: 9 }).map((chance) => chance === 9),
      });
      await fc.assert(
        fc.asyncProperty(step, async ({ who, address, isTrap }) => {
          await supervisor.invoke(who, 'poke', [address, 7]);
          await supervisor.invoke(who, 'fill_table', [1]);
          for (const id of [first, second]) {
            expect(await supervisor.invoke(id, 'peek', [address])).to.equal(0);
            expect(await supervisor.invoke(id, 'is_filled', [1])).to.equal(0);
            expect(await supervisor.invoke(id, 'next')).to.equal(1);
          }
          expect(await supervisor.invoke(wasi, 'remember', [1])).to.equal(101);
          if (!isTrap) return;
          expect(await codeOf(supervisor.invoke(who, 'boom'))).to.equal('WASM_RUNTIME_ERROR');
          await until(supervisor, who, ({ status }) => status === 'running');
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
    }, RESTLESS));

  it('have no thread until they are called, and none when they have nothing to do', () =>
    withSupervisor(
      async (supervisor) => {
        const trapsAtStart = wat(`(module (func $no unreachable) (start $no)
          (func (export "answer") (result i32) (i32.const 42)))`);
        const id = await started(supervisor);
        // Its code runs only when it is called.
        const broken = await started(supervisor, {
          module: trapsAtStart,
          restartPolicy: { policyType: 'never' },
        });
        expect((await supervisor.stats()).onDemand).to.include({ asleep: 2, awake: 0 });
        expect(await supervisor.invoke(id, 'add', [1, 2])).to.equal(3);
        expect((await supervisor.stats()).onDemand).to.include({ asleep: 1, awake: 1 });
        expect(await supervisor.invoke(id, 'next')).to.equal(1);
        // Awake it keeps what it has.
        expect(await supervisor.invoke(id, 'next')).to.equal(2);
        await untilAsleep(supervisor, 2);
        const { usage, restarts } = await supervisor.queryInstance(id);
        expect(usage).to.include({ memoryBytes: 0, calls: 3, mailboxDepth: 0 });
        expect(restarts).to.equal(0);
        expect(await factsOf(supervisor, id)).to.deep.equal(['instance_started']);
        const error = await failureOf(supervisor.invoke(broken, 'answer'));
        expect(error.code).to.equal('CRASH_DETECTED');
        await until(supervisor, broken, ({ status }) => status === 'crashed');
        expect((await factsOf(supervisor, broken)).at(-1)).to.equal('instance_failed');
      },
      { onDemand: { idleMs: 50 } },
    ));

  it('are restarted by their policy, and given up by it, with the facts of any other', () =>
    withSupervisor(async (supervisor) => {
      const id = await started(supervisor, {
        restartPolicy: {
          policyType: 'on-failure',
          maxRetries: 2,
          backoff: { initialMs: 0, maxMs: 0 },
        },
      });
      for (let crash = 1; crash <= 2; crash++) {
        expect(await codeOf(supervisor.invoke(id, 'boom'))).to.equal('WASM_RUNTIME_ERROR');
        const info = await until(supervisor, id, ({ restarts }) => restarts === crash);
        expect(info.lastExit?.reason).to.equal('trap');
        await untilAsleep(supervisor, 1);
        expect(await supervisor.invoke(id, 'next')).to.equal(1);
      }
      expect(await codeOf(supervisor.invoke(id, 'boom'))).to.equal('WASM_RUNTIME_ERROR');
      await until(supervisor, id, ({ status }) => status === 'crashed');
      expect(await codeOf(supervisor.invoke(id, 'next'))).to.equal('INVALID_REQUEST');
      expect(await factsOf(supervisor, id)).to.deep.equal([
        'instance_started',
        'instance_crashed',
        'instance_restarted',
        'instance_crashed',
        'instance_restarted',
        'instance_crashed',
        'instance_failed',
      ]);
    }, RESTLESS));

  it('W2 · are ended at their deadline, and nobody has their thread afterwards', () =>
    withSupervisor(async (supervisor) => {
      const spins = wat(`(module (func (export "spin") (loop (br 0)))
        (func (export "one") (result i32) (i32.const 1)))`);
      const hostile = await started(supervisor, { module: spins, restartPolicy: AT_ONCE });
      const neighbour = await started(supervisor);
      for (let round = 0; round < 3; round++) {
        const spun = codeOf(supervisor.invoke(hostile, 'spin', [], { timeoutMs: 50 }));
        const added = supervisor.invoke(neighbour, 'add', [round, 1]);
        expect(await spun).to.equal('TIMEOUT');
        expect(await added).to.equal(round + 1);
        expect(await supervisor.invoke(neighbour, 'next')).to.equal(1);
        await until(supervisor, hostile, ({ status }) => status === 'running');
        expect(await supervisor.invoke(hostile, 'one')).to.equal(1);
      }
    }, RESTLESS));

  it('W1 · keep their grants while they sleep, lose and get others, and what they store lasts', () =>
    withSupervisor(async (supervisor) => {
      const id = await started(supervisor, { module: counter, capabilities: [kvGrant(ALL_KV)] });
      for (let count = 1; count <= 3; count++) {
        expect(await supervisor.invoke(id, 'bump', ['visits'])).to.equal(BigInt(count));
        await untilAsleep(supervisor, 1);
      }
      await supervisor.revokeCapability(id, 'kv');
      expect((await supervisor.stats()).onDemand.asleep).to.equal(1);
      expect(await supervisor.listCapabilities(id)).to.deep.equal([]);
      const refused = await failureOf(supervisor.invoke(id, 'bump', ['visits']));
      expect(refused.code).to.equal('WASM_RUNTIME_ERROR');
      await untilAsleep(supervisor, 1);
      await supervisor.assignCapability(id, kvGrant(ALL_KV));
      expect(await supervisor.invoke(id, 'bump', ['visits'])).to.equal(4n);
      await supervisor.stopInstance(id);
      expect(await codeOf(supervisor.assignCapability(id, kvGrant(ALL_KV)))).to.equal(
        'INVALID_REQUEST',
      );
    }, RESTLESS));

  it('wake up for messages', () =>
    withSupervisor(async (supervisor) => {
      const bus = { capabilityId: 'bus', providerType: 'messaging' };
      const publisher = await supervisor.startInstance({
        module: messenger,
        capabilities: [{ ...bus, permissions: ['msg:publish:a'] }],
      });
      const id = await started(supervisor, {
        module: messenger,
        capabilities: [
          { ...bus, permissions: ['msg:subscribe:a'], config: { subscriptions: ['a'] } },
        ],
      });
      await supervisor.invoke(publisher, 'publish', ['a', new Uint8Array([1])]);
      await until(supervisor, id, ({ usage }) => usage.calls === 1);
    }, RESTLESS));

  it('P2 · share few threads among many: every call is answered, and a flood of one holds up nobody', () =>
    withSupervisor(
      async (supervisor) => {
        const ids = await Promise.all(Array.from({ length: 40 }, () => started(supervisor)));
        const [greedy = '', ...others] = ids;
        const flooding = { isOver: false };
        const flood = Array.from({ length: 30 }, async () => {
          while (!flooding.isOver) await supervisor.invoke(greedy, 'add', [1, 1]);
        });
        const calls = others.flatMap((id, index) =>
          Array.from({ length: 5 }, (_, call) => supervisor.invoke(id, 'add', [index, call])),
        );
        const sums = await Promise.all(calls);
        flooding.isOver = true;
        await Promise.all(flood);
        expect(sums).to.deep.equal(
          others.flatMap((_, index) => Array.from({ length: 5 }, (__, call) => index + call)),
        );
        await untilAsleep(supervisor, 40);
        expect((await supervisor.stats()).threads.total).to.be.at.most(1 + 2);
      },
      { onDemand: { maxThreads: 1, idleMs: 5, turnMs: 5 } },
    ));

  it('P19 · are refused beyond the bounds, and nothing is lost by it', () =>
    withSupervisor(
      async (supervisor) => {
        const ids = await Promise.all(Array.from({ length: 4 }, () => started(supervisor)));
        const tooMany = await failureOf(started(supervisor));
        expect(tooMany.code).to.equal('RESOURCE_EXHAUSTED');
        expect(tooMany.details).to.include({ resource: 'instances', limit: 4 });
        const outcomes = await Promise.allSettled(
          ids.map((id) => supervisor.invoke(id, 'add', [1, 2])),
        );
        const refused = outcomes.filter(({ status }) => status === 'rejected');
        // One has the thread, one waits for it.
        expect(refused).to.have.lengthOf(2);
        for (const outcome of refused as PromiseRejectedResult[]) {
          expect(outcome.reason).to.deep.include({ code: 'RESOURCE_EXHAUSTED' });
          expect(outcome.reason.details).to.include({ resource: 'activations', limit: 1 });
        }
        await untilAsleep(supervisor, 4);
        for (const id of ids) expect(await supervisor.invoke(id, 'add', [3, 4])).to.equal(7);
        for (const id of ids) expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
      },
      { onDemand: { maxThreads: 1, idleMs: 0, maxWaiting: 1, maxInstances: 4 } },
    ));

  it('are stopped and restarted asleep and awake, and listed in the order of their starts', () =>
    withSupervisor(
      async (supervisor) => {
        const ids = await Promise.all(['a', 'b', 'c'].map((name) => started(supervisor, { name })));
        const [a = '', b = '', c = ''] = ids;
        await supervisor.invoke(b, 'next');
        const listed = await supervisor.listInstances({ status: 'running' });
        expect(listed.map(({ instanceId }) => instanceId)).to.deep.equal(ids);
        await supervisor.restartInstance(a);
        await supervisor.restartInstance(b);
        expect(await supervisor.invoke(b, 'next')).to.equal(1);
        for (const id of [a, b]) expect((await supervisor.queryInstance(id)).restarts).to.equal(1);
        expect(await factsOf(supervisor, a)).to.deep.equal([
          'instance_started',
          'instance_restarted',
        ]);
        await Promise.all([supervisor.stopInstance(a), supervisor.stopInstance(b)]);
        for (const id of [a, b]) {
          expect((await supervisor.queryInstance(id)).status).to.equal('stopped');
          expect((await factsOf(supervisor, id)).at(-1)).to.equal('instance_stopped');
          expect(await codeOf(supervisor.invoke(id, 'next'))).to.equal('INVALID_REQUEST');
        }
        await supervisor.close();
        expect(await factsOf(supervisor, c)).to.deep.equal([
          'instance_started',
          'instance_stopped',
        ]);
      },
      { onDemand: { idleMs: 60_000 } },
    ));

  it('have a fresh thread each time where threads are not to be handed on', () =>
    withSupervisor(
      async (supervisor) => {
        const id = await started(supervisor);
        for (let round = 0; round < 3; round++) {
          expect(await supervisor.invoke(id, 'next')).to.equal(1);
          await untilAsleep(supervisor, 1);
          expect((await supervisor.stats()).onDemand.idleThreads).to.equal(0);
        }
      },
      { onDemand: { maxThreads: 1, idleMs: 0, threadReuse: false } },
    ));

  it('cannot be what needs its thread for life', () =>
    withSupervisor(async (supervisor) => {
      const member = {
        childId: 'one',
        instance: { module: core, residency: 'on-demand' },
      } as const;
      const requests = [
        () => started(supervisor, { isolation: 'process' }),
        () => started(supervisor, { module: guestBytes('hello-c') }),
        () => supervisor.startGroup({ children: [member] }),
      ];
      for (const request of requests) {
        const { code, details } = await failureOf(request());
        expect(code).to.equal('INVALID_REQUEST');
        expect(details['field']).to.match(/residency$/);
      }
    }));
});

import { expect } from 'chai';
import * as fc from 'fast-check';
import { guestBytes, wat } from '../guests/guest-file.ts';
import {
  AT_ONCE,
  codeOf,
  failureOf,
  guestThreads,
  PROPERTY_TIMEOUT_MS,
  THREAD_RUNS,
  until,
  withSupervisor,
} from './fixtures.ts';

const core = guestBytes('core');
const counter = guestBytes('counter-c');
const reactor = guestBytes('reactor-c');

describe('the life of instances in real threads', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('P1 · whatever a core guest wrote to memory, globals and tables is gone after a restart', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: core, restartPolicy: AT_ONCE });
      const write = fc.record({
        address: fc.integer({ min: 0, max: 65_532 }),
        value: fc.integer(),
        isTrap: fc.boolean(),
        steps: fc.integer({ min: 1, max: 5 }),
      });
      await fc.assert(
        fc.asyncProperty(write, async ({ address, value, isTrap, steps }) => {
          await supervisor.invoke(id, 'poke', [address, value]);
          expect(await supervisor.invoke(id, 'peek', [address])).to.equal(value);
          await supervisor.invoke(id, 'fill_table', [1]);
          for (let step = 1; step <= steps; step++) {
            expect(await supervisor.invoke(id, 'next')).to.equal(step);
          }
          const { restarts } = await supervisor.queryInstance(id);
          if (isTrap) {
            expect(await codeOf(supervisor.invoke(id, 'boom'))).to.equal('WASM_RUNTIME_ERROR');
            await until(supervisor, id, (info) => info.status === 'running');
          } else {
            await supervisor.restartInstance(id);
          }
          expect(await supervisor.invoke(id, 'peek', [address])).to.equal(0);
          expect(await supervisor.invoke(id, 'is_filled', [1])).to.equal(0);
          expect(await supervisor.invoke(id, 'next')).to.equal(1);
          expect((await supervisor.queryInstance(id)).restarts).to.equal(restarts + 1);
          await supervisor.restartInstance(id);
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
    }));

  it('P1 · neither a component nor a WASI reactor remembers its last life', () =>
    withSupervisor(async (supervisor) => {
      const component = await supervisor.startInstance({ module: counter, restartPolicy: AT_ONCE });
      const wasi = await supervisor.startInstance({ module: reactor, restartPolicy: AT_ONCE });
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 4 }), async (calls) => {
          for (let call = 1; call <= calls; call++) {
            expect(await supervisor.invoke(component, 'count-life')).to.equal(call);
            expect(await supervisor.invoke(wasi, 'remember', [1])).to.equal(100 + call);
          }
          await Promise.all([
            supervisor.restartInstance(component),
            supervisor.restartInstance(wasi),
          ]);
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
    }));

  it('P6 · an instance exists or is gone, in the list and in the threads', () =>
    withSupervisor(
      async (supervisor) => {
        const running = new Set<string>();
        const action = fc.oneof(fc.constant('start' as const), fc.nat(20));
        await fc.assert(
          fc.asyncProperty(action, async (what) => {
            const victim = [...running][typeof what === 'number' ? what % (running.size || 1) : 0];
            if (what === 'start' && running.size < 12) {
              running.add(await supervisor.startInstance({ module: core }));
            } else if (victim !== undefined) {
              await supervisor.stopInstance(victim);
              running.delete(victim);
              expect((await supervisor.queryInstance(victim)).status).to.equal('stopped');
            }
            const list = await supervisor.listInstances();
            expect(list.map(({ instanceId }) => instanceId)).to.have.members([...running]);
            expect(guestThreads(await supervisor.stats())).to.equal(running.size);
          }),
          { numRuns: THREAD_RUNS },
        );
      },
      { warmSpares: 0 },
    ));

  it('P14 · what is called running has a thread that answers', () =>
    withSupervisor(async (supervisor) => {
      const ids = await Promise.all(
        Array.from({ length: 4 }, () =>
          supervisor.startInstance({ module: core, restartPolicy: AT_ONCE }),
        ),
      );
      const step = fc.record({ index: fc.nat(3), what: fc.constantFrom('boom', 'add', 'restart') });
      await fc.assert(
        fc.asyncProperty(step, async ({ index, what }) => {
          const id = ids[index] as string;
          if (what === 'restart') await supervisor.restartInstance(id).catch(() => undefined);
          else
            await supervisor.invoke(id, what, what === 'add' ? [1, 2] : []).catch(() => undefined);
          for (const info of await supervisor.listInstances({ status: 'running' })) {
            expect(await supervisor.invoke(info.instanceId, 'add', [20, 22])).to.equal(42);
          }
        }),
        { numRuns: THREAD_RUNS },
      );
    }));

  it('P13 · the facts of an instance are what happened to it, in order', () =>
    withSupervisor(async (supervisor) => {
      const script = fc.array(fc.constantFrom('trap', 'restart', 'call'), { maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(script, async (steps) => {
          const id = await supervisor.startInstance({ module: core, restartPolicy: AT_ONCE });
          const expected = ['instance_started'];
          for (const step of steps) {
            if (step === 'call') {
              await supervisor.invoke(id, 'add', [1, 1]);
            } else if (step === 'restart') {
              await supervisor.restartInstance(id);
              expected.push('instance_restarted');
            } else {
              await supervisor.invoke(id, 'boom').catch(() => undefined);
              await until(supervisor, id, ({ status }) => status === 'running');
              expected.push('instance_crashed', 'instance_restarted');
            }
          }
          await supervisor.stopInstance(id);
          expected.push('instance_stopped');
          const facts = await supervisor.executionEvents({ instanceId: id });
          expect(facts.map(({ type }) => type)).to.deep.equal(expected);
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
    }));

  it('P9 · a subscriber hears each change once and in order', () =>
    withSupervisor(async (supervisor) => {
      const stop = new AbortController();
      const heard: number[] = [];
      const reading = (async () => {
        for await (const { seq } of supervisor.events({ sinceSeq: 0, signal: stop.signal })) {
          heard.push(seq);
        }
      })();
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 2 }), async (traps) => {
          const id = await supervisor.startInstance({ module: core, restartPolicy: AT_ONCE });
          for (let trap = 0; trap < traps; trap++) {
            await supervisor.invoke(id, 'boom').catch(() => undefined);
            await until(supervisor, id, ({ status }) => status === 'running');
          }
          await supervisor.stopInstance(id);
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 5) },
      );
      await new Promise((resolve) => setImmediate(resolve));
      stop.abort();
      await reading;
      const { facts } = await supervisor.stats();
      expect(heard).to.deep.equal(Array.from({ length: facts.lastSeq }, (_, index) => index + 1));
    }));

  it('P8 · the number of lives is what the policy allows', () =>
    withSupervisor(async (supervisor) => {
      const policy = fc.oneof(
        fc.constant({ policyType: 'never' as const }),
        fc.record({
          policyType: fc.constantFrom('always' as const, 'on-failure' as const),
          maxRetries: fc.integer({ min: 0, max: 3 }),
          backoff: fc.constant({ initialMs: 0, maxMs: 0, jitter: 0 }),
        }),
      );
      await fc.assert(
        fc.asyncProperty(policy, async (restartPolicy) => {
          const id = await supervisor.startInstance({ module: core, restartPolicy });
          const retries = restartPolicy.policyType === 'never' ? 0 : restartPolicy.maxRetries;
          for (let life = 0; life <= retries; life++) {
            await until(supervisor, id, ({ status }) => status === 'running');
            await supervisor.invoke(id, 'boom').catch(() => undefined);
          }
          const info = await supervisor.queryInstance(id);
          expect(info).to.include({ status: 'crashed', restarts: retries });
          expect(info.nextRestartAt).to.equal(undefined);
          expect(await codeOf(supervisor.restartInstance(id))).to.equal('RESTART_POLICY_VIOLATION');
          await supervisor.stopInstance(id);
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
    }));

  it('a command runs to its end, and only a failure brings it back', () =>
    withSupervisor(async (supervisor) => {
      const module = guestBytes('hello-c');
      const once = await supervisor.startInstance({ module, wasi: { args: ['hello'] } });
      const info = await until(supervisor, once, ({ status }) => status === 'stopped');
      expect(info.lastExit).to.include({ reason: 'exited', exitCode: 0 });
      expect(info.output?.stdout).to.include('arg: hello');
      expect(info.restarts).to.equal(0);
      const exits = wat(`(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 3))))`);
      const failing = await supervisor.startInstance({
        module: exits,
        restartPolicy: { ...AT_ONCE, maxRetries: 2 },
      });
      const crashed = await until(
        supervisor,
        failing,
        ({ restarts, status, nextRestartAt }) =>
          restarts === 2 && status === 'crashed' && nextRestartAt === undefined,
      );
      expect(crashed.lastExit).to.include({ reason: 'exited', exitCode: 3 });
      expect(await codeOf(supervisor.invoke(once, '_start'))).to.equal('INVALID_REQUEST');
    }));

  it('a start that fails leaves nothing but the fact', () =>
    withSupervisor(
      async (supervisor) => {
        const module = wat('(module (func $f unreachable) (start $f))');
        const error = await failureOf(supervisor.startInstance({ module, instanceId: 'broken' }));
        expect(error.code).to.equal('WASM_RUNTIME_ERROR');
        expect(await supervisor.listInstances()).to.deep.equal([]);
        expect(await codeOf(supervisor.queryInstance('broken'))).to.equal('INSTANCE_NOT_FOUND');
        expect((await supervisor.stats()).threads.total).to.equal(0);
        const [fact] = await supervisor.executionEvents({ types: ['instance_failed'] });
        expect(fact?.details).to.include({ error_code: 'WASM_RUNTIME_ERROR' });
      },
      { warmSpares: 0 },
    ));

  it('W3 · a start beyond the threads is refused at once, and possible again after a stop', () =>
    withSupervisor(
      async (supervisor) => {
        const ids = [1, 2, 3].map((n) => `resident-${n}`);
        await Promise.all(
          ids.map((instanceId) => supervisor.startInstance({ module: core, instanceId })),
        );
        const error = await failureOf(supervisor.startInstance({ module: core }));
        expect(error.code).to.equal('RESOURCE_EXHAUSTED');
        expect(error.details).to.include({ resource: 'threads', limit: 3 });
        expect(await supervisor.executionEvents({ types: ['admission_refused'] })).to.have.length(
          1,
        );
        expect(await supervisor.invoke('resident-2', 'add', [1, 2])).to.equal(3);
        await supervisor.stopInstance('resident-1');
        await supervisor.startInstance({ module: core });
        expect((await supervisor.stats()).threads.total).to.equal(3);
      },
      { warmSpares: 0, maxThreads: 3 },
    ));

  it('a start function that loops is killed at the deadline of the start', () =>
    withSupervisor(
      async (supervisor) => {
        const module = wat('(module (func $f (loop $again (br $again))) (start $f))');
        const start = supervisor.startInstance({ module, limits: { startTimeoutMs: 100 } });
        expect(await codeOf(start)).to.equal('TIMEOUT');
        expect((await supervisor.stats()).threads.total).to.equal(0);
      },
      { warmSpares: 0 },
    ));
});

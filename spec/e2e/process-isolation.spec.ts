import { expect } from 'chai';
import { guestBytes, pythonPath, wat } from '../guests/guest-file.ts';
import { HEAP_BOMB } from '../guests/heap-bomb.ts';
import {
  ALL_KV,
  AT_ONCE,
  codeOf,
  failureOf,
  kvGrant,
  PROPERTY_TIMEOUT_MS,
  until,
  withSupervisor,
} from './fixtures.ts';

const core = guestBytes('core');
const counter = guestBytes('counter-c');
const isolation = 'process';

describe('an instance in a process of its own', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('is started, called, queried and stopped as any other', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: core, isolation });
      expect(await supervisor.invoke(id, 'add', [2, 3])).to.equal(5);
      const { status, isolation: told } = await supervisor.queryInstance(id);
      expect({ status, told }).to.deep.equal({ status: 'running', told: 'process' });
      expect((await supervisor.stats()).processes).to.equal(1);
      await supervisor.stopInstance(id);
      expect((await supervisor.stats()).processes).to.equal(0);
    }));

  it('W1 · makes capability calls, large ones too, and is denied them once revoked', () =>
    withSupervisor(async (supervisor) => {
      const capabilities = [kvGrant(ALL_KV)];
      const id = await supervisor.startInstance({ module: counter, isolation, capabilities });
      const value = new Uint8Array(300_000).fill(7);
      await supervisor.invoke(id, 'write', ['large', value]);
      expect(await supervisor.invoke(id, 'read', ['large'])).to.deep.equal(value);
      const many = supervisor.invoke(id, 'bump-many', ['n', 100_000]);
      await supervisor.revokeCapability(id, 'kv');
      expect((await failureOf(many)).details['payload']).to.equal('access-denied');
      const { served } = (await supervisor.stats()).capabilityCalls;
      expect(await codeOf(supervisor.invoke(id, 'bump', ['n']))).to.equal('WASM_RUNTIME_ERROR');
      expect((await supervisor.stats()).capabilityCalls.served).to.equal(served);
      await supervisor.assignCapability(id, kvGrant(ALL_KV));
      expect(await supervisor.invoke(id, 'read', ['large'])).to.deep.equal(value);
    }));

  it('P20 · goes on calling while its provider is stopped, started and updated', () =>
    withSupervisor(async (supervisor) => {
      const providerId = 'mine';
      const provider = { providerType: 'kv', providerId };
      await supervisor.startProvider(provider);
      const capabilities = [{ ...kvGrant(ALL_KV), providerId }];
      const id = await supervisor.startInstance({ module: counter, isolation, capabilities });
      const many = supervisor.invoke(id, 'bump-many', ['n', 2_000]);
      await supervisor.updateProvider(providerId, provider);
      await supervisor.updateProvider(providerId, provider);
      expect(await many).to.equal(2_000n);
      await supervisor.stopProvider(providerId);
      expect(await codeOf(supervisor.invoke(id, 'bump', ['n']))).to.equal('WASM_RUNTIME_ERROR');
      await supervisor.startProvider(provider);
      expect(await supervisor.invoke(id, 'bump', ['n'])).to.equal(1n);
    }));

  it('runs commands of others, whose output is kept', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({
        module: pythonPath(),
        isolation,
        wasi: {
          args: ['python', '-c', 'import sys; print("hello"); print("!", file=sys.stderr)'],
        },
      });
      const { lastExit, output } = await until(
        supervisor,
        id,
        ({ status }) => status === 'stopped',
      );
      expect(lastExit).to.include({ reason: 'exited', exitCode: 0 });
      expect(output).to.deep.equal({ stdout: 'hello\n', stderr: '!\n' });
    }));

  it('W2 · is ended at its deadline and comes back', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({
        module: core,
        isolation,
        restartPolicy: AT_ONCE,
      });
      for (let round = 0; round < 3; round += 1) {
        expect(await codeOf(supervisor.invoke(id, 'spin', [], { timeoutMs: 30 }))).to.equal(
          'TIMEOUT',
        );
        await until(supervisor, id, ({ status }) => status === 'running');
        expect(await supervisor.invoke(id, 'add', [1, 2])).to.equal(3);
      }
      expect((await supervisor.queryInstance(id)).restarts).to.equal(3);
    }));

  it('W2 · is ended while its start function loops', () =>
    withSupervisor(async (supervisor) => {
      const module = wat('(module (func $f (loop (br 0))) (start $f))');
      const limits = { startTimeoutMs: 200 };
      const failed = codeOf(supervisor.startInstance({ module, isolation, limits }));
      expect(await failed).to.equal('TIMEOUT');
      expect((await supervisor.stats()).processes).to.equal(0);
    }));

  it('fails to start as it would in a thread when its code is invalid', () =>
    withSupervisor(async (supervisor) => {
      const module = wat('(module (func (export "f") (result i32) (i64.const 1)))');
      expect(await codeOf(supervisor.startInstance({ module, isolation }))).to.equal(
        'WASM_RUNTIME_ERROR',
      );
    }));

  it('may use what a thread of the host is refused', () =>
    withSupervisor(async (supervisor) => {
      const shared = wat(`(module (memory (export "m") 1 3 shared)
        (func (export "grow") (result i32) (memory.grow (i32.const 5))))`);
      for (const [module, feature] of [
        [HEAP_BOMB, 'gc'],
        [shared, 'shared memory'],
      ] as const) {
        const refusal = await failureOf(supervisor.startInstance({ module }));
        expect(refusal.code).to.equal('VALIDATION_ERROR');
        expect(refusal.details['feature']).to.equal(feature);
      }
      const heap = await supervisor.startInstance({ module: HEAP_BOMB, isolation });
      expect(await supervisor.invoke(heap, 'ping')).to.equal(7);
      const memory = await supervisor.startInstance({ module: shared, isolation });
      expect(await supervisor.invoke(memory, 'grow')).to.equal(-1);
    }));

  it('is refused beyond the processes that there may be', () =>
    withSupervisor(
      async (supervisor) => {
        const first = await supervisor.startInstance({ module: core, isolation });
        const refusal = await failureOf(supervisor.startInstance({ module: core, isolation }));
        expect(refusal.code).to.equal('RESOURCE_EXHAUSTED');
        expect(refusal.details).to.include({ resource: 'processes', limit: 1, used: 1 });
        await supervisor.stopInstance(first);
        await supervisor.startInstance({ module: core, isolation });
      },
      { maxProcesses: 1 },
    ));

  it('W3 · is let in up to the very limits, also when many come at once', () =>
    withSupervisor(
      async (supervisor) => {
        const limits = { memoryBytes: 65_536 };
        const starts = Array.from({ length: 8 }, () =>
          supervisor.startInstance({ module: core, isolation, limits }),
        );
        const outcomes = await Promise.allSettled(starts);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(6);
        expect((await supervisor.stats()).capacity.guestBytes?.used).to.equal(6 * 65_536);
        const more = { memoryBytes: 65_536 * 2 };
        const refusal = await failureOf(supervisor.startInstance({ module: core, limits: more }));
        expect(refusal.details).to.include({ resource: 'guest-memory', limit: 65_536 * 7 });
      },
      { maxProcesses: 3, guestsPerProcess: 2, capacity: { maxGuestBytes: 65_536 * 7 } },
    ));

  it('ends when it has lived for its lifetime, as a command does in a thread', () =>
    withSupervisor(async (supervisor) => {
      const sleeper = wat(`(module
        (import "wasi_snapshot_preview1" "poll_oneoff"
          (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start")
          (i64.store (i32.const 24) (i64.const 3600000000000))
          (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))`);
      for (const where of ['thread', 'process'] as const) {
        const id = await supervisor.startInstance({
          module: sleeper,
          isolation: where,
          limits: { lifetimeMs: 50 },
          restartPolicy: { policyType: 'never' },
        });
        const { lastExit } = await until(supervisor, id, ({ status }) => status === 'crashed');
        expect(lastExit).to.include({
          reason: 'timeout',
          message: 'the guest lived longer than 50 ms',
        });
      }
    }));
});

import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import type { InstanceSpec } from '../../lib/core/instance-spec.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { HEAP_BOMB, TOO_MANY } from '../guests/heap-bomb.ts';
import { costOf, meteredInstance } from '../wasm/metered.ts';
import { assemble } from '../workers/component-guest.ts';
import {
  AT_ONCE,
  failureOf,
  PROPERTY_TIMEOUT_MS,
  THREAD_RUNS,
  until,
  withSupervisor,
} from './fixtures.ts';

const NEVER = { policyType: 'never' } as const;

/** Writes a dot in each round, which costs it eight units, and two are for the function itself. */
const DOTS = `(import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\01\\00\\00\\00") (data (i32.const 16) ".")
  (func $spin (loop $again
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br $again)))`;
const dotsWithin = (fuel: number): number => Math.max(0, Math.floor((fuel - 2) / 8));
const dotter = wat(`(module ${DOTS} (export "spin" (func $spin)))`);

/** Starts within what one call may spend, and goes round as often as it is told. */
const ROUNDS = `(module
  (func $rounds (export "rounds") (param $left i32) (loop $again
    (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))`;

/** Calls an export until its fuel is spent, and counts what it has written by then. */
async function dotsOf(supervisor: Supervisor, fuel: number): Promise<number> {
  const id = await supervisor.startInstance({
    module: dotter,
    restartPolicy: NEVER,
    limits: { fuel },
  });
  const error = await failureOf(supervisor.invoke(id, 'spin'));
  expect(error.code).to.equal('RESOURCE_EXHAUSTED');
  expect(error.details).to.deep.equal({
    instanceId: id,
    exportName: 'spin',
    resource: 'fuel',
    limit: fuel,
  });
  const { status, lastExit, output } = await until(
    supervisor,
    id,
    (info) => info.status !== 'running',
  );
  expect(status).to.equal('crashed');
  expect(lastExit).to.include({ reason: 'trap', message: `the fuel is spent: ${fuel} units` });
  await supervisor.stopInstance(id);
  return output?.stdout.length ?? 0;
}

describe('fuel', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('W2 · stops a loop after the same round each time, as many as it pays for', () =>
    withSupervisor(async (supervisor) => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 3_000 }), async (fuel) => {
          expect(await dotsOf(supervisor, fuel)).to.equal(dotsWithin(fuel));
          expect(await dotsOf(supervisor, fuel)).to.equal(dotsWithin(fuel));
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 10) },
      );
    }));

  it('is fresh for each call, and what it pays for grows with the work', () =>
    withSupervisor(async (supervisor) => {
      const bytes = wat(ROUNDS);
      const metered = meteredInstance(bytes, 0);
      const cost = (rounds: number): number =>
        costOf(metered, () => metered.exports['rounds']?.(rounds));
      const perRound = cost(2) - cost(1);
      expect(cost(1_000)).to.equal(cost(1) + 999 * perRound);
      const most = 500;
      const id = await supervisor.startInstance({
        module: bytes,
        restartPolicy: AT_ONCE,
        limits: { fuel: cost(most) },
      });
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 2 * most }), async (rounds) => {
          if (rounds <= most) await supervisor.invoke(id, 'rounds', [rounds]);
          else {
            const error = await failureOf(supervisor.invoke(id, 'rounds', [rounds]));
            expect(error.details).to.include({ resource: 'fuel' });
            await until(supervisor, id, ({ status }) => status === 'running');
          }
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
      for (const rounds of [most, most]) await supervisor.invoke(id, 'rounds', [rounds]);
      expect((await failureOf(supervisor.invoke(id, 'rounds', [most + 1]))).code).to.equal(
        'RESOURCE_EXHAUSTED',
      );
    }));

  it('leaves the restart to the policy, and the neighbour alone', () =>
    withSupervisor(async (supervisor) => {
      const spec: InstanceSpec = {
        module: guestBytes('core'),
        restartPolicy: AT_ONCE,
        limits: { fuel: 10_000 },
      };
      const [spender, neighbour, unmetered] = await Promise.all([
        supervisor.startInstance(spec),
        supervisor.startInstance(spec),
        supervisor.startInstance({ ...spec, limits: {} }),
      ]);
      for (const id of [spender, neighbour, unmetered]) await supervisor.invoke(id, 'next');
      const waiting = supervisor.invoke(spender, 'spin');
      const behind = failureOf(supervisor.invoke(spender, 'next'));
      expect((await failureOf(waiting)).code).to.equal('RESOURCE_EXHAUSTED');
      expect((await behind).code).to.equal('CRASH_DETECTED');
      await until(supervisor, spender, ({ status }) => status === 'running');
      expect(await supervisor.invoke(spender, 'next')).to.equal(1);
      expect(await supervisor.invoke(neighbour, 'next')).to.equal(2);
      expect(await supervisor.invoke(unmetered, 'recurse', [3_000])).to.equal(3_000);
      expect((await supervisor.queryInstance(spender)).restarts).to.equal(1);
      expect((await supervisor.queryInstance(neighbour)).restarts).to.equal(0);
      expect((await supervisor.queryInstance(neighbour)).limits.fuel).to.equal(10_000);
      expect((await supervisor.queryInstance(unmetered)).limits).not.to.have.property('fuel');
    }));

  it('pays for the start, all of it together, and is no refusal of admission', () =>
    withSupervisor(async (supervisor) => {
      const initialised = (start: number, initialise: number): Uint8Array =>
        wat(`${ROUNDS.slice(0, -1)} (func $start (call $rounds (i32.const ${start}))) (start $start)
          (func (export "_initialize") (call $rounds (i32.const ${initialise})))
          (func (export "go") (call $rounds (i32.const ${start + initialise}))))`);
      const perRound = 6;
      const bytes = initialised(300, 400);
      // Two calls within two functions, each with five instructions outside its loop in all.
      const limits = { fuel: 700 * perRound + 2 * (3 + 2) };
      const id = await supervisor.startInstance({ module: bytes, limits });
      await supervisor.invoke(id, 'go');
      for (const module of [initialised(301, 400), initialised(300, 401), initialised(1, 10_000)]) {
        const error = await failureOf(supervisor.startInstance({ module, limits }));
        expect(error.code).to.equal('RESOURCE_EXHAUSTED');
        expect(error.details).to.include({ resource: 'fuel', limit: limits.fuel });
      }
      const facts = await supervisor.executionEvents({ types: ['admission_refused'] });
      expect(facts).to.deep.equal([]);
    }));

  it('pays for the whole run of a command, which crashes where it is not enough', () =>
    withSupervisor(async (supervisor) => {
      const fuel = 8_010;
      const id = await supervisor.startInstance({
        module: wat(`(module ${DOTS} (export "_start" (func $spin)))`),
        restartPolicy: NEVER,
        limits: { fuel },
      });
      const info = await until(supervisor, id, ({ status }) => status === 'crashed');
      expect(info.lastExit).to.include({
        reason: 'trap',
        message: `the fuel is spent: ${fuel} units`,
      });
      expect(info.output?.stdout).to.equal('.'.repeat(dotsWithin(fuel)));
    }));

  it('is one budget for all core modules of a component, what the host calls there included', () =>
    withSupervisor(async (supervisor) => {
      const spin =
        '(loop $again (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))';
      const module = await assemble(
        `(component
        (core module $A (memory (export "memory") 1)
          (func (export "inner") (param $n i32) ${spin})
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $n i32)
            (local.set $n (i32.const 100)) ${spin} (i32.const 1024)))
        (core module $B (import "a" "inner" (func $inner (param i32)))
          (func (export "both") (param $n i32) (call $inner (local.get $n)) ${spin})
          (func (export "take") (param i32 i32))
          (func (export "after") (local $n i32) (local.set $n (i32.const 100)) ${spin}))
        (core instance $a (instantiate $A))
        (core instance $b (instantiate $B (with "a" (instance $a))))
        (func (export "both") (param "n" u32) (canon lift (core func $b "both")))
        (func (export "take") (param "s" string) (canon lift (core func $b "take")
          (memory (core memory $a "memory")) (realloc (core func $a "realloc"))))
        (func (export "tidy") (canon lift (core func $b "after")
          (post-return (core func $b "after")))))`,
      );
      const perRound = 6;
      const start = async (fuel: number): Promise<string> =>
        supervisor.startInstance({ module, restartPolicy: NEVER, limits: { fuel } });
      const costs: readonly (readonly [name: string, args: readonly unknown[], fuel: number])[] = [
        // Its own loop and the inner one; four and two instructions outside of them.
        ['both', [50], 2 * 50 * perRound + 4 + 2],
        // The allocator goes round 100 times; nothing is done with the string.
        ['take', ['text'], 100 * perRound + 5 + 1],
        // The function and its post-return are one here.
        ['tidy', [], 2 * (100 * perRound + 4)],
      ];
      for (const [name, args, fuel] of costs) {
        await supervisor.invoke(await start(fuel), name, args);
        const error = await failureOf(supervisor.invoke(await start(fuel - 1), name, args));
        expect(error.details, name).to.include({ resource: 'fuel', limit: fuel - 1 });
      }
    }));

  it('pays for arrays by their length: the one that would end the engine is never made', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({
        module: HEAP_BOMB,
        isolation: 'process',
        limits: { fuel: 100_000 },
        restartPolicy: { policyType: 'never' },
      });
      const error = await failureOf(supervisor.invoke(id, 'bomb', [TOO_MANY]));
      expect(error.code).to.equal('RESOURCE_EXHAUSTED');
      expect((await supervisor.queryInstance(id)).lastExit?.reason).to.equal('trap');
    }));

  it('is counted alike in a process of its own', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({
        module: guestBytes('core'),
        isolation: 'process',
        restartPolicy: AT_ONCE,
        limits: { fuel: 10_000 },
      });
      expect(await supervisor.invoke(id, 'add', [1, 2])).to.equal(3);
      const error = await failureOf(supervisor.invoke(id, 'spin'));
      expect(error.details).to.deep.equal({
        instanceId: id,
        exportName: 'spin',
        resource: 'fuel',
        limit: 10_000,
      });
      await until(supervisor, id, ({ status }) => status === 'running');
      expect(await supervisor.invoke(id, 'next')).to.equal(1);
    }));

  it('pays for long memory.fill by its length, not by its one instruction', () =>
    withSupervisor(async (supervisor) => {
      const module = wat(`(module (memory 16)
        (func (export "fill") (param $times i32) (loop $again
          (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576))
          (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))))`);
      const id = await supervisor.startInstance({ module, limits: { fuel: 20 * 16_384 } });
      await supervisor.invoke(id, 'fill', [19]);
      const error = await failureOf(supervisor.invoke(id, 'fill', [20]));
      expect(error.code).to.equal('RESOURCE_EXHAUSTED');
    }));

  it('pays for each message too: one whose handler cannot pay has failed, and was not dropped', () =>
    withSupervisor(async (supervisor) => {
      const bus = (permissions: readonly string[], config = {}): CapabilityAssignment[] => [
        { capabilityId: 'bus', providerType: 'messaging', permissions, config },
      ];
      // It copies the topic byte by byte.
      const module = guestBytes('messenger-c');
      const subscriber = await supervisor.startInstance({
        module,
        limits: { fuel: 10_000 },
        capabilities: bus(['msg:subscribe'], { subscriptions: ['>'] }),
      });
      const publisher = await supervisor.startInstance({
        module,
        capabilities: bus(['msg:publish']),
      });
      await supervisor.invoke(publisher, 'publish', ['a', new Uint8Array(10)]);
      await supervisor.invoke(publisher, 'publish', ['a'.repeat(64), new Uint8Array(10)]);
      const { lastExit } = await until(
        supervisor,
        subscriber,
        (info) => info.lastExit !== undefined,
      );
      expect(lastExit?.message).to.equal('the fuel is spent: 10000 units');
      const [provider] = (await supervisor.listProviders()).filter(
        ({ providerType }) => providerType === 'messaging',
      );
      expect(provider?.metadata['totals']).to.include({ delivered: 1, failed: 1, dropped: 0 });
    }));
});

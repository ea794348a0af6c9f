import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { InstanceLimits } from '../../lib/core/limits.ts';
import { MAX_HANDLES } from '../../workers/abi/component/handle-table.ts';
import { assemble } from '../workers/component-guest.ts';
import { AT_ONCE, failureOf, withSupervisor } from './fixtures.ts';

const API = 'test:guest/counters@1.2.3';
const MANY = 16_384;

/** Makes counters, one or many, tells their values and how many have been dropped. */
const COUNTERS = `(component
  (core module $D
    (global $dropped (mut i32) (i32.const 0))
    (func (export "dtor") (param i32) (global.set $dropped (i32.add (global.get $dropped) (i32.const 1))))
    (func (export "dropped") (result i32) (global.get $dropped)))
  (core instance $d (instantiate $D))
  (alias core export $d "dtor" (core func $dtor))
  (alias core export $d "dropped" (core func $dropped))
  (type $counter (resource (rep i32) (dtor (core func $dtor))))
  (core func $new (canon resource.new $counter))
  (core module $M (import "" "new" (func $new (param i32) (result i32)))
    (memory (export "memory") 4)
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "value") (param i32) (result i32) (local.get 0))
    (func (export "many") (param $left i32) (result i32) (local $at i32)
      (i32.store (i32.const 0) (i32.const 16))
      (i32.store (i32.const 4) (local.get $left))
      (local.set $at (i32.const 16))
      (loop $next
        (i32.store (local.get $at) (call $new (i32.const 7)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $next (local.get $left)))
      (i32.const 0)))
  (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
  (alias core export $m "memory" (core memory $memory))
  (alias core export $m "make" (core func $make))
  (alias core export $m "value" (core func $value))
  (alias core export $m "many" (core func $many))
  (type $own (own $counter))
  (type $borrow (borrow $counter))
  (type $list (list $own))
  (func $lifted-make (param "n" u32) (result $own) (canon lift (core func $make)))
  (func $lifted-value (param "c" $borrow) (result u32) (canon lift (core func $value)))
  (func $lifted-many (param "n" u32) (result $list) (canon lift (core func $many) (memory $memory)))
  (func $lifted-dropped (result u32) (canon lift (core func $dropped)))
  (instance $api
    (export "my-counter" (type $counter))
    (export "make" (func $lifted-make))
    (export "value" (func $lifted-value))
    (export "many" (func $lifted-many))
    (export "dropped" (func $lifted-dropped)))
  (export "${API}" (instance $api)))`;

async function started(supervisor: Supervisor, limits: InstanceLimits = {}): Promise<string> {
  const module = await assemble(COUNTERS);
  return supervisor.startInstance({ module, limits, restartPolicy: AT_ONCE });
}

describe('resources in the hands of callers', () => {
  it('are dropped by invoke, by the full name, a short version and in camel case', () =>
    withSupervisor(async (supervisor) => {
      const id = await started(supervisor);
      const make = (): Promise<unknown> => supervisor.invoke(id, `${API}#make`, [5]);
      const drops = [
        `${API}#[resource-drop]my-counter`,
        'test:guest/counters@1.2#[resource-drop]my-counter',
        'test:guest/counters#[resource-drop]myCounter',
      ];
      for (const [index, drop] of drops.entries()) {
        const counter = await make();
        expect(await supervisor.invoke(id, `${API}#value`, [counter])).to.equal(5);
        expect(await supervisor.invoke(id, drop, [counter])).to.equal(undefined);
        expect(await supervisor.invoke(id, `${API}#dropped`)).to.equal(index + 1);
        const again = await failureOf(supervisor.invoke(id, drop, [counter]));
        expect(again.code).to.equal('INVALID_REQUEST');
        expect(again.details['field']).to.equal('args[0]');
      }
      const none = await failureOf(supervisor.invoke(id, `${API}#[resource-drop]other`, [1]));
      expect(none.details['field']).to.equal('exportName');
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
    }));

  it('never have the number of one that was dropped before', () =>
    withSupervisor(async (supervisor) => {
      const id = await started(supervisor);
      const numbers = new Set<unknown>();
      for (let round = 0; round < 20; round++) {
        const counter = await supervisor.invoke(id, `${API}#make`, [round]);
        numbers.add(counter);
        await supervisor.invoke(id, `${API}#[resource-drop]my-counter`, [counter]);
      }
      expect(numbers.size).to.equal(20);
    }));

  it('are bounded in number before they fill the heap of the least guest', function () {
    this.timeout(60_000);
    return withSupervisor(async (supervisor) => {
      const id = await started(supervisor, { memoryBytes: 8 * 1024 * 1024 });
      let held = 0;
      for (; held < MAX_HANDLES; held += MANY) {
        await supervisor.invoke(id, `${API}#many`, [MANY]);
      }
      const error = await failureOf(supervisor.invoke(id, `${API}#make`, [1]));
      expect(error.code).to.equal('WASM_RUNTIME_ERROR');
      expect(error.message).to.include(`callers hold ${MAX_HANDLES} resources`);
    });
  });
});

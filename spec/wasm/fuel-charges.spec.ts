import { expect } from 'chai';
import * as fc from 'fast-check';
import { meterCoreModule } from '../../lib/wasm/meter-module.ts';
import { wat } from '../guests/guest-file.ts';
import { skipLoudly } from '../skip-loudly.ts';
import { thrownBy } from '../thrown.ts';
import { assemble } from '../workers/component-guest.ts';
import { costOf, meteredInstance } from './metered.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);

describe('what metering charges', () => {
  const bulk = wat(`(module (memory (export "m") 2 4) (table $t 100 200 funcref) (func $f)
    (data $d "0123456789") (elem $e func $f $f $f)
    (func (export "nothing") (param i32))
    (func (export "fill") (param i32) (memory.fill (i32.const 0) (i32.const 1) (local.get 0)))
    (func (export "copy") (param i32) (memory.copy (i32.const 0) (i32.const 9) (local.get 0)))
    (func (export "init") (param i32) (memory.init $d (i32.const 0) (i32.const 0) (local.get 0)))
    (func (export "table_fill") (param i32)
      (table.fill $t (i32.const 0) (ref.func $f) (local.get 0)))
    (func (export "table_copy") (param i32)
      (table.copy $t $t (i32.const 0) (i32.const 0) (local.get 0)))
    (func (export "table_init") (param i32)
      (table.init $t $e (i32.const 0) (i32.const 0) (local.get 0)))
    (func (export "table_grow") (param i32) (result i32)
      (table.grow $t (ref.null func) (local.get 0)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`);
  const lengths: readonly (readonly [name: string, most: number, per: number, fixed: number])[] = [
    ['fill', 131_072, 64, 5],
    ['copy', 131_063, 64, 5],
    ['init', 10, 64, 5],
    ['table_fill', 100, 8, 5],
    ['table_copy', 100, 8, 5],
    ['table_init', 3, 8, 5],
    ['table_grow', 100, 8, 4],
    ['grow', 2, 1 / 1_024, 3],
  ];
  for (const [name, most, per, fixed] of lengths) {
    it(`grows with the length of ${name}, rounded up`, () => {
      const { validate } = WebAssembly;
      expect(validate(bulk)).to.equal(true);
      fc.assert(
        fc.property(fc.nat({ max: most }), (length) => {
          const instance = meteredInstance(bulk, 0);
          const cost = costOf(instance, () => instance.exports[name]?.(length));
          expect(cost).to.equal(fixed + Math.ceil(length / per));
        }),
        { numRuns: Math.ceil(numRuns / 4) },
      );
    });
  }

  it('is charged before the work is done, and never becomes a credit', () => {
    for (const [name] of lengths) {
      for (const length of [2 ** 31, 2 ** 32 - 1, -1]) {
        const instance = meteredInstance(bulk, 1_000_000);
        expect(() => instance.exports[name]?.(length)).to.throw(WebAssembly.RuntimeError);
        expect(instance.left()).to.equal(-1n);
      }
    }
  });

  it('never becomes a credit with lengths of 64 bits either', function () {
    const wide = wat(`(module (memory i64 1 4) (memory 1) (table $t i64 10 20 funcref)
      (func (export "fill") (param i64)
        (memory.fill 0 (i64.const 0) (i32.const 1) (local.get 0)))
      (func (export "copy") (param i64)
        (memory.copy 0 0 (i64.const 0) (i64.const 9) (local.get 0)))
      (func (export "mixed") (param i32)
        (memory.copy 0 1 (i64.const 0) (i32.const 9) (local.get 0)))
      (func (export "grow") (param i64) (result i64) (memory.grow 0 (local.get 0)))
      (func (export "table_fill") (param i64)
        (table.fill $t (i64.const 0) (ref.null func) (local.get 0)))
      (func (export "table_grow") (param i64) (result i64)
        (table.grow $t (ref.null func) (local.get 0))))`);
    if (!WebAssembly.validate(wide)) return skipLoudly(this, 'this engine has no 64-bit memories');
    const names = ['fill', 'copy', 'grow', 'table_fill', 'table_grow'] as const;
    const longest = fc.bigInt({ min: 2n ** 32n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(fc.constantFrom(...names), longest, (name, length) => {
        const instance = meteredInstance(wide, 2n ** 26n - 1n);
        expect(() => instance.exports[name]?.(length)).to.throw(WebAssembly.RuntimeError);
        expect(instance.left()).to.equal(-1n);
      }),
      { numRuns },
    );
    const instance = meteredInstance(wide, 0);
    expect(costOf(instance, () => instance.exports['fill']?.(65n))).to.equal(7);
    expect(costOf(instance, () => instance.exports['mixed']?.(65))).to.equal(7);
    expect(costOf(instance, () => instance.exports['grow']?.(1n))).to.equal(3 + 1_024);
    expect(costOf(instance, () => instance.exports['table_grow']?.(9n))).to.equal(4 + 2);
  });

  it('stops what cannot pay, once and for all', () => {
    const loop = wat(`(module (global $rounds (export "rounds") (mut i32) (i32.const 0))
      (func (export "nothing"))
      (func (export "spin") (loop $again
        (global.set $rounds (i32.add (global.get $rounds) (i32.const 1))) (br $again))))`);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), (units) => {
        const instance = meteredInstance(loop, units);
        const { spin, nothing, rounds } = instance.exports;
        expect(() => spin?.()).to.throw(WebAssembly.RuntimeError, 'unreachable');
        expect(instance.left()).to.equal(-1n);
        // Two of the function itself, and each round has six instructions.
        const counted = (rounds as unknown as WebAssembly.Global).value;
        expect(counted).to.equal(Math.max(0, Math.floor((units - 2) / 6)));
        expect(() => nothing?.()).to.throw(WebAssembly.RuntimeError);
        expect(instance.left()).to.equal(-1n);
        instance.fill(1);
        nothing?.();
        expect(instance.left()).to.equal(0n);
      }),
      { numRuns },
    );
  });

  it('is charged to garbage-collected guests as well, where those are admitted', async () => {
    const gc = await assemble(`(module (type $pair (struct (field $a (mut i32)) (field i64)))
      (type $list (array (mut i32)))
      (func (export "sum") (param $n i32) (result i32) (local $p (ref null $pair))
        (local.set $p (struct.new $pair (i32.const 0) (i64.const 1)))
        (loop $again
          (struct.set $pair $a (local.get $p)
            (i32.add (struct.get $pair $a (local.get $p)) (local.get $n)))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (struct.get $pair $a (local.get $p))))`);
    const allowed = new Set(['gc'] as const);
    const fuel = new WebAssembly.Global({ value: 'i64', mutable: true }, 1_000n);
    const module = new WebAssembly.Module(meterCoreModule(gc, allowed));
    const { exports } = new WebAssembly.Instance(module, { wasmatrix: { fuel } });
    expect((exports['sum'] as (n: number) => number)(10)).to.equal(55);
    expect(fuel.value).to.equal(1_000n - 8n - 10n * 12n);
    expect(thrownBy(() => meterCoreModule(gc)).code).to.equal('VALIDATION_ERROR');
  });

  it('cannot be escaped by catching everything', () => {
    const catcher = wat(`(module (func (export "spin")
      (loop $again (try (do (loop $inner (br $inner))) (catch_all (br $again))) (br $again))))`);
    const instance = meteredInstance(catcher, 10_000);
    expect(() => instance.exports['spin']?.()).to.throw(WebAssembly.RuntimeError);
    expect(instance.left()).to.equal(-1n);
  });

  it('is charged for functions that call themselves in their own place', () => {
    const forever = wat('(module (func $f (export "f") (return_call $f)))');
    const instance = meteredInstance(forever, 30_000);
    expect(() => instance.exports['f']?.()).to.throw(WebAssembly.RuntimeError, 'unreachable');
    expect(instance.left()).to.equal(-1n);
  });
});

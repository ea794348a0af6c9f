import { expect } from 'chai';
import { capCoreModule } from '../../lib/wasm/core-caps.ts';
import { readCoreModule } from '../../lib/wasm/core-module-reader.ts';
import { wat } from '../guests/guest-file.ts';
import { customSection, joined, sized } from '../hostile/module-bytes.ts';

function capped(bytes: Uint8Array, memoryPages: number[], tableEntries: number[]): Uint8Array {
  return capCoreModule(readCoreModule(bytes), bytes, { memoryPages, tableEntries });
}

type Grow = (by: number | bigint) => number | bigint;

function exportsOf(bytes: Uint8Array): Record<string, Grow> {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  return instance.exports as unknown as Record<string, Grow>;
}

describe('a capped core module', () => {
  it('cannot grow its memory beyond the cap', () => {
    const { grow } = exportsOf(
      capped(
        wat(`(module (memory 2)
          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`),
        [5],
        [],
      ),
    );
    expect(grow?.(4)).to.equal(-1);
    expect(grow?.(3)).to.equal(2);
    expect(grow?.(1)).to.equal(-1);
    expect(grow?.(0)).to.equal(5);
  });

  it('cannot grow a 64-bit memory beyond the cap', () => {
    const { grow } = exportsOf(
      capped(
        wat(`(module (memory i64 1 100000)
          (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0))))`),
        [3],
        [],
      ),
    );
    expect(grow?.(3n)).to.equal(-1n);
    expect(grow?.(2n)).to.equal(1n);
  });

  it('cannot grow a table of functions or of host references beyond the cap', () => {
    const { growFunctions, growReferences } = exportsOf(
      capped(
        wat(`(module (table $f 10 funcref) (table $e 0 20 externref)
          (func (export "growFunctions") (param i32) (result i32)
            (table.grow $f (ref.null func) (local.get 0)))
          (func (export "growReferences") (param i32) (result i32)
            (table.grow $e (ref.null extern) (local.get 0))))`),
        [],
        [300, 5],
      ),
    );
    expect(growFunctions?.(291)).to.equal(-1);
    expect(growFunctions?.(290)).to.equal(10);
    expect(growReferences?.(6)).to.equal(-1);
    expect(growReferences?.(5)).to.equal(0);
    expect(growReferences?.(1)).to.equal(-1);
  });

  it('keeps a maximum that is low enough, byte for byte', () => {
    const bytes = wat('(module (memory 1 2) (table 1 3 funcref))');
    expect(capped(bytes, [2], [3])).to.equal(bytes);
  });

  it('differs from the original in the two sections only', () => {
    const bytes = wat(`(module (memory (export "m") 1) (table 300 funcref)
      (global i32 (i32.const 7)) (data (i32.const 0) "untouched"))`);
    const result = capped(bytes, [200], [1_000_000]);
    const [before, after] = [readCoreModule(bytes), readCoreModule(result)];
    expect(after.memories.map(({ maximum }) => maximum)).to.deep.equal([200]);
    expect(after.tables.map(({ maximum }) => maximum)).to.deep.equal([1_000_000]);
    for (const [index, section] of before.sections.entries()) {
      if (section.id === 4 || section.id === 5) continue;
      const copy = after.sections[index];
      expect(result.subarray(copy?.start, copy?.end)).to.deep.equal(
        bytes.subarray(section.start, section.end),
      );
    }
    expect(WebAssembly.validate(result)).to.equal(true);
  });

  it('has no custom section that is larger than the engine may be shown', () => {
    const custom = (bytes: number): Uint8Array =>
      customSection('name', [0], sized(new Uint8Array(bytes)));
    const original = wat('(module (func (export "f")))');
    const small = custom(1_000);
    const bytes = joined(original.subarray(0, 8), custom(5_000_000), original.subarray(8), small);
    const result = capped(bytes, [], []);
    expect(result).to.deep.equal(joined(original.subarray(0, 8), original.subarray(8), small));
  });

  it('still links with a module that imports what was capped', () => {
    const giver = capped(
      wat('(module (memory (export "m") 1 100) (table (export "t") 4 100 funcref))'),
      [10],
      [10],
    );
    const taker = wat('(module (import "a" "m" (memory 1)) (import "a" "t" (table 4 50 funcref)))');
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(giver));
    const { m, t } = exports as { m: WebAssembly.Memory; t: WebAssembly.Table };
    const linked = new WebAssembly.Instance(new WebAssembly.Module(taker), { a: { m, t } });
    expect(linked).to.be.instanceOf(WebAssembly.Instance);
  });
});

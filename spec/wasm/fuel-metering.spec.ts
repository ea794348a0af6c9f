import { expect } from 'chai';
import * as fc from 'fast-check';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { readCoreModule } from '../../lib/wasm/core-module-reader.ts';
import { meterCoreModule } from '../../lib/wasm/meter-module.ts';
import { wat } from '../guests/guest-file.ts';
import { thrownBy } from '../thrown.ts';
import { assemble } from '../workers/component-guest.ts';
import { component, coreModule, section } from './core-bytes.ts';
import { meteredInstance } from './metered.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const OPTIONS = { abi: 'auto', memoryBytes: 67_108_864, tableEntries: 1_000_000 } as const;

function isValidMetered(bytes: Uint8Array): boolean {
  return WebAssembly.validate(meterCoreModule(bytes));
}

describe('the counter of a metered module', () => {
  it('is the last import, and the only thing that is added outside the code', () => {
    const bytes = wat(`(module (import "a" "f" (func)) (import "a" "g" (global i32))
      (memory (export "m") 1) (func (export "h")))`);
    const before = readCoreModule(bytes);
    const after = readCoreModule(meterCoreModule(bytes));
    expect(after.imports.slice(0, -1)).to.deep.equal(before.imports);
    expect(after.imports.at(-1)).to.deep.equal({
      module: 'wasmatrix',
      name: 'fuel',
      kind: 'global',
    });
    expect(after.exports).to.deep.equal(before.exports);
    expect(after.counts).to.deep.equal(before.counts);
  });

  it('is imported by modules without imports, types, code or anything at all', () => {
    const custom = [0, 2, 1, 0x78];
    const modules = [
      coreModule(),
      coreModule(custom),
      coreModule(section(1, 1, 0x60, 0, 0)),
      coreModule(section(1, 1, 0x60, 0, 0), custom),
      coreModule(custom, section(5, 1, 0, 1)),
      wat('(module (func) (data "a"))'),
    ];
    for (const bytes of modules) {
      const metered = meterCoreModule(bytes);
      expect(WebAssembly.validate(metered)).to.equal(true);
      expect(readCoreModule(metered).imports).to.have.length(1);
      expect(readCoreModule(metered).customSections).to.deep.equal(
        readCoreModule(bytes).customSections,
      );
    }
  });

  const importing: readonly (readonly [title: string, imported: string])[] = [
    ['the counter', '(import "wasmatrix" "fuel" (global (mut i64)))'],
    ['something else of that name', '(import "wasmatrix" "fuel" (func))'],
    ['another name of that module', '(import "wasmatrix" "other" (global i32))'],
  ];
  for (const [title, imported] of importing) {
    it(`P3 · is out of reach for a guest that imports ${title}`, () => {
      const bytes = wat(`(module ${imported})`);
      for (const isMetered of [false, true]) {
        const error = thrownBy(() => admitModule(bytes, { ...OPTIONS, isMetered }));
        expect(error.code).to.be.oneOf(['VALIDATION_ERROR', 'INVALID_REQUEST']);
      }
      // Inside a component nobody but the component itself serves the imports of its core modules.
      const whole = component([bytes], []);
      expect(admitModule(whole, OPTIONS).coreModules).to.have.length(1);
      const error = thrownBy(() => admitModule(whole, { ...OPTIONS, isMetered: true }));
      expect(error.code).to.equal('VALIDATION_ERROR');
      expect(error.details['import']).to.match(/^wasmatrix\.(fuel|other)$/);
    });
  }

  it('P3 · has an index that no code, expression or export of the guest can name', () => {
    const global = [0x7f, 0, 0x41, 0, 0x0b];
    const type = section(1, 1, 0x60, 0, 0);
    /** A module with that many globals which somewhere names the global of an index. */
    const naming: readonly ((globals: number, index: number) => Uint8Array)[] = [
      (count, index) => named(count, [], section(7, 1, 1, 0x67, 3, index)),
      (count, index) =>
        named(count, [], section(10, 1, 5, 0, 0x23, index, 0x1a, 0x0b), section(3, 1, 0)),
      (count, index) =>
        named(count, [], section(10, 1, 5, 0, 0x00, 0x24, index, 0x0b), section(3, 1, 0)),
      (count, index) => named(count, [0x7f, 0, 0x23, index, 0x0b]),
      (count, index) => named(count, [], section(11, 1, 0, 0x23, index, 0x0b, 0)),
    ];
    function named(
      count: number,
      extra: readonly number[],
      behind: readonly number[] = [],
      functions: readonly number[] = [],
    ): Uint8Array {
      const all = Array.from({ length: count }, () => global).flat();
      const globals = section(6, count + (extra.length > 0 ? 1 : 0), ...all, ...extra);
      return coreModule(type, functions, section(5, 1, 0, 1), globals, behind);
    }
    let valid = 0;
    for (const make of naming) {
      for (const count of [0, 1, 3]) {
        for (let index = 0; index < 8; index++) {
          const bytes = make(count, index);
          const wasValid = WebAssembly.validate(bytes);
          if (wasValid) valid++;
          expect(isValidMetered(bytes)).to.equal(wasValid);
        }
      }
    }
    expect(valid).to.be.greaterThan(10);
  });

  it('moves the globals that constant expressions name, wherever those stand', async () => {
    const bytes = await assemble(`(module (type $t (func (result i32)))
      (global $base i32 (i32.const 5)) (global $f (ref $t) (ref.func $seven))
      (global $more (export "more") i32 (i32.add (global.get $base) (i32.const 1)))
      (table $t (export "placed") 20 funcref)
      (memory (export "memory") 1)
      (elem (table $t) (offset (global.get $base)) func $seven)
      (elem (table $t) (offset (global.get $more)) funcref (item (global.get $f)))
      (data (offset (global.get $more)) "x")
      (func $seven (export "seven") (type $t) (i32.const 7)))`);
    const exports = meteredInstance(bytes, 100).exports as unknown as {
      readonly more: WebAssembly.Global;
      readonly placed: WebAssembly.Table;
      readonly memory: WebAssembly.Memory;
      readonly seven: unknown;
    };
    const { more, placed, memory, seven } = exports;
    expect(more.value).to.equal(6);
    expect([placed.get(5), placed.get(6)]).to.deep.equal([seven, seven]);
    expect(placed.get(4)).to.equal(null);
    expect(new Uint8Array(memory.buffer, 0, 8).indexOf(0x78)).to.equal(6);
  });

  it('leaves out hints about places in the code, which are others then, and no other section', () => {
    const custom = (name: string): number[] => section(0, name.length, ...Buffer.from(name), 0);
    const names = ['producers', 'metadata.code.branch_hint', 'name', 'metadata.code'];
    const bytes = coreModule(...names.map(custom));
    expect(readCoreModule(bytes).customSections).to.deep.equal(names);
    expect(readCoreModule(meterCoreModule(bytes)).customSections).to.deep.equal([
      'producers',
      'name',
      'metadata.code',
    ]);
  });

  it('leaves every global of the guest what it was, however many there are', () => {
    const counts = fc.tuple(fc.nat({ max: 3 }), fc.integer({ min: 1, max: 300 }));
    fc.assert(
      fc.property(counts, fc.nat(), ([imported, own], chosen) => {
        const names = Array.from({ length: imported }, (_, index) => `i${index}`);
        const imports = names.map((name) => `(import "env" "${name}" (global $${name} i32))`);
        const globals = Array.from(
          { length: own },
          (_, index) =>
            `(global $g${index} (export "g${index}") (mut i32) (i32.const ${index * 3}))`,
        );
        const [at, base] = [chosen % own, imported === 0 ? '(i32.const 5)' : '(global.get $i0)'];
        const source = `(module ${imports.join('')} ${globals.join('')} (memory (export "m") 1)
          (table (export "t") 20 funcref) (data (offset ${base}) "x") (elem (offset ${base}) func $f)
          (func $f (export "f") (param i32) (result i32)
            (global.set $g${at} (i32.add (global.get $g${at}) (local.get 0))) (global.get $g${at})))`;
        const env = Object.fromEntries(names.map((name, index) => [name, 5 + index]));
        const { exports } = meteredInstance(wat(source), 1_000, { env });
        const all = exports as unknown as Record<string, WebAssembly.Global & WebAssembly.Table>;
        expect(exports['f']?.(7)).to.equal(at * 3 + 7);
        for (let index = 0; index < own; index++) {
          expect(all[`g${index}`]?.value).to.equal(index * 3 + (index === at ? 7 : 0));
        }
        expect(all['t']?.get(5)).to.equal(exports['f']);
      }),
      { numRuns },
    );
  });
});

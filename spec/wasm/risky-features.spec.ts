import { expect } from 'chai';
import * as fc from 'fast-check';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { readCoreModule } from '../../lib/wasm/core-module-reader.ts';
import { ALL_RISKS } from '../../lib/wasm/risky-features.ts';
import { wat } from '../guests/guest-file.ts';
import { HEAP_BOMB } from '../guests/heap-bomb.ts';
import { thrownBy } from '../thrown.ts';
import { component, coreModule, section } from './core-bytes.ts';

const ascii = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
const LIMITS = { abi: 'auto', memoryBytes: 65_536, tableEntries: 100 } as const;

/** An open struct, a packed array and a function in one group, a subtype behind it. */
const TYPES = section(
  1,
  ...[
    [3, 0x4e, 3],
    [0x50, 0, 0x5f, 2, 0x7f, 1, 0x78, 0],
    [0x5e, 0x77, 1],
    [0x60, 1, 0x63, 0, 1, 0x7e],
    [0x4f, 1, 0, 0x5f, 3, 0x7f, 1, 0x78, 0, 0x6e, 0],
    [0x60, 0, 0],
  ].flat(),
);
const GROUPED = coreModule(
  TYPES,
  section(3, 1, 2),
  section(7, 1, ...ascii('f'), 0, 0),
  section(10, 1, 4, 0, 0x42, 5, 0x0b),
);

describe('features that could exhaust the host', () => {
  it('P3 · are refused by name where they are declared, whatever declares them', () => {
    const modules: readonly (readonly [Uint8Array, string])[] = [
      [HEAP_BOMB, 'gc'],
      [GROUPED, 'gc'],
      [coreModule(section(4, 1, 0x6e, 0, 1)), 'gc'],
      [coreModule(section(4, 1, 0x40, 0, 0x70, 0, 1, 0xfb, 28, 0x0b)), 'gc'],
      [wat('(module (memory 1 2 shared))'), 'shared memory'],
    ];
    for (const [bytes, feature] of modules) {
      const { code, details } = thrownBy(() => admitModule(bytes, LIMITS));
      expect({ code, feature: details['feature'] }).to.deep.equal({
        code: 'VALIDATION_ERROR',
        feature,
      });
    }
  });

  it('are read in every form where they are allowed, and named in the facts', () => {
    const { exports, features, counts } = readCoreModule(GROUPED, ALL_RISKS);
    expect(WebAssembly.validate(GROUPED)).to.equal(true);
    expect(features).to.deep.equal(['gc']);
    expect(counts.types).to.equal(5);
    expect(exports[0]?.signature).to.deep.equal({ params: ['ref'], results: ['i64'] });
    const constants = section(
      6,
      ...[
        [4, 0x6e, 0, 0x41, 1, 0xfb, 28, 0x0b],
        [0x63, 1, 0, 0x41, 7, 0x41, 3, 0xfb, 6, 1, 0x0b],
        [0x63, 0, 0, 0xfb, 1, 0, 0x0b],
        [0x63, 1, 0, 0x41, 1, 0x41, 2, 0xfb, 8, 1, 2, 0x0b],
      ].flat(),
    );
    const table = section(4, 1, 0x40, 0, 0x6c, 0, 1, 0x41, 1, 0xfb, 28, 0x0b);
    const allocating = coreModule(TYPES, table, constants);
    expect(WebAssembly.validate(allocating)).to.equal(true);
    expect(readCoreModule(allocating, ALL_RISKS).counts.globals).to.equal(4);
  });

  it('leave the caps in force: a shared memory grows no further than any other', () => {
    const module = wat('(module (memory 1 60000 shared))');
    const { coreModules } = admitModule(module, { ...LIMITS, allowed: ALL_RISKS });
    const [bytes] = coreModules as [Uint8Array<ArrayBuffer>];
    const { memories, features } = readCoreModule(bytes, ALL_RISKS);
    expect(memories[0]?.maximum).to.equal(1);
    expect(features).to.deep.equal(['shared memory']);
    expect(WebAssembly.validate(bytes)).to.equal(true);
  });

  it('do not include a shared memory where the host reads what the guest writes', () => {
    const command = wat(`(module
      (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
      (memory (export "memory") 1 1 shared) (func (export "_start")))`);
    const inside = component([wat('(module (memory 1 1 shared))')], [0]);
    for (const module of [command, inside]) {
      const refusal = thrownBy(() => admitModule(module, { ...LIMITS, allowed: ALL_RISKS }));
      expect(refusal.details['feature']).to.equal('shared memory');
    }
  });

  it('do not make a type that is no function one', () => {
    const bytes = coreModule(TYPES, section(3, 1, 0), section(7, 1, ...ascii('f'), 0, 0));
    expect(thrownBy(() => readCoreModule(bytes, ALL_RISKS)).code).to.equal('WASM_RUNTIME_ERROR');
  });

  it('P18 · are read or refused in a typed way, whatever the bytes', () => {
    const at = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.constantFrom(GROUPED, HEAP_BOMB),
        fc.array(at, { maxLength: 4 }),
        (from, to) => {
          const bytes = from.slice();
          for (const [where, byte] of to) bytes[8 + (where % (bytes.length - 8))] = byte;
          let isRead = true;
          try {
            readCoreModule(bytes, ALL_RISKS);
          } catch (error) {
            isRead = false;
            expect(isWasmatrixError(error)).to.equal(true);
          }
          // Whatever the engine takes, we have understood.
          if (WebAssembly.validate(bytes)) expect(isRead).to.equal(true);
        },
      ),
      { numRuns: 10 * Number(process.env['FC_RUNS'] ?? 100) },
    );
  });
});

import { expect } from 'chai';
import * as fc from 'fast-check';
import { isWasmatrixError, type WasmatrixError } from '../../lib/core/errors.ts';
import { capToLimits } from '../../lib/wasm/admit-limits.ts';
import { readCoreModule } from '../../lib/wasm/core-module-reader.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { coreModule } from './core-bytes.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100) * 10;
const LIMITS = { memoryBytes: 1_048_576, tableEntries: 1_000 };

const SEEDS: readonly Uint8Array[] = [
  guestBytes('core'),
  guestBytes('reactor-c'),
  wat(`(module (import "wasi_snapshot_preview1" "fd_write"
      (func (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1 8) (table 2 10 funcref) (global (mut i32) (i32.const 5))
    (func $f (export "_start") (drop (memory.grow (i32.const 1))))
    (elem (i32.const 0) $f $f) (data (i32.const 3) "hello"))`),
  wat(`(module (type (func (param i64 f32 externref) (result i32 f64)))
    (table $a 1 externref) (table $b 4 funcref) (memory i64 0 3) (tag (param i32))
    (func $f) (func $s) (start $s) (elem $p funcref (ref.func $f) (ref.null func))
    (elem declare func $f) (export "a" (table $a)) (export "" (func $f)))`),
  coreModule(
    [4, 9, 1, 0x40, 0, 0x70, 0, 3, 0xd0, 0x70, 0x0b],
    [0, 5, 4, 0x6e, 0x61, 0x6d, 0x65],
    [5, 7, 2, 0, 1, 1, 1, 0xff, 0x01],
  ),
];

type Mutation = readonly [kind: 'set' | 'insert' | 'delete' | 'truncate', at: number, byte: number];

const mutated = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(
      fc.tuple(
        fc.constantFrom('set', 'set', 'set', 'insert', 'delete', 'truncate'),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 4, 7, 0x40, 0x60, 0x63, 0x70, 0x7f, 0xff)),
      ) as fc.Arbitrary<Mutation>,
      { maxLength: 4 },
    ),
  )
  .map(([seed, mutations]) => mutations.reduce(mutate, seed));

function mutate(bytes: Uint8Array, [kind, where, byte]: Mutation): Uint8Array {
  const at = Math.floor(where * bytes.length);
  const all = [...bytes];
  if (kind === 'set') all[at] = byte;
  if (kind === 'insert') all.splice(at, 0, byte);
  if (kind === 'delete') all.splice(at, 1);
  if (kind === 'truncate') all.length = at;
  return Uint8Array.from(all);
}

/** Admits the bytes as a core module, or says why not; anything but our own errors passes through. */
function outcome(bytes: Uint8Array): Uint8Array | WasmatrixError {
  try {
    const facts = readCoreModule(bytes);
    const { coreModules } = capToLimits([{ facts, bytes, copies: 1 }], LIMITS);
    return coreModules[0] ?? bytes;
  } catch (error) {
    if (isWasmatrixError(error)) return error;
    throw error;
  }
}

describe('the core module reader, given hostile bytes', () => {
  it('knows that its seeds are valid', () => {
    for (const seed of SEEDS) {
      expect(WebAssembly.validate(seed)).to.equal(true);
      expect(outcome(seed)).to.be.instanceOf(Uint8Array);
    }
  });

  it('answers random bytes behind the header with one of its own errors or a module', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        outcome(coreModule([...bytes]));
        outcome(bytes);
      }),
      { numRuns },
    );
  });

  it('agrees with the engine: what is valid stays valid and is never called malformed', () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        const result = outcome(bytes);
        const wasValid = WebAssembly.validate(bytes);
        if (result instanceof Uint8Array) {
          if (wasValid) expect(WebAssembly.validate(result)).to.equal(true);
        } else {
          expect(result.code).to.be.oneOf(
            wasValid ? ['VALIDATION_ERROR'] : ['VALIDATION_ERROR', 'WASM_RUNTIME_ERROR'],
          );
        }
      }),
      { numRuns },
    );
  });

  it('sees the same imports and exports as the engine, and caps every memory and table', () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        const result = outcome(bytes);
        if (!(result instanceof Uint8Array) || !WebAssembly.validate(bytes)) return;
        const module = new WebAssembly.Module(result);
        const facts = readCoreModule(result);
        expect(
          facts.imports.map(({ module: from, name, kind }) => ({ module: from, name, kind })),
        ).to.deep.equal(WebAssembly.Module.imports(module).map(plain));
        expect(facts.exports.map(({ name, kind }) => ({ name, kind }))).to.deep.equal(
          WebAssembly.Module.exports(module).map(plain),
        );
        const pages = facts.memories.reduce((sum, { maximum = Infinity }) => sum + maximum, 0);
        const entries = facts.tables.reduce((sum, { maximum = Infinity }) => sum + maximum, 0);
        expect(pages * 65_536).to.be.at.most(LIMITS.memoryBytes);
        expect(entries).to.be.at.most(LIMITS.tableEntries);
      }),
      { numRuns },
    );
  });
});

/** The engine may add the type to its descriptors. */
function plain(descriptor: {
  readonly module?: string;
  readonly name: string;
  readonly kind: string;
}): object {
  const { module, name, kind } = descriptor;
  return module === undefined ? { name, kind } : { module, name, kind };
}

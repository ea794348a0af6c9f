import { expect } from 'chai';
import * as fc from 'fast-check';
import { isWasmatrixError, type WasmatrixError } from '../../lib/core/errors.ts';
import { meterCoreModule } from '../../lib/wasm/meter-module.ts';
import { NO_RISKS } from '../../lib/wasm/risky-features.ts';
import { unsignedLeb } from '../../lib/wasm/unsigned-leb.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { thrownBy } from '../thrown.ts';
import { coreModule } from './core-bytes.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100) * 10;

const SEEDS: readonly Uint8Array[] = [
  guestBytes('core'),
  guestBytes('reactor-c'),
  guestBytes('compute-c'),
  guestBytes('extism-asker'),
  wat(`(module (import "env" "base" (global $base i32)) (import "env" "f" (func $f (param i64)))
    (memory 1) (table $t 4 8 funcref)
    (global $own (export "own") (mut i32) (i32.const 7)) (global $other i64 (i64.const 1))
    (func $g (export "g") (param $n i32) (result i32) (local $k i64) (local $v v128)
      (memory.fill (i32.const 0) (i32.const 1) (local.get $n))
      (table.fill $t (i32.const 0) (ref.null func) (local.get $n))
      (drop (table.grow $t (ref.func $g) (local.get $n)))
      (memory.init $d (i32.const 0) (i32.const 0) (i32.const 2))
      (block $out (loop $again
        (br_if $out (i32.eqz (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (loop (global.set $own (i32.add (global.get $own) (global.get $base))))
        (call $f (global.get $other)) (br $again)))
      (global.get $own))
    (elem (table $t) (offset (global.get $base)) func $g $f)
    (elem $e func $g) (data $d "ab") (data (offset (global.get $base)) "cd"))`),
  wat(`(module (type $v (func)) (tag $e (param i32)) (memory 1) (table $t 1 funcref)
    (func $h (param i32 i64) (result i32)
      (try (result i32)
        (do (if (local.get 0) (then (throw $e (i32.const 3)))) (i32.const 1))
        (catch $e (i32.add (i32.const 1))) (catch_all (rethrow 0))))
    (func (export "k") (result i32)
      (i32x4.extract_lane 1 (i32x4.add (v128.const i32x4 1 2 3 4) (v128.load (i32.const 0))))
      (i32.atomic.rmw.add (i32.const 0) (i32.const 1)) (i32.add)
      (br_table 0 0 (i32.const 1)))
    (func (export "l") (param i32) (call_indirect (type $v) (local.get 0)))
    (elem (i32.const 0) $h))`),
];

type Mutation = readonly [kind: 'set' | 'insert' | 'delete' | 'truncate', at: number, byte: number];

const mutated = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(
      fc.tuple(
        fc.constantFrom('set', 'set', 'set', 'set', 'insert', 'delete', 'truncate'),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.oneof(
          fc.nat(255),
          fc.constantFrom(0, 1, 2, 3, 0x0b, 0x20, 0x23, 0x40, 0xfb, 0xfc, 0xfd, 0xfe),
        ),
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

/** Meters the bytes or says why not; anything but our own errors passes through. */
function outcome(bytes: Uint8Array): Uint8Array | WasmatrixError {
  try {
    return meterCoreModule(bytes);
  } catch (error) {
    if (isWasmatrixError(error)) return error;
    throw error;
  }
}

/** A module of one function with this body, which is closed here. */
function withBody(body: readonly number[]): Uint8Array {
  const sized = unsignedLeb(body.length + 2);
  const head = [10, ...unsignedLeb(body.length + 3 + sized.length), 1, ...sized, 0];
  return Uint8Array.from([...coreModule([1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0], head, body), 0x0b]);
}

function repeated(bytes: readonly number[], times: number): number[] {
  return Array.from({ length: times }, () => bytes).flat();
}

describe('metering, given hostile bytes', () => {
  it('knows that its seeds are valid', () => {
    for (const seed of SEEDS) {
      expect(WebAssembly.validate(seed)).to.equal(true);
      expect(outcome(seed)).to.be.instanceOf(Uint8Array);
    }
  });

  it('agrees with the engine: the valid stays valid, and nothing else becomes it', () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        const result = outcome(bytes);
        const wasValid = WebAssembly.validate(bytes);
        if (result instanceof Uint8Array) {
          expect(WebAssembly.validate(result)).to.equal(wasValid);
        } else {
          expect(result.code).to.be.oneOf(
            wasValid ? ['VALIDATION_ERROR'] : ['VALIDATION_ERROR', 'WASM_RUNTIME_ERROR'],
          );
        }
      }),
      { numRuns },
    );
  });

  it('answers any body at all with a module or one of its own errors', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { maxLength: 120 }), (body) => {
        const bytes = withBody(body);
        const result = outcome(bytes);
        if (result instanceof Uint8Array) {
          expect(WebAssembly.validate(result)).to.equal(WebAssembly.validate(bytes));
        }
      }),
      { numRuns: numRuns * 2 },
    );
  });

  const broken: readonly (readonly [title: string, body: readonly number[], problem: RegExp])[] = [
    ['ends before its blocks do', [0x02, 0x40], /unexpected end/],
    ['goes on behind its end', [0x0b], /behind the end of a function/],
    ['breaks off within an instruction', [0x44, 0, 0], /unexpected end/],
    ['has a table of more labels than bytes', [0x0e, 0xff, 0xff, 0xff, 0x07], /count exceeds/],
    ['has a clause of a kind that does not exist', [0x1f, 0x40, 1, 4, 0], /catch clause 4/],
    ['names a local that it does not have', [0x20, 0, 0x1a], /no such local/],
    ['names the local that metering adds', [0x42, 1, 0x21, 0], /no such local/],
    ['has an instruction that does not exist', [0xff], /unknown instruction 0xff/],
  ];
  for (const [title, body, problem] of broken) {
    it(`says what is wrong with a body that ${title}`, () => {
      const error = thrownBy(() => meterCoreModule(withBody(body)));
      expect(error.code).to.equal('WASM_RUNTIME_ERROR');
      expect(error.message).to.match(problem);
    });
  }

  it('follows blocks however deep they are nested', () => {
    const nested = (depth: number): Uint8Array =>
      withBody([...repeated([0x03, 0x40], depth), ...repeated([0x0b], depth)]);
    expect(WebAssembly.validate(meterCoreModule(nested(5_000)))).to.equal(true);
    expect(outcome(nested(100_000))).to.be.instanceOf(Uint8Array);
    const open = thrownBy(() => meterCoreModule(withBody(repeated([0x02, 0x40], 100_000))));
    expect(open.message).to.match(/unexpected end/);
  });

  it('refuses a function that charges would make larger than the engine takes', () => {
    const error = thrownBy(() => meterCoreModule(withBody(repeated([0x03, 0x40, 0x0b], 320_000))));
    expect(error.code).to.equal('VALIDATION_ERROR');
    expect(error.message).to.match(/bytes in one function once it is metered/);
  });

  it('refuses a module that charges would make larger than any may be', () => {
    const bytes = withBody(repeated([0x03, 0x40, 0x0b], 1_000));
    const needed = meterCoreModule(bytes).length;
    expect(needed).to.be.greaterThan(8 * bytes.length);
    expect(meterCoreModule(bytes, NO_RISKS, needed)).to.have.length(needed);
    const error = thrownBy(() => meterCoreModule(bytes, NO_RISKS, needed - 1));
    expect(error.code).to.equal('VALIDATION_ERROR');
    expect(error.details).to.deep.include({ limit: needed - 1 });
  });
});

import { expect } from 'chai';
import * as fc from 'fast-check';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { readCoreModule } from '../../lib/wasm/core-module-reader.ts';
import { keepKillable } from '../../lib/wasm/keep-killable.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { thrownBy } from '../thrown.ts';
import { coreModule, section } from './core-bytes.ts';

const instance = (bytes: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports = {}) =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports as Record<
    string,
    (...args: unknown[]) => unknown
  >;

/** Everything of any length that an instruction may do, beside an import, a start and a table. */
const LONG = wat(`(module
  (import "env" "note" (func $note (param i32)))
  (memory (export "memory") 2) (data $d "abcdef")
  (table $t (export "table") 10 funcref) (elem $e funcref (ref.func $even) (ref.func $odd))
  (global $started (mut i32) (i32.const 0))
  (func $start (global.set $started (i32.const 1)))
  (start $start)
  (func $even (export "even") (param i64) (result i32)
    (if (result i32) (i64.eqz (local.get 0)) (then (i32.const 1))
      (else (return_call $odd (i64.sub (local.get 0) (i64.const 1))))))
  (func $odd (export "odd") (param i64) (result i32)
    (if (result i32) (i64.eqz (local.get 0)) (then (i32.const 0))
      (else (return_call_indirect $t (param i64) (result i32)
        (i64.sub (local.get 0) (i64.const 1)) (i32.const 0)))))
  (func (export "work") (result i32)
    (call $note (i32.const 7))
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 6))
    (memory.copy (i32.const 100) (i32.const 0) (i32.const 6))
    (memory.fill (i32.const 103) (i32.const 120) (i32.const 2))
    (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 2))
    (table.copy $t $t (i32.const 4) (i32.const 0) (i32.const 2))
    (table.fill $t (i32.const 8) (ref.func $odd) (i32.const 2))
    (drop (table.grow $t (ref.null func) (i32.const 1)))
    (global.get $started)))`);

describe('a module whose thread has to stay killable', () => {
  it('W2 · does the same as before, with a function to pause in and one for each kind of fill and copy more', () => {
    const rewritten = keepKillable(LONG) as Uint8Array<ArrayBuffer>;
    expect(readCoreModule(rewritten).counts.functions).to.equal(
      readCoreModule(LONG).counts.functions + 3,
    );
    const outcomes = [LONG as Uint8Array<ArrayBuffer>, rewritten].map((bytes) => {
      const notes: unknown[] = [];
      const exports = instance(bytes, { env: { note: (value: unknown) => notes.push(value) } });
      const worked = exports['work']?.();
      const { buffer } = exports['memory'] as unknown as WebAssembly.Memory;
      const table = exports['table'] as unknown as WebAssembly.Table;
      const entries = Array.from({ length: table.length }, (_, index) => table.get(index) === null);
      const answers = [0n, 1n, 6n, 7n].map((value) => exports['even']?.(value));
      return { notes, worked, text: [...new Uint8Array(buffer, 100, 6)], entries, answers };
    });
    expect(outcomes[1]).to.deep.equal(outcomes[0]);
    expect(outcomes[0]).to.deep.include({ worked: 1, answers: [1, 0, 1, 0] });
  });

  it('W2 · looks whether it is to stop before whatever may take long, and nowhere else', () => {
    const PAUSE = readCoreModule(LONG).counts.functions + 1;
    const calls = (bytes: Uint8Array): number => {
      const { content, end } = readCoreModule(bytes).sections.find(({ id }) => id === 10) as {
        readonly content: number;
        readonly end: number;
      };
      let count = 0;
      for (let at = content; at < end; at++)
        if (bytes[at] === 0x10 && bytes[at + 1] === PAUSE) count++;
      return count;
    };
    expect(calls(LONG)).to.equal(0);
    // Once in the function itself, which V8 must not take for one that calls nothing. Between the steps of
    // a fill one way, of a copy both ways.
    expect(calls(keepKillable(LONG))).to.equal(7 + 1 + 1 + 2);
  });

  it('is left alone, the very same bytes, where nothing takes long', () => {
    for (const text of ['(module)', '(module (func (loop (br 0))) (memory 1))']) {
      const bytes = wat(text);
      expect(keepKillable(bytes)).to.equal(bytes);
    }
  });

  it('W2 · is refused when one function would take the engine seconds or gigabytes to compile', () => {
    const leb = (value: number): number[] =>
      value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)];
    const heavy = (
      locals: number,
      before: number[],
      each: number[],
      count: number,
      after: number[],
    ) => {
      const code = [
        1,
        ...leb(locals),
        0x7f,
        ...before,
        ...Array.from({ length: count }, () => each).flat(),
        ...after,
        0x0b,
      ];
      const content = [1, ...leb(code.length), ...code];
      return Uint8Array.from([
        ...coreModule(section(1, 1, 0x60, 0, 0), section(3, 1, 0)),
        10,
        ...leb(content.length),
        ...content,
      ]);
    };
    const many = (bytes: number[], count: number): number[] =>
      Array.from({ length: count }, () => bytes).flat();
    const modules = [
      // Conditional branches over many locals.
      heavy(50_000, [0x02, 0x40], [0x41, 0, 0x0d, 0], 500, [0x0b]),
      // Loops and blocks above many values on the stack.
      heavy(0, many([0x41, 0], 30_000), [0x03, 0x40, 0x0b], 700, many([0x1a], 30_000)),
      // One branch to many places.
      heavy(
        40_000,
        many([0x02, 0x40], 300),
        [0x41, 0, 0x0e, ...leb(300), ...many([0], 301)],
        1,
        many([0x0b], 300),
      ),
    ];
    for (const bytes of modules) {
      const { code, details } = thrownBy(() => keepKillable(bytes));
      expect(code).to.equal('VALIDATION_ERROR');
      expect(details['what']).to.equal('values at the branches of one function');
    }
    const light = heavy(50_000, [0x02, 0x40], [0x41, 0, 0x0d, 0], 100, [0x0b]);
    expect(keepKillable(light)).to.equal(light);
  });

  it('P18 · is valid afterwards if it was before, whatever its bytes, and else typed to be wrong', () => {
    const guests = [LONG, guestBytes('hello-c'), guestBytes('core')];
    fc.assert(
      fc.property(
        fc.constantFrom(...guests),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        (guest, changes) => {
          const bytes = guest.slice();
          for (const [at, value] of changes) bytes[8 + (at % (bytes.length - 8))] = value;
          const wasValid = WebAssembly.validate(bytes);
          try {
            const rewritten = keepKillable(bytes) as Uint8Array<ArrayBuffer>;
            if (wasValid) expect(WebAssembly.validate(rewritten)).to.equal(true);
          } catch (error) {
            expect(isWasmatrixError(error)).to.equal(true);
            expect(wasValid).to.equal(false);
          }
        },
      ),
      { numRuns: 5 * Number(process.env['FC_RUNS'] ?? 100) },
    );
  });
});

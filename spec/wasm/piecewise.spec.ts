import { expect } from 'chai';
import * as fc from 'fast-check';
import { keepKillable } from '../../lib/wasm/keep-killable.ts';
import { wat } from '../guests/guest-file.ts';
import { skipLoudly } from '../skip-loudly.ts';
import { thrownBy } from '../thrown.ts';

const PAGE = 65_536;
const MIB = 1_048_576;
/** Pages of the two memories: several steps of a mebibyte, and not a whole number of them. */
const PAGES = [71, 50] as const;

interface Outcome {
  readonly memories: readonly Buffer[];
  readonly trap: string | undefined;
}

/** What one instruction does to memories that hold a pattern, and whether it trapped. */
function outcomeOf(
  bytes: Uint8Array,
  call: (run: (...args: unknown[]) => unknown) => unknown,
): Outcome {
  const module = new WebAssembly.Module(bytes);
  const { exports } = new WebAssembly.Instance(module);
  const memories = ['a', 'b'].map((name) =>
    Buffer.from((exports[name] as WebAssembly.Memory).buffer),
  );
  for (const [index, memory] of memories.entries()) {
    for (let at = 0; at < memory.length; at += 256) memory.writeUInt16LE((at >> 8) + index, at);
  }
  let trap: string | undefined;
  try {
    call(exports['run'] as (...args: unknown[]) => unknown);
  } catch (error) {
    trap = (error as Error).message;
  }
  return { memories, trap };
}

const expectSame = (ours: Outcome, plain: Outcome, what: string): void => {
  expect(ours.trap, what).to.equal(plain.trap);
  for (const [index, memory] of plain.memories.entries()) {
    expect(memory.equals(ours.memories[index] as Buffer), `memory ${index} after ${what}`).to.equal(
      true,
    );
  }
};

const guest = (index: 'i32' | 'i64', instruction: string): Uint8Array =>
  wat(`(module (memory (export "a") ${index} ${PAGES[0]}) (memory (export "b") ${index} ${PAGES[1]})
    (func (export "run") (param ${index} ${instruction.includes('fill') ? 'i32' : index} ${index})
      (${instruction} (local.get 0) (local.get 1) (local.get 2))))`);

const has64 = WebAssembly.validate(wat('(module (memory i64 1))'));

/** Places and lengths near everything that matters: the steps, the ends, and where 32 bits are over. */
const offsets = fc.oneof(
  fc.integer({ min: 0, max: 75 * PAGE }),
  fc.constantFrom(0, PAGES[0] * PAGE, PAGES[1] * PAGE, MIB, 2 ** 32 - 1, 2 ** 31, 2 ** 32 - MIB),
  fc
    .tuple(fc.constantFrom(...PAGES), fc.integer({ min: -3, max: 3 }), fc.nat(4))
    .map(([pages, near, steps]) => pages * PAGE - steps * MIB + near),
);
const lengths = fc.oneof(
  offsets,
  fc
    .tuple(fc.nat(5), fc.integer({ min: -2, max: 2 }))
    .map(([steps, near]) => Math.max(0, steps * MIB + near)),
);

describe('filling and copying memory in steps', () => {
  for (const instruction of [
    'memory.fill 0',
    'memory.fill 1',
    'memory.copy 0 0',
    'memory.copy 1 0',
    'memory.copy 0 1',
  ]) {
    for (const index of ['i32', 'i64'] as const) {
      it(`W2 · ${instruction} indexed by ${index} does the same as the instruction, and traps as it does`, function () {
        if (index === 'i64' && !has64) skipLoudly(this, 'this engine has no 64-bit memories');
        const bytes = guest(index, instruction);
        const rewritten = keepKillable(bytes);
        const typed = (value: number): number | bigint =>
          index === 'i64' ? BigInt(value) : value | 0;
        const check = (to: number, from: number, count: number) => {
          const source = instruction.includes('fill') ? from | 0 : typed(from);
          const args = [typed(to), source, typed(count)];
          const plain = outcomeOf(bytes, (run) => run(...args));
          expectSame(
            outcomeOf(rewritten, (run) => run(...args)),
            plain,
            args.join(' '),
          );
          return plain;
        };
        // Both ways over itself, and one byte too far.
        check(0, 17, 4 * MIB - 100);
        check(17, 0, 3 * MIB);
        expect(check(PAGES[0] * PAGE - 2 * MIB, 0, 2 * MIB + 1))
          .to.have.property('trap')
          .that.is.a('string');
        fc.assert(
          fc.property(offsets, offsets, lengths, (to, from, count) => void check(to, from, count)),
          {
            numRuns: Math.ceil(Number(process.env['FC_RUNS'] ?? 100) / 5),
          },
        );
      });
    }
  }

  it('W2 · leaves to the instruction what ends where no number of 32 bits can tell', () => {
    const whole = wat(`(module (memory 1) (func (export "run") (result i32)
      (memory.fill (i32.const 0x10) (i32.const 1) (i32.const 0xfffffff0)) (i32.const 1)))`);
    for (const bytes of [whole, keepKillable(whole)]) {
      const module = new WebAssembly.Module(bytes);
      const { exports } = new WebAssembly.Instance(module);
      expect(() => (exports['run'] as () => void)()).to.throw('out of bounds');
    }
  });

  it('leaves copies between memories of different index types to the engine', function () {
    if (!has64) skipLoudly(this, 'this engine has no 64-bit memories');
    const mixed = wat(`(module (memory (export "a") i64 1) (memory (export "b") 1) 
      (func (i32.store8 0 (i64.const 0) (i32.const 120)))
      (func (export "run") (call 0) (memory.copy 1 0 (i32.const 9) (i64.const 0) (i32.const 1))))`);
    const [plain, ours] = [mixed, keepKillable(mixed)].map((bytes) =>
      outcomeOf(bytes, (run) => run()),
    );
    expectSame(ours as Outcome, plain as Outcome, 'a copy');
    expect(plain?.trap).to.equal(undefined);
    expect(plain?.memories[1]?.[9]).to.equal(0x78);
  });

  it('refuses more kinds of copies than any program has', () => {
    const memories = Array.from({ length: 20 }, () => '(memory 1)').join('');
    const copies = (kinds: number): string =>
      Array.from(
        { length: kinds },
        (_, kind) =>
          `(memory.copy ${Math.floor(kind / 20)} ${kind % 20} (i32.const 0) (i32.const 0) (i32.const 0))`,
      ).join('');
    const module = (kinds: number) => wat(`(module ${memories} (func ${copies(kinds)}))`);
    expect(WebAssembly.validate(keepKillable(module(256)))).to.equal(true);
    const { code, details } = thrownBy(() => keepKillable(module(257)));
    expect(code).to.equal('VALIDATION_ERROR');
    expect(details).to.include({ limit: 256 });
  });
});

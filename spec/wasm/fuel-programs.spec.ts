import { expect } from 'chai';
import * as fc from 'fast-check';
import { wat } from '../guests/guest-file.ts';
import { costOf, meteredInstance } from './metered.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);

/** One statement of a program, which leaves nothing on the stack. */
type Statement =
  | { readonly kind: 'add'; readonly amount: number }
  | { readonly kind: 'store'; readonly address: number }
  | { readonly kind: 'block'; readonly isLeftEarly: boolean; readonly body: readonly Statement[] }
  | {
      readonly kind: 'if';
      readonly whole: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: 'loop'; readonly rounds: number; readonly body: readonly Statement[] }
  | { readonly kind: 'try'; readonly isThrown: boolean; readonly body: readonly Statement[] }
  | { readonly kind: 'fill'; readonly length: number }
  | { readonly kind: 'call'; readonly target: number };

const { statements } = fc.letrec<{ statements: Statement[]; statement: Statement }>((tie) => ({
  statements: fc.array(tie('statement'), { maxLength: 4 }),
  statement: fc.oneof(
    { maxDepth: 4 },
    fc.record({ kind: fc.constant('add'), amount: fc.nat({ max: 1_000 }) }),
    fc.record({ kind: fc.constant('store'), address: fc.nat({ max: 60_000 }) }),
    fc.record({ kind: fc.constant('fill'), length: fc.nat({ max: 60_000 }) }),
    fc.record({ kind: fc.constant('call'), target: fc.nat() }),
    fc.record({
      kind: fc.constant('block'),
      isLeftEarly: fc.boolean(),
      body: tie('statements'),
    }),
    fc.record({ kind: fc.constant('if'), whole: tie('statements'), otherwise: tie('statements') }),
    fc.record({
      kind: fc.constant('loop'),
      rounds: fc.integer({ min: 1, max: 4 }),
      body: tie('statements'),
    }),
    fc.record({ kind: fc.constant('try'), isThrown: fc.boolean(), body: tie('statements') }),
  ) as fc.Arbitrary<Statement>,
}));

/** Each function may call those behind it, so that every program ends. */
const programs = fc.array(statements, { minLength: 1, maxLength: 4 });

/** Writes the text, and beside it what a definition of the unit says that running it costs. */
class Program {
  readonly text: string;
  readonly cost: number;
  readonly #costs: number[] = [];
  #locals = 0;

  constructor(functions: readonly (readonly Statement[])[]) {
    const texts: string[] = [];
    for (const [behind, body] of [...functions].reverse().entries()) {
      this.#locals = 0;
      const lines = this.#text(body, functions.length - 1 - behind, functions.length);
      const locals = '(local i32) '.repeat(this.#locals);
      texts.unshift(`(func $f${functions.length - 1 - behind} ${locals} ${lines})`);
      this.#costs.unshift(this.#own(body) + 1 + this.#run(body, behind));
    }
    this.cost = this.#costs[0] ?? 0;
    this.text = `(module (tag $e) (memory (export "memory") 1)
      (global $a i32 (i32.const 3)) (global $sum (export "sum") (mut i32) (i32.const 0))
      ${texts.join('\n')} (export "main" (func $f0)))`;
  }

  #text(body: readonly Statement[], self: number, count: number): string {
    const inner = (within: readonly Statement[]): string => this.#text(within, self, count);
    return body
      .map((each): string => {
        switch (each.kind) {
          case 'add':
            return `(global.set $sum (i32.add (i32.mul (global.get $sum) (global.get $a))
              (i32.const ${each.amount})))`;
          case 'store':
            return `(i32.store (i32.const ${each.address}) (global.get $sum))`;
          case 'fill':
            return `(memory.fill (i32.const 0) (global.get $sum) (i32.const ${each.length}))`;
          case 'call':
            return self + 1 < count ? `(call $f${callee(each, self, count)})` : 'nop';
          case 'block':
            return `(block ${each.isLeftEarly ? '(br 0)' : ''} ${inner(each.body)})`;
          case 'if':
            return `(if (i32.and (global.get $sum) (i32.const 0))
              (then ${inner(each.whole)}) (else nop ${inner(each.otherwise)}))`;
          case 'try':
            return `(try (do ${each.isThrown ? '(throw $e)' : ''} ${inner(each.body)})
              (catch $e (global.set $sum (i32.const 1))))`;
          case 'loop': {
            const local = this.#locals++;
            return `(local.set ${local} (i32.const ${each.rounds})) (loop ${inner(each.body)}
              (br_if 0 (local.tee ${local} (i32.sub (local.get ${local}) (i32.const 1)))))`;
          }
        }
      })
      .join('\n');
  }

  /** Instructions of statements that are not in a loop among them. */
  #own(body: readonly Statement[]): number {
    const ends = 1;
    return body.reduce((sum, each): number => {
      switch (each.kind) {
        case 'add':
          return sum + 6;
        case 'store':
          return sum + 3;
        case 'fill':
          return sum + 4;
        case 'call':
          return sum + 1;
        case 'block':
          return sum + 1 + Number(each.isLeftEarly) + this.#own(each.body) + ends;
        case 'if':
          return sum + 3 + 1 + this.#own(each.whole) + 2 + this.#own(each.otherwise) + ends;
        case 'try':
          return sum + 1 + Number(each.isThrown) + this.#own(each.body) + 1 + 2 + ends;
        case 'loop':
          return sum + 2 + 1;
      }
    }, 0);
  }

  /** What loops, lengths and calls add while the statements run; whether they are left tells the rest. */
  #run(body: readonly Statement[], behind: number): number {
    let sum = 0;
    for (const each of body) {
      if (each.kind === 'fill') sum += Math.ceil(each.length / 64);
      if (each.kind === 'call' && behind > 0) {
        sum += this.#costs[each.target % behind] ?? Number.NaN;
      }
      if (each.kind === 'block' && !each.isLeftEarly) sum += this.#run(each.body, behind);
      if (each.kind === 'if') sum += this.#run(each.otherwise, behind);
      if (each.kind === 'try' && !each.isThrown) sum += this.#run(each.body, behind);
      if (each.kind === 'loop') {
        const round = this.#own(each.body) + 6 + this.#run(each.body, behind);
        sum += each.rounds * round;
      }
    }
    return sum;
  }
}

function callee(call: { readonly target: number }, self: number, count: number): number {
  return self + 1 + (call.target % (count - self - 1));
}

interface State {
  readonly sum: unknown;
  readonly memory: string;
}

function stateOf(exports: unknown): State {
  const { sum, memory } = exports as { sum: WebAssembly.Global; memory: WebAssembly.Memory };
  return { sum: sum.value, memory: Buffer.from(memory.buffer).toString('base64') };
}

describe('a metered program', () => {
  it('does what it did, for exactly what the definition of the unit says', () => {
    fc.assert(
      fc.property(programs, (functions) => {
        const { text, cost } = new Program(functions);
        const bytes = wat(text);
        const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
        (plain['main'] as () => void)();
        const metered = meteredInstance(bytes, 0);
        expect(costOf(metered, () => metered.exports['main']?.())).to.equal(cost);
        expect(stateOf(metered.exports)).to.deep.equal(stateOf(plain));
      }),
      { numRuns: numRuns * 2 },
    );
  });

  it('comes to its end with that much and not with one unit less', () => {
    fc.assert(
      fc.property(programs, fc.double({ min: 0, max: 1, noNaN: true }), (functions, part) => {
        const { text, cost } = new Program(functions);
        const bytes = wat(text);
        const rich = meteredInstance(bytes, cost);
        rich.exports['main']?.();
        expect(rich.left()).to.equal(0n);
        for (const units of [cost - 1, Math.floor((cost - 1) * part)]) {
          const poor = meteredInstance(bytes, units);
          expect(() => poor.exports['main']?.()).to.throw(WebAssembly.RuntimeError, 'unreachable');
          expect(poor.left()).to.equal(-1n);
        }
      }),
      { numRuns },
    );
  });
});

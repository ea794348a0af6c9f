import { expect } from 'chai';
import * as fc from 'fast-check';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import type { AdmittedModule, ExportFact } from '../../lib/wasm/admitted-module.ts';
import { checkCoreArguments } from '../../lib/wasm/core-arguments.ts';
import { bindCore } from '../../workers/abi/core/bind-core.ts';
import type { Guest } from '../../workers/guest.ts';
import { BadArguments, GuestTrap } from '../../workers/guest-failure.ts';
import { wat } from '../guests/guest-file.ts';
import { recordingHost } from './wasi-preview1-host.ts';

const RUNS = Number(process.env['FC_RUNS'] ?? 100);

type Signatures = Readonly<Record<string, readonly [readonly string[], readonly string[]]>>;

function facts(signatures: Signatures): AdmittedModule {
  const exports = Object.entries(signatures).map(
    ([name, [params, results]]): ExportFact => ({ name, kind: 'function', params, results }),
  );
  return {
    sha256: '0'.repeat(64),
    sizeBytes: 0,
    abi: 'core',
    life: 'reactor',
    imports: [],
    exports: [...exports, { name: 'memory', kind: 'memory' }],
    families: [],
    memories: 0,
    initialMemoryBytes: 0,
    hasOutput: false,
  };
}

function bind(source: string, signatures: Signatures): Guest {
  return bindCore(facts(signatures), [new WebAssembly.Module(wat(source))], recordingHost());
}

const SOURCE = `(module
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func (export "_initialize") (global.set $count (i32.const 10)))
  (func (export "next") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "same32") (param i32) (result i32) (local.get 0))
  (func (export "same64") (param i64) (result i64) (local.get 0))
  (func (export "half") (param f32 f64) (result f64)
    (f64.div (f64.add (f64.promote_f32 (local.get 0)) (local.get 1)) (f64.const 2)))
  (func (export "swap") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "nothing"))
  (func (export "boom") unreachable)
  (func (export "opaque") (result externref) (ref.null extern))
  (func (export "vector") (param v128))
  (func (export "unlisted") (result i32) (i32.const 1))
  (func (export "__proto__") (result i32) (i32.const 5)))`;

const SIGNATURES: Signatures = Object.assign(Object.create(null), {
  next: [[], ['i32']],
  same32: [['i32'], ['i32']],
  same64: [['i64'], ['i64']],
  half: [['f32', 'f64'], ['f64']],
  swap: [
    ['i32', 'i64'],
    ['i64', 'i32'],
  ],
  nothing: [[], []],
  boom: [[], []],
  opaque: [[], ['externref']],
  vector: [['v128'], []],
  vanished: [[], []],
  ['__proto__']: [[], ['i32']],
});

function fieldOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof BadArguments) return thrown.field;
    if (isWasmatrixError(thrown) && thrown.code === 'INVALID_REQUEST') {
      return String(thrown.details['field']);
    }
    throw thrown;
  }
  return undefined;
}

describe('core modules', () => {
  it('are initialised once and then called with numbers and bigints', () => {
    const guest = bind(SOURCE, SIGNATURES);
    expect(guest.invoke('next', [])).to.equal(11);
    expect(guest.invoke('half', [1.5, 2.5])).to.equal(2);
    expect(guest.invoke('swap', [1, 2n])).to.deep.equal([2n, 1]);
    expect(guest.invoke('nothing', [])).to.equal(undefined);
    expect(guest.memoryBytes()).to.equal(65_536);
  });

  it('give back every integer that they are given, read as signed', () => {
    const guest = bind(SOURCE, SIGNATURES);
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
        (small, large) => {
          expect(guest.invoke('same32', [small])).to.equal(small | 0);
          expect(guest.invoke('same64', [large])).to.equal(BigInt.asIntN(64, large));
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('are entered only by functions that admission saw', () => {
    const guest = bind(SOURCE, SIGNATURES);
    for (const name of ['memory', 'unlisted', 'vanished', 'constructor', 'toString', '']) {
      expect(
        fieldOf(() => guest.invoke(name, [])),
        name,
      ).to.equal('exportName');
    }
    expect(guest.invoke('__proto__', [])).to.equal(5);
    expect(fieldOf(() => bind(SOURCE, {}).invoke('__proto__', []))).to.equal('exportName');
  });

  it('neither take nor return what is no number', () => {
    const guest = bind(SOURCE, SIGNATURES);
    expect(fieldOf(() => guest.invoke('opaque', []))).to.equal('exportName');
    expect(fieldOf(() => guest.invoke('vector', [0]))).to.equal('args[0]');
  });

  it('trap as they trap', () => {
    const guest = bind(SOURCE, SIGNATURES);
    expect(() => guest.invoke('boom', [])).to.throw(WebAssembly.RuntimeError, 'unreachable');
    expect(() => bind('(module (start $s) (func $s unreachable))', {})).to.throw(
      WebAssembly.RuntimeError,
    );
  });

  it('P3 · get no import at all, and the trap names the one they want', () => {
    expect(() => bind('(module (import "env" "exec" (func)))', {})).to.throw(
      GuestTrap,
      '"env" "exec"',
    );
  });

  it('P1 · share nothing with another instance of the same module', () => {
    const module = new WebAssembly.Module(wat(SOURCE));
    const [first, second] = [1, 2].map(() =>
      bindCore(facts(SIGNATURES), [module], recordingHost()),
    );
    fc.assert(
      fc.property(fc.array(fc.boolean()), (turns) => {
        const before = second?.invoke('next', []);
        for (const isCalled of turns) if (isCalled) first?.invoke('next', []);
        expect(second?.invoke('next', [])).to.equal(Number(before) + 1);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('arguments of core exports', () => {
  it('have to be as many as there are parameters', () => {
    expect(fieldOf(() => checkCoreArguments(['i32', 'i32'], [1]))).to.equal('args');
    expect(fieldOf(() => checkCoreArguments([], [undefined]))).to.equal('args');
    expect(fieldOf(() => checkCoreArguments([], []))).to.equal(undefined);
  });

  it('are named where they do not fit', () => {
    const wrong: Readonly<Record<string, readonly unknown[]>> = {
      i32: [2 ** 32, -(2 ** 31) - 1, 1.5, NaN, Infinity, 1n, '1', null, undefined, true, {}, [1]],
      i64: [2n ** 64n, -(2n ** 63n) - 1n, 1, '1', null, undefined, { valueOf: () => 1n }],
      f32: [1n, '1', null, undefined, false, []],
      f64: [1n, '1', null, undefined, { valueOf: () => 1 }],
      v128: [0, 0n, undefined],
      funcref: [null, () => 0],
      externref: [null, {}, undefined],
      constructor: [1],
    };
    for (const [type, values] of Object.entries(wrong)) {
      for (const value of values) {
        const field = fieldOf(() => checkCoreArguments(['f64', type], [0, value]));
        expect(field, `${type} ${typeof value}`).to.equal('args[1]');
      }
    }
  });

  it('fit at the very edges of their types', () => {
    checkCoreArguments(
      ['i32', 'i32', 'i64', 'i64', 'f32', 'f64'],
      [-(2 ** 31), 2 ** 32 - 1, -(2n ** 63n), 2n ** 64n - 1n, NaN, -0],
    );
  });

  it('are judged the same for any value, by the host beforehand and by the guest at last', () => {
    const guest = bind(SOURCE, SIGNATURES);
    fc.assert(
      fc.property(fc.constantFrom('same32', 'same64'), fc.anything(), (name, value) => {
        const params = SIGNATURES[name]?.[0] ?? [];
        const beforehand = fieldOf(() => checkCoreArguments(params, [value]));
        expect(fieldOf(() => guest.invoke(name, [value]))).to.equal(beforehand);
      }),
      { numRuns: RUNS },
    );
  });
});

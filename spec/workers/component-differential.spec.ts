import { expect } from 'chai';
import * as fc from 'fast-check';
import { HostResultError } from '../../workers/abi/component/host-imports.ts';
import { GuestError } from '../../workers/guest-failure.ts';
import { echo, rawValue } from './component-echo.ts';
import { assemble, bind } from './component-guest.ts';
import { JcoFolder, type JcoFunction } from './component-jco.ts';
import { valueOf } from './component-shape-values.ts';
import { anyShape, type Shape } from './component-type-shapes.ts';

// Each run transpiles a component, some hundred times slower than binding one.
const WANTED = Number(process.env['FC_RUNS'] ?? 100);
const RUNS = WANTED < 1_000 ? Math.ceil(WANTED / 12) : WANTED;
const TIMEOUT_MS = 60_000 + RUNS * 1_000;
// For the third encoding, latin1+utf16, jco has no code: its own translator ends in a panic.
const anyEncoding = fc.constantFrom('utf8', 'utf16');

/** What came of a call. */
type Outcome =
  | { readonly kind: 'value' | 'error'; readonly value: unknown }
  | { readonly kind: 'trap'; readonly message: string };

function ours(call: () => unknown): Outcome {
  try {
    return { kind: 'value', value: call() };
  } catch (thrown) {
    if (thrown instanceof GuestError) return { kind: 'error', value: thrown.payload };
    return { kind: 'trap', message: (thrown as Error).message };
  }
}

function theirs(call: () => unknown): Outcome {
  try {
    return { kind: 'value', value: call() };
  } catch (thrown) {
    // It throws an error value as it is; what it throws itself is an error of JavaScript's.
    return thrown instanceof Error
      ? { kind: 'trap', message: thrown.message }
      : { kind: 'error', value: thrown };
  }
}

const shown = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;

/** What jco stops at and the specification allows: other numbers than 0 and 1, and bits of no flag. */
const ALLOWED_HERE = /bool|extraneous bits/;
/** What the specification stops at and jco lets pass, which cuts off or replaces what is wrong; or our own limit. */
const STOPPED_HERE = /out of bounds|not valid utf|^result: larger than/;

/** Whether both came to the same, or to what is known to differ. */
function isAgreed(here: Outcome, there: Outcome): boolean {
  if (there.kind === 'trap' && ALLOWED_HERE.test(there.message)) return here.kind !== 'error';
  if (here.kind === 'trap' && there.kind !== 'trap') return STOPPED_HERE.test(here.message);
  if (here.kind === 'trap' || there.kind === 'trap') return here.kind === there.kind;
  expect(here).to.deep.equal(there);
  return true;
}

describe('the canonical ABI beside jco', function () {
  this.timeout(TIMEOUT_MS);
  let folder: JcoFolder;
  before(async () => {
    folder = await JcoFolder.open();
  });
  after(() => folder[Symbol.asyncDispose]());

  it('shows host and caller the same values, for any type and encoding of texts', async () => {
    const anyCase = fc.tuple(anyShape, anyEncoding).chain(([shape, encoding]) =>
      fc.record({
        shape: fc.constant(shape),
        encoding: fc.constant(encoding),
        values: fc.array(valueOf(shape), { minLength: 1 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ shape, encoding, values }) => {
        const bytes = await assemble(echo(shape, encoding));
        const seen: { readonly ours: unknown[]; readonly theirs: unknown[] } = {
          ours: [],
          theirs: [],
        };
        const record = (list: unknown[]): JcoFunction => {
          return (value) => {
            list.push(value);
            return value;
          };
        };
        const guest = bind(bytes, { host: record(seen.ours) });
        const transpiled = await folder.transpile(bytes);
        const exports = transpiled.instantiate({ host: { default: record(seen.theirs) } });
        const echoed = exports['echo'] as JcoFunction;
        for (const value of values) {
          expect(guest.invoke('echo', [[value]])).to.deep.equal(echoed([value]));
        }
        expect(seen.ours).to.deep.equal(seen.theirs);
      }),
      { numRuns: RUNS },
    );
  });

  it('throws the same errors, of the host and of the guest', async () => {
    const part = fc.option(anyShape, { nil: undefined });
    const anyCase = fc
      .record({ ok: part, err: part })
      .map(({ ok, err }): Shape => ({ kind: 'result', ok, err }))
      .chain((shape) =>
        fc.record({
          shape: fc.constant(shape),
          values: fc.array(valueOf(shape), { minLength: 1, maxLength: 4 }),
        }),
      );
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ shape, values }) => {
        const bytes = await assemble(echo(shape, 'utf8', true));
        const answerBy =
          (fail: (payload: unknown) => unknown): JcoFunction =>
          (given) => {
            const [{ tag, val }] = given as [{ tag: 'ok' | 'err'; val: unknown }];
            if (tag === 'ok') return val;
            throw fail(val);
          };
        const guest = bind(bytes, { host: answerBy((payload) => new HostResultError(payload)) });
        const transpiled = await folder.transpile(bytes);
        const host = answerBy((payload) => ({ payload }));
        const echoed = transpiled.instantiate({ host: { default: host } })['echo'] as JcoFunction;
        for (const value of values) {
          const { tag, val } = value as { readonly tag: 'ok' | 'err'; readonly val: unknown };
          const outcome = ours(() => guest.invoke('echo', [[value]]));
          expect(outcome).to.deep.equal(theirs(() => echoed([value])));
          expect(outcome).to.deep.equal({ kind: tag === 'ok' ? 'value' : 'error', value: val });
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('makes of any bytes in memory the same value, or a trap where they are none', async () => {
    const word = fc.oneof(
      fc.constantFrom(0, 1, 2, 3, 255, 256, 65_535, 65_536, 65_544, 65_550),
      fc.constantFrom(0xd800, 0x10_ffff, 0x11_0000, 0x7ff8_0001, 0x7fc0_0001, 0x8000_0002),
      fc.nat(0xffff_ffff),
    );
    const anyCase = fc.record({
      shape: anyShape,
      encoding: anyEncoding,
      images: fc.array(
        fc
          .array(word, { maxLength: 24 })
          .map((words) => new Uint8Array(Uint32Array.from(words).buffer)),
        { minLength: 1, maxLength: 10 },
      ),
    });
    const met = { value: 0, trap: 0, error: 0 };
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ shape, encoding, images }) => {
        const bytes = await assemble(rawValue(shape, encoding));
        const transpiled = await folder.transpile(bytes);
        for (const image of images) {
          const outcome = ours(() => bind(bytes).invoke('raw', [image]));
          const raw = transpiled.instantiate()['raw'] as JcoFunction;
          met[outcome.kind]++;
          const other = theirs(() => raw(image));
          expect(isAgreed(outcome, other), JSON.stringify([outcome, other], shown)).to.equal(true);
        }
      }),
      { numRuns: RUNS },
    );
    expect(met.value).to.be.greaterThan(0);
    expect(met.trap).to.be.greaterThan(0);
  });

  it('sees every number bit by bit, except that a NaN may become another NaN', async () => {
    const bytes = await assemble(BITS);
    const guest = bind(bytes);
    const jco = (await folder.transpile(bytes)).instantiate();
    const bits = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc
        .bigInt({ min: 0n, max: 2n ** 52n - 1n })
        .map((payload) => payload + 0x7ff0_0000_0000_0000n),
    );
    fc.assert(
      fc.property(bits, fc.nat(0xffff_ffff), (wide, narrow) => {
        for (const [name, given] of [
          ['double', wide],
          ['single', narrow],
          ['single', 0x7f80_0000 + (narrow % 0x80_0000)],
        ] as const) {
          const number = guest.invoke(`to-${name}`, [given]) as number;
          expect(number).to.deep.equal((jco[camel('to', name)] as JcoFunction)(given));
          const back = guest.invoke(`from-${name}`, [number]);
          const other = (jco[camel('from', name)] as JcoFunction)(number);
          // Which NaN comes back is nobody's to say: neither keeps to one, and the engine may change it.
          if (Number.isNaN(number)) expect([back, other].every(isNan[name])).to.equal(true);
          else expect([back, other]).to.deep.equal([given, given]);
        }
      }),
      { numRuns: WANTED },
    );
  });

  it('knows no more than 32 flags, as the specification since 0.2', async () => {
    const flags = (count: number): Shape => ({ kind: 'flags', count });
    for (const count of [33, 64, 65]) {
      const text = echo(flags(count), 'utf8');
      const assembled = await assemble(text).then((bytes) => bytes, String);
      if (typeof assembled === 'string') {
        expect(assembled).to.include('flags');
      } else {
        expect(() => bind(assembled)).to.throw(/more than 32 flags/);
        const rejected = await folder.transpile(assembled).then(() => '', String);
        expect(rejected).to.include('flags');
      }
    }
  });
});

const isNan = {
  double: (bits: unknown): boolean =>
    ((bits as bigint) & (2n ** 63n - 1n)) > 0x7ff0_0000_0000_0000n,
  single: (bits: unknown): boolean => ((bits as number) & 0x7fff_ffff) > 0x7f80_0000,
};

function camel(verb: string, noun: string): string {
  return `${verb}${noun.charAt(0).toUpperCase()}${noun.slice(1)}`;
}

/** Takes numbers apart and puts them together; it has no use for memory. */
const BITS = `(component
  (core module $m
    (func (export "to-double") (param i64) (result f64) (f64.reinterpret_i64 (local.get 0)))
    (func (export "from-double") (param f64) (result i64) (i64.reinterpret_f64 (local.get 0)))
    (func (export "to-single") (param i32) (result f32) (f32.reinterpret_i32 (local.get 0)))
    (func (export "from-single") (param f32) (result i32) (i32.reinterpret_f32 (local.get 0))))
  (core instance $m (instantiate $m))
  (func (export "to-double") (param "x" u64) (result f64) (canon lift (core func $m "to-double")))
  (func (export "from-double") (param "x" f64) (result u64) (canon lift (core func $m "from-double")))
  (func (export "to-single") (param "x" u32) (result f32) (canon lift (core func $m "to-single")))
  (func (export "from-single") (param "x" f32) (result u32) (canon lift (core func $m "from-single"))))`;

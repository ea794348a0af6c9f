import { expect } from 'chai';
import * as fc from 'fast-check';
import { wasiImports } from '../../workers/abi/component/wasi/wasi-imports.ts';
import { CapabilityRefused, GuestTrap, PayloadTooLarge } from '../../workers/guest-failure.ts';
import { fakeKeyValue } from '../guests/fake-key-value.ts';
import { recordingHost } from '../guests/recording-host.ts';
import { assemble, BASE, bindText, bindTo, OPTIONS, thrownBy } from './component-guest.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const LIMIT = 1_000;
const ENVELOPE = 65_536;

/** Gives back how long each list is that it was given. */
const TAKER = `(component ${BASE}
  (type $bytes (list u8)) (type $longs (list u64)) (type $lists (list $bytes))
  (type $entry (tuple string $bytes)) (type $record (record (field "a" $bytes) (field "b" string)))
  (core module $M
    (func (export "one") (param i32 i32) (result i32) (local.get 1))
    (func (export "two") (param i32 i32 i32 i32) (result i32)
      (i32.add (local.get 1) (local.get 3))))
  (core instance $m (instantiate $M))
  (alias core export $m "one" (core func $one))
  (alias core export $m "two" (core func $two))
  (func (export "bytes") (param "v" $bytes) (result u32) (canon lift (core func $one) ${OPTIONS}))
  (func (export "text") (param "v" string) (result u32) (canon lift (core func $one) ${OPTIONS}))
  (func (export "longs") (param "v" $longs) (result u32) (canon lift (core func $one) ${OPTIONS}))
  (func (export "lists") (param "v" $lists) (result u32) (canon lift (core func $one) ${OPTIONS}))
  (func (export "pair") (param "k" string) (param "v" $bytes) (result u32)
    (canon lift (core func $two) ${OPTIONS}))
  (func (export "entry") (param "v" $entry) (result u32) (canon lift (core func $two) ${OPTIONS}))
  (func (export "record") (param "v" $record) (result u32)
    (canon lift (core func $two) ${OPTIONS})))`;

describe('the payload limit of a component', () => {
  it('is exact for each argument, whatever stands beside it', async () => {
    const guest = await bindText(TAKER, {}, LIMIT);
    const full = new Uint8Array(LIMIT);
    const over = new Uint8Array(LIMIT + 1);
    expect(guest.invoke('bytes', [full])).to.equal(LIMIT);
    expect(guest.invoke('bytes', [[...full]])).to.equal(LIMIT);
    expect(guest.invoke('text', ['a'.repeat(LIMIT)])).to.equal(LIMIT);
    expect(guest.invoke('text', ['é'.repeat(LIMIT / 2)])).to.equal(LIMIT);
    expect(guest.invoke('longs', [new BigUint64Array(LIMIT / 8)])).to.equal(LIMIT / 8);
    expect(guest.invoke('lists', [[full, new Uint8Array(0)]])).to.equal(2);
    expect(guest.invoke('pair', ['k'.repeat(LIMIT), full])).to.equal(2 * LIMIT);
    expect(guest.invoke('entry', [['', full]])).to.equal(LIMIT);
    expect(guest.invoke('record', [{ a: full, b: '' }])).to.equal(LIMIT);
    const tooLarge: readonly (readonly [string, readonly unknown[], string])[] = [
      ['bytes', [over], 'args[0]'],
      ['bytes', [[...over]], 'args[0]'],
      ['text', ['a'.repeat(LIMIT + 1)], 'args[0]'],
      ['text', ['€'.repeat(LIMIT / 2)], 'args[0]'],
      ['longs', [new BigUint64Array(LIMIT / 8 + 1)], 'args[0]'],
      ['lists', [[full, new Uint8Array(1)]], 'args[0]'],
      ['pair', ['k', over], 'args[1]'],
      ['entry', [['k', full]], 'args[0]'],
      ['record', [{ a: full, b: 'b' }], 'args[0]'],
    ];
    for (const [name, args, field] of tooLarge) {
      const thrown = thrownBy(() => guest.invoke(name, args));
      expect(thrown, name).to.be.instanceOf(PayloadTooLarge);
      expect((thrown as PayloadTooLarge).field).to.equal(field);
    }
    expect(guest.invoke('bytes', [full])).to.equal(LIMIT);
  });

  it('counts the bytes of text exactly, for any text', async () => {
    const guest = await bindText(TAKER, {}, LIMIT);
    const text = fc
      .tuple(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat({ max: 30 }))
      .map(([part, times]) => part.repeat(times));
    fc.assert(
      fc.property(text, (value) => {
        const bytes = new TextEncoder().encode(value).length;
        if (bytes <= LIMIT) expect(guest.invoke('text', [value])).to.equal(bytes);
        else {
          expect(thrownBy(() => guest.invoke('text', [value]))).to.be.instanceOf(PayloadTooLarge);
        }
      }),
      { numRuns },
    );
  });

  it('bounds what has no content too, such as a list of empty lists', async () => {
    const guest = await bindText(TAKER, {}, LIMIT);
    const nothing = new Uint8Array(0);
    const empty = (count: number): unknown[] => Array.from({ length: count }, () => nothing);
    expect(guest.invoke('lists', [empty(8_000)])).to.equal(8_000);
    expect(thrownBy(() => guest.invoke('lists', [empty(9_000)]))).to.be.instanceOf(PayloadTooLarge);
    const holes: unknown[] = [];
    holes.length = 2 ** 32 - 1;
    expect(thrownBy(() => guest.invoke('bytes', [holes]))).to.be.instanceOf(PayloadTooLarge);
  });

  it('is exact for a result, and the guest lives on above it', async () => {
    const guest = await bindText(
      `(component ${BASE} (type $bytes (list u8))
        (core module $M (import "" "memory" (memory 1))
          (func (export "f") (param i32) (result i32)
            (i32.store (i32.const 16) (i32.const 64)) (i32.store (i32.const 20) (local.get 0))
            (i32.const 16)))
        (core instance $m (instantiate $M (with "" (instance $base))))
        (alias core export $m "f" (core func $f))
        (func (export "f") (param "n" u32) (result $bytes) (canon lift (core func $f) ${OPTIONS})))`,
      {},
      LIMIT,
    );
    expect(guest.invoke('f', [LIMIT])).to.have.length(LIMIT);
    const thrown = thrownBy(() => guest.invoke('f', [LIMIT + 1]));
    expect(thrown).to.be.instanceOf(PayloadTooLarge);
    expect((thrown as PayloadTooLarge).field).to.equal('result');
    expect(guest.invoke('f', [1])).to.have.length(1);
  });
});

/** Sets a value of any length from its own memory, and answers the case of the result and its error. */
const SETTER = `(component
  (import "wasi:keyvalue/store@0.2.0-draft" (instance $store
    (type $error (variant (case "no-such-store") (case "access-denied") (case "other" string)))
    (export "bucket" (type $bucket (sub resource)))
    (type $own (own $bucket)) (type $borrow (borrow $bucket)) (type $bytes (list u8))
    (type $opened (result $own (error $error))) (type $done (result (error $error)))
    (export "open" (func (param "identifier" string) (result $opened)))
    (export "[method]bucket.set"
      (func (param "self" $borrow) (param "key" string) (param "value" $bytes) (result $done)))))
  (alias export $store "open" (func $open))
  (alias export $store "[method]bucket.set" (func $set))
  (core module $Base
    (memory (export "memory") 8)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $base (instantiate $Base))
  (alias core export $base "memory" (core memory $memory))
  (alias core export $base "realloc" (core func $realloc))
  (core func $low-open (canon lower (func $open) ${OPTIONS}))
  (core func $low-set (canon lower (func $set) ${OPTIONS}))
  (core module $M
    (import "base" "memory" (memory 1))
    (import "host" "open" (func $open (param i32 i32 i32)))
    (import "host" "set" (func $set (param i32 i32 i32 i32 i32 i32)))
    (data (i32.const 0) "default")
    (func (export "set") (param $length i32) (result i32)
      (call $open (i32.const 0) (i32.const 7) (i32.const 64))
      (call $set (i32.load (i32.const 68)) (i32.const 0) (i32.const 3)
        (i32.const 0) (local.get $length) (i32.const 128))
      (i32.mul (i32.load8_u (i32.const 128))
        (i32.or (i32.const 1) (i32.shl (i32.load8_u (i32.const 132)) (i32.const 8))))))
  (core instance $m (instantiate $M (with "base" (instance $base)) (with "host" (instance
    (export "open" (func $low-open)) (export "set" (func $low-set))))))
  (alias core export $m "set" (core func $f))
  (func (export "set") (param "length" u32) (result u32) (canon lift (core func $f))))`;

/** `err(other(…))`, as the component above tells it. */
const OTHER = 0x0201;

describe('a component that says more than a capability message may carry', () => {
  it('hears so in its own form and lives, and is stopped only far above that', async () => {
    const store = fakeKeyValue();
    const bytes = await assemble(SETTER);
    const bound = (): ReturnType<typeof bindTo> => {
      const host = recordingHost({
        payloadBytes: LIMIT,
        serve: (operation, args) => {
          const value = args[2];
          if (value instanceof Uint8Array && value.length > LIMIT + ENVELOPE) {
            throw new CapabilityRefused({ code: 'RESOURCE_EXHAUSTED', message: 'too large' });
          }
          return store.serve(operation, args);
        },
      });
      return bindTo(bytes, host, wasiImports(host));
    };
    const guest = bound();
    expect(guest.invoke('set', [LIMIT])).to.equal(0);
    expect(guest.invoke('set', [LIMIT + ENVELOPE + 1])).to.equal(OTHER);
    expect(guest.invoke('set', [2 * (LIMIT + ENVELOPE) - 3])).to.equal(OTHER);
    expect(guest.invoke('set', [LIMIT])).to.equal(0);
    expect(store.values.get('def')).to.have.length(LIMIT);
    const far = thrownBy(() => guest.invoke('set', [2 * (LIMIT + ENVELOPE) - 2]));
    expect(far).to.be.instanceOf(GuestTrap);
    expect(far.message).to.match(/arguments of an import: larger than 133072 bytes/);
    expect(thrownBy(() => bound().invoke('set', [0xffff_ffff]))).to.be.instanceOf(GuestTrap);
    expect(store.values.get('def')).to.have.length(LIMIT);
  });
});

/** Answers a list of as many elements as it is asked for, all from a memory of zeros. */
function listOf(types: string, element: string, pages = 40): string {
  return `(component ${types} (type $list (list ${element}))
    (core module $M
      (memory (export "memory") ${pages})
      (func (export "f") (param i32) (result i32)
        (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (local.get 0))
        (i32.const 0)))
    (core instance $m (instantiate $M))
    (alias core export $m "memory" (core memory $memory))
    (alias core export $m "f" (core func $f))
    (func (export "f") (param "n" u32) (result $list)
      (canon lift (core func $f) (memory $memory))))`;
}

const DEFAULT_LIMIT = 1_048_576;
const LONG_NAME = `a${'b'.repeat(99)}`;

describe('the result of a component', () => {
  const records = '(type $e (record (field "a" u8)))';
  const shapes: readonly (readonly [string, string, string, number])[] = [
    ['records', records, '$e', 22_000],
    ['records with long names', `(type $e (record (field "${LONG_NAME}" u8)))`, '$e', 7_000],
    ['enums with long labels', `(type $e (enum "${LONG_NAME}"))`, '$e', 11_000],
    ['variants', '(type $e (variant (case "a") (case "b" u8)))', '$e', 15_000],
    ['flags', '(type $e (flags "a" "b" "c" "d"))', '$e', 11_000],
    ['scalars', '', 'bool', 69_000],
    ['options', '(type $e (option u8))', '$e', 69_000],
    ['empty lists', '(type $e (list u8))', '$e', 17_000],
    ['tuples of strings', '(type $e (tuple string string))', '$e', 17_000],
  ];
  for (const [what, types, element, count] of shapes) {
    it(`is bounded in the work that the host has with it: ${what}`, async () => {
      const guest = await bindText(listOf(types, element), {}, DEFAULT_LIMIT);
      expect(guest.invoke('f', [count])).to.have.length(count);
      const thrown = thrownBy(() => guest.invoke('f', [Math.ceil(count * 1.1)]));
      expect(thrown).to.be.instanceOf(PayloadTooLarge);
      expect((thrown as PayloadTooLarge).field).to.equal('result');
      expect(guest.invoke('f', [1])).to.have.length(1);
    });
  }

  it('is as large as ever where it is a list of numbers', async () => {
    const guest = await bindText(listOf('', 'u8'), {}, DEFAULT_LIMIT);
    expect(guest.invoke('f', [DEFAULT_LIMIT])).to.have.length(DEFAULT_LIMIT);
    expect(thrownBy(() => guest.invoke('f', [DEFAULT_LIMIT + 1]))).to.be.instanceOf(
      PayloadTooLarge,
    );
  });

  it('names the type of a value without a case', async () => {
    const guest = await bindText(
      `(component ${BASE} (type $e (enum "a"))
        (core module $M (func (export "f") (result i32) (i32.const 9)))
        (core instance $m (instantiate $M))
        (alias core export $m "f" (core func $f))
        (func (export "f") (result $e) (canon lift (core func $f))))`,
    );
    expect(thrownBy(() => guest.invoke('f', [])).message).to.equal('the enum has no case 9');
  });
});

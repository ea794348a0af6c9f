import assert from 'node:assert/strict';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { WireError, WireReader, WireWriter } from '../../lib/protocol/wire-codec.ts';
import { RUNS } from '../core/property-runs.ts';

const LIMIT = 1_048_576;

const leaf: fc.Arbitrary<WireValue> = fc.oneof(
  fc.constantFrom(null, undefined, true, false, -0, 0, '', '__proto__', 'ключ 🔑', '\0'),
  fc.integer(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 200 }),
);
const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '0', ''),
);
const values: fc.Arbitrary<WireValue> = fc.letrec<{ any: WireValue }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    leaf,
    fc.array(tie('any'), { maxLength: 6 }),
    fc
      .uniqueArray(fc.tuple(key, tie('any')), { selector: ([name]) => name, maxLength: 6 })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).any;

function encoded(value: WireValue, limitBytes = LIMIT): Uint8Array {
  const writer = new WireWriter(limitBytes);
  writer.value(value);
  return writer.written.slice();
}

function roundTrip(value: WireValue): WireValue {
  const reader = new WireReader(encoded(value));
  const back = reader.value();
  expect(reader.isAtEnd).to.equal(true);
  return back;
}

function nested(depth: number): WireValue {
  let value: WireValue = null;
  for (let n = 0; n < depth; n++) value = n % 2 === 0 ? [value] : { inner: value };
  return value;
}

describe('the wire codec', () => {
  it('P16 · gives back every value as it was', () => {
    fc.assert(
      fc.property(values, (value) => assert.deepStrictEqual(roundTrip(value), value)),
      RUNS,
    );
  });

  it('P16 · gives back several values in a row, from a writer that is used again', () => {
    const writer = new WireWriter(LIMIT);
    fc.assert(
      fc.property(fc.array(values, { maxLength: 5 }), (sequence) => {
        writer.reset();
        for (const value of sequence) writer.value(value);
        const reader = new WireReader(writer.written.slice());
        for (const value of sequence) assert.deepStrictEqual(reader.value(), value);
        expect(reader.isAtEnd).to.equal(true);
      }),
      RUNS,
    );
  });

  it('P16 · gives back messages of any size, wherever its memory has to grow', () => {
    for (let padding = 1_000; padding <= 1_030; padding++) {
      for (const value of [7, 0.5, 2n ** 63n, -1n, 'x', new Uint8Array(3), [1, 2], { a: 1 }]) {
        const whole: WireValue = [new Uint8Array(padding), value, value];
        assert.deepStrictEqual(roundTrip(whole), whole);
      }
    }
    const numbers = Array.from({ length: 10_000 }, (_, n) => (n % 3 === 0 ? n / 7 : n));
    assert.deepStrictEqual(roundTrip(numbers), numbers);
  });

  it('P16 · keeps the border cases of numbers apart', () => {
    const numbers = [
      0,
      -0,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 31,
      -(2 ** 31),
      2 ** 53,
      5e-324,
    ];
    for (const number of numbers) expect(Object.is(roundTrip(number), number)).to.equal(true);
    for (const integer of [0n, -(2n ** 63n), 2n ** 63n, 2n ** 64n - 1n]) {
      expect(roundTrip(integer)).to.equal(integer);
    }
  });

  it('makes mere data of the names that prototypes have', () => {
    const record = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}') as WireValue;
    const back = roundTrip(record) as Record<string, unknown>;
    expect(Object.keys(back)).to.deep.equal(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(back)).to.equal(Object.prototype);
    expect(back['polluted']).to.equal(undefined);
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  });

  it('replaces each lone surrogate by U+FFFD, because UTF-8 has none', () => {
    expect(roundTrip('a\ud800b')).to.equal('a\ufffdb');
    expect(roundTrip('\udc00\ud800')).to.equal('\ufffd\ufffd');
    expect(roundTrip('🔑\ud83d')).to.equal('🔑\ufffd');
    expect(roundTrip({ '\ud800': 1 })).to.deep.equal({ '\ufffd': 1 });
  });

  it('keeps a byte order mark, which is text like any other', () => {
    expect(roundTrip('\ufeffx')).to.equal('\ufeffx');
  });

  it('gives bytes and text of its own, not a view of the message', () => {
    const message = encoded([new Uint8Array([1, 2, 3])]);
    const [bytes] = new WireReader(message).value() as [Uint8Array];
    message.fill(9);
    expect([...bytes]).to.deep.equal([1, 2, 3]);
  });

  it('takes nesting of 32 levels and refuses the next, both ways', () => {
    assert.deepStrictEqual(roundTrip(nested(32)), nested(32));
    expect(() => encoded(nested(33))).to.throw(WireError, 'deep');
    const deep = new Uint8Array(5 * 33 + 1);
    for (let level = 0; level < 33; level++) deep.set([10, 1, 0, 0, 0], level * 5);
    expect(() => new WireReader(deep).value()).to.throw(WireError, 'deep');
    expect(new WireReader(deep.subarray(5)).value()).to.be.an('array');
    const cyclic: WireValue[] = [];
    cyclic.push(cyclic);
    expect(() => encoded(cyclic)).to.throw(WireError, 'deep');
  });

  it('refuses integers beyond 64 bits, functions and symbols', () => {
    const others: unknown[] = [2n ** 64n, -(2n ** 63n) - 1n, () => 1, Symbol('x')];
    for (const value of others) {
      expect(() => encoded(value as WireValue)).to.throw(WireError, 'no place');
    }
  });
});

describe('the limit of a wire message', () => {
  it('bites for exactly those messages that are larger', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 300 }), (value, limit) => {
        const size = encoded(value).length;
        if (size <= limit) expect(encoded(value, limit)).to.have.length(size);
        else expect(() => encoded(value, limit)).to.throw(WireError, 'exceeds');
      }),
      RUNS,
    );
  });

  it('holds for text too, whose bytes are not known beforehand', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), fc.nat(60), (text, limit) => {
        const size = 5 + Buffer.byteLength(text);
        if (size <= limit) expect(encoded(text, limit)).to.have.length(size);
        else expect(() => encoded(text, limit)).to.throw(WireError, 'exceeds');
      }),
      RUNS,
    );
  });

  it('leaves a writer usable after a refusal', () => {
    const writer = new WireWriter(50);
    expect(() => writer.value('x'.repeat(100))).to.throw(WireError);
    writer.reset();
    writer.value('fine');
    expect(new WireReader(writer.written).value()).to.equal('fine');
  });

  it('does not keep the memory of one large message for good', () => {
    const writer = new WireWriter(4 * LIMIT);
    writer.value(new Uint8Array(3 * LIMIT));
    expect(writer.written.buffer.byteLength).to.be.at.least(3 * LIMIT);
    writer.reset();
    expect(writer.written.buffer.byteLength).to.be.at.most(LIMIT);
  });
});

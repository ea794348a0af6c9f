import { expect } from 'chai';
import * as fc from 'fast-check';
import { readTaggedJson } from '../../lib/protocol/json-text.ts';
import { fromTagged, toTagged } from '../../lib/protocol/tagged-values.ts';
import { RUNS } from '../core/property-runs.ts';
import { thrownBy } from '../thrown.ts';

const VIEWS = [
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
];

/** Keys that look like tags, more often than chance would have it. */
const key = fc.oneof(
  fc.string(),
  fc.constantFrom('$bytes', '$$bytes', '$bigint', '$number', '$undefined', '$', '__proto__', 'a'),
);

const view = fc
  .tuple(fc.constantFrom(...VIEWS), fc.uint8Array({ maxLength: 4 }))
  .map(
    ([make, bytes]) =>
      new make(
        Uint8Array.from({ length: bytes.length * 8 }, (_none, at) => bytes[at >> 3] ?? 0).buffer,
      ),
  );

const { value } = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.boolean(),
    fc.constantFrom(null, undefined, -0, Number.NaN, '$bytes', { $bytes: 'AA==' }, {}),
    fc.uint8Array(),
    view,
  ),
  value: fc.oneof(
    { depthSize: 'small' },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(Object.fromEntries),
  ),
}));

const overTheWire = (given: unknown): unknown =>
  readTaggedJson(new TextEncoder().encode(JSON.stringify(toTagged(given))));

describe('tagged values', () => {
  it('come out as they went in, whatever they are and whatever their keys look like', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(overTheWire({ given })).to.deep.equal({ given });
        expect(Object.is((overTheWire([given]) as unknown[])[0], -0)).to.equal(
          Object.is(given, -0),
        );
      }),
      RUNS,
    );
  });

  it('never show two values as one', () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        const texts = [one, other].map((each) => JSON.stringify(toTagged(each)));
        if (texts[0] === texts[1]) expect(one).to.deep.equal(other);
      }),
      RUNS,
    );
  });

  it('are what the documents say', () => {
    expect(toTagged([Uint8Array.of(1), 5n, Number.NaN, undefined, { $a: 1 }])).to.deep.equal([
      { $bytes: 'AQ==' },
      { $bigint: '5' },
      { $number: 'NaN' },
      { $undefined: true },
      { $$a: 1 },
    ]);
    expect(toTagged({ $a: 1, b: 2 })).to.deep.equal({ $a: 1, b: 2 });
    expect(toTagged(Uint16Array.of(1))).to.deep.equal({ $Uint16Array: 'AQA=' });
  });

  it('of an unknown tag or a wrong content are refused, with the field', () => {
    const wrong = [
      { $unheard: 1 },
      { $bytes: 'A' },
      { $bytes: '!!!!' },
      { $bytes: 5 },
      { $bigint: '1.5' },
      { $bigint: '9'.repeat(2_000) },
      { $number: '5' },
      { $undefined: false },
      { $Uint16Array: 'AQ==' },
      { $constructor: 'AA==' },
    ];
    for (const each of wrong) {
      const error = thrownBy(() => fromTagged([each], 'body'));
      expect(error, JSON.stringify(each)).to.include({ code: 'INVALID_REQUEST' });
      expect(error).to.have.nested.property('details.field', 'body');
    }
  });

  it('refuse what is no data, or drop it where that is asked for', () => {
    class Stranger {
      readonly shown = 1;
    }
    for (const each of [() => 1, Symbol('s'), new Stranger(), new Map()]) {
      expect(thrownBy(() => toTagged({ each }, 'args[0]'))).to.have.nested.property(
        'details.field',
        'args[0]',
      );
    }
    expect(toTagged([() => 1, new Stranger()], 'x', 'drop')).to.deep.equal([
      { $undefined: true },
      { shown: 1 },
    ]);
  });

  it('that have no end are refused in both directions', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(thrownBy(() => toTagged(circle))).to.include({ code: 'INVALID_REQUEST' });
    const deep = new TextEncoder().encode('['.repeat(200_000));
    expect(thrownBy(() => readTaggedJson(deep))).to.have.property(
      'message',
      'body: is nested too deeply',
    );
    const shallow = new TextEncoder().encode(JSON.stringify(`${'['.repeat(1_000)}"\\`));
    expect(readTaggedJson(shallow)).to.equal(`${'['.repeat(1_000)}"\\`);
  });

  it('are found behind an escape as well, and bytes that are no UTF-8 are none', () => {
    const escaped = new TextEncoder().encode('{"\\u0024bigint":"5"}');
    expect(readTaggedJson(escaped)).to.equal(5n);
    for (const bytes of [[0x22, 0xff, 0x22], [0x22, 0xc3], [], [0x7b]]) {
      expect(thrownBy(() => readTaggedJson(Uint8Array.from(bytes)))).to.include({
        code: 'INVALID_REQUEST',
      });
    }
  });
});

import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { answerText, argumentsFrom, NotJson } from '../../workers/abi/wapc/json-values.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);

const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString'));
const { value } = fc.letrec<{ value: WireValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<WireValue>(null, true, false),
    fc.integer(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 50 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('arguments and answers of waPC guests in JSON', () => {
  it('come out as they went in, bytes and large integers too', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (values) => {
        expect(argumentsFrom(answerText(values))).to.deep.equal(values);
      }),
      { numRuns },
    );
  });

  it('are marked by the only key of a record, and are data where there are others', () => {
    expect(argumentsFrom('[{"$bytes":"aGk=","more":1},{"$other":"aGk="}]')).to.deep.equal([
      { $bytes: 'aGk=', more: 1 },
      { $other: 'aGk=' },
    ]);
    expect(answerText(undefined)).to.equal('null');
    expect(answerText(Uint8Array.of(1))).to.equal('{"$bytes":"AQ=="}');
    expect(answerText(-5n)).to.equal('{"$bigint":"-5"}');
  });

  it('are refused for what they are not, however deep or wrong', () => {
    const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    for (const text of [
      '',
      '{}',
      'null',
      '"text"',
      '[',
      '[{"$bytes":1}]',
      '[{"$bytes":"a"}]',
      '[{"$bytes":"aGk"}]',
      '[{"$bytes":"a b="}]',
      '[{"$bigint":1}]',
      '[{"$bigint":"1n"}]',
      '[{"$bigint":"0x1"}]',
      `[{"$bigint":"${'9'.repeat(21)}"}]`,
      deep(34),
      deep(500_000),
    ]) {
      expect(() => argumentsFrom(text), text.slice(0, 40)).to.throw(NotJson);
    }
    expect(argumentsFrom(deep(33))).to.have.length(1);
  });
});

import { expect } from 'chai';
import * as fc from 'fast-check';
import { freshId, instanceId, plainId, providerId } from '../../lib/core/ids.ts';
import { thrownBy } from '../thrown.ts';
import { RUNS } from './property-runs.ts';

const first = ['A', 'B', 'Z', 'a', 'x', 'z', '0', '1', '9'];
const rest = [...first, '.', '_', ':', '-'];
const validId = fc
  .tuple(fc.constantFrom(...first), fc.string({ unit: fc.constantFrom(...rest), maxLength: 127 }))
  .map(([head, tail]) => head + tail);

/** The rule letter by letter, without a regular expression. */
function isId(text: string): boolean {
  if (text.length < 1 || text.length > 128) return false;
  return Array.from(text).every((each, index) => {
    const at = each.charCodeAt(0);
    const isAlphanumeric =
      (at >= 48 && at <= 57) || (at >= 65 && at <= 90) || (at >= 97 && at <= 122);
    return each.length === 1 && (isAlphanumeric || (index > 0 && '._:-'.includes(each)));
  });
}

describe('ids', () => {
  it('P18 · are accepted as they are when they follow the rule', () => {
    fc.assert(
      fc.property(validId, (id) => {
        expect(instanceId(id)).to.equal(id);
        expect(providerId(id)).to.equal(id);
        expect(plainId(id, 'nodeId')).to.equal(id);
      }),
      RUNS,
    );
  });

  it('P18 · are refused, naming the field, exactly when they break the rule', () => {
    const unit = fc.constantFrom(
      'a',
      'Z',
      '5',
      '.',
      '-',
      ' ',
      '\n',
      '\0',
      '/',
      'é',
      '🔑',
      '\u2028',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 5 }), (text) => {
        if (isId(text)) {
          expect(instanceId(text)).to.equal(text);
          return;
        }
        const error = thrownBy(() => instanceId(text, 'some.field'));
        expect(error.code).to.equal('INVALID_REQUEST');
        expect(error.details['field']).to.equal('some.field');
      }),
      RUNS,
    );
  });

  it('refuse control characters, paths, property names of prototypes and other types', () => {
    const bad: unknown[] = ['a\n', '\na', 'a\0', 'a\u0007b', 'a b', '../a', '', '-a', '__proto__'];
    bad.push('x'.repeat(129), 5, null, undefined, ['a'], { toString: () => 'a' });
    for (const value of bad) {
      expect(thrownBy(() => instanceId(value)).details['field']).to.equal('instanceId');
      expect(thrownBy(() => providerId(value)).details['field']).to.equal('providerId');
      expect(thrownBy(() => plainId(value, 'nodeId')).details['field']).to.equal('nodeId');
    }
  });

  it('made afresh follow the rule and hold 64 bits of the random source', () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.infiniteStream(chance), (stream) => {
        const id = freshId('i', () => stream.next().value as number);
        expect(id).to.match(/^i-[0-9a-f]{16}$/);
        expect(instanceId(id)).to.equal(id);
      }),
      RUNS,
    );
    expect(freshId('i', () => 0)).to.equal('i-0000000000000000');
    expect(freshId('i', () => 1 - 2 ** -53)).to.equal('i-ffffffffffffffff');
  });
});

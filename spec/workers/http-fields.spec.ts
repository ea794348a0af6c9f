import { expect } from 'chai';
import * as fc from 'fast-check';
import { GuestTrap } from '../../workers/guest-failure.ts';
import { bytes, drop, errorOf, httpLife, text } from './http-life.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);

const FORBIDDEN = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'transfer-encoding',
  'upgrade',
  'host',
  'http2-settings',
];
const NO_NAMES = ['', ' ', 'a b', 'a:', 'ä', 'a\r\nb', 'a\0', '(x)', 'x'.repeat(2_000)];
const NO_VALUES = ['a\r\nb: c', '\n', '\0', '\u007f', '\u001b[0m'];

const name = fc.constantFrom('a', 'A', 'b', 'X-Long', 'x-long', 'constructor', '__proto__');
const value = fc.uint8Array({ maxLength: 6 }).map((all) => all.map((byte) => (byte % 90) + 33));
type Step = readonly [kind: 'set' | 'append' | 'delete', name: string, values: Uint8Array[]];
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('set' as const, 'append' as const, 'delete' as const),
  name,
  fc.array(value, { minLength: 1, maxLength: 3 }),
);

/** What a list of headers would do. */
function predicted(
  model: readonly (readonly [string, Uint8Array])[],
  [kind, key, values]: Step,
): (readonly [string, Uint8Array])[] {
  const others = model.filter(([each]) => each.toLowerCase() !== key.toLowerCase());
  if (kind === 'delete') return others;
  if (kind === 'set') return [...others, ...values.map((each) => [key, each] as const)];
  return [...model, [key, values[0]!]];
}

describe('fields of wasi:http', () => {
  it('are a list of headers in which names differ by more than their case', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { types } = httpLife();
        const fields = types('fields');
        let model: (readonly [string, Uint8Array])[] = [];
        for (const [kind, key, values] of steps) {
          if (kind === 'delete') types('fields.delete', fields, key);
          else types(`fields.${kind}`, fields, key, kind === 'set' ? values : values[0]);
          model = predicted(model, [kind, key, values]);
          const same = model.filter(([each]) => each.toLowerCase() === key.toLowerCase());
          expect(types('fields.get', fields, key)).to.deep.equal(same.map(([, each]) => each));
          expect(types('fields.has', fields, key)).to.equal(same.length > 0);
        }
        expect(types('fields.entries', fields)).to.deep.equal(model);
        const copy = types('fields.clone', fields);
        types('fields.append', copy, 'only-here', bytes('1'));
        expect(types('fields.entries', fields)).to.deep.equal(model);
        expect(types('fields.entries', copy)).to.have.length(model.length + 1);
      }),
      { numRuns },
    );
  });

  it('refuse what is no name, no value or not for guests to set, and change nothing then', () => {
    const { types, fields } = httpLife();
    const list = fields([['kept', 'yes']]);
    const bad = [
      ...NO_NAMES.map((each) => [each, 'v', 'invalid-syntax'] as const),
      ...NO_VALUES.map((each) => ['n', each, 'invalid-syntax'] as const),
      ...FORBIDDEN.map((each) => [each, 'v', 'forbidden'] as const),
      ...FORBIDDEN.map((each) => [each.toUpperCase(), 'v', 'forbidden'] as const),
    ];
    for (const [key, content, tag] of bad) {
      const attempts = [
        () =>
          fields([
            ['fine', 'v'],
            [key, content],
          ]),
        () => types('fields.set', list, key, [bytes('fine'), bytes(content)]),
        () => types('fields.append', list, key, bytes(content)),
      ];
      for (const attempt of attempts) expect(errorOf(attempt), key).to.deep.equal({ tag });
    }
    for (const key of NO_NAMES) {
      expect(errorOf(() => types('fields.delete', list, key))).to.deep.equal({
        tag: 'invalid-syntax',
      });
      expect(types('fields.has', list, key)).to.equal(false);
      expect(types('fields.get', list, key)).to.deep.equal([]);
    }
    expect(types('fields.entries', list)).to.deep.equal([['kept', bytes('yes')]]);
  });

  it('keep the bytes of values that are no text', () => {
    const { types } = httpLife();
    const odd = Uint8Array.from([0x09, 0x20, 0x80, 0xff]);
    const list = types('fields.from-list', [['x', odd]]);
    expect(types('fields.get', list, 'X')).to.deep.equal([odd]);
  });

  it('are immutable where they belong to a request or a response', () => {
    const life = httpLife(() => ({ headers: [['x-answer', '42']] }));
    const shown = [
      life.types('outgoing-request.headers', life.request([['x-answer', '42']])),
      life.types(
        'outgoing-response.headers',
        life.types('outgoing-response', life.fields([['x-answer', '42']])),
      ),
      life.types('incoming-response.headers', life.response()),
    ];
    for (const list of shown) {
      const changes = [
        () => life.types('fields.set', list, 'x-answer', []),
        () => life.types('fields.append', list, 'y', bytes('1')),
        () => life.types('fields.delete', list, 'x-answer'),
      ];
      for (const change of changes) expect(errorOf(change)).to.deep.equal({ tag: 'immutable' });
      expect(life.types('fields.get', list, 'X-Answer')).to.deep.equal([Buffer.from('42')]);
      life.types('fields.append', life.types('fields.clone', list), 'y', bytes('1'));
    }
  });

  it('of a response do not show what only concerned its connection', () => {
    const headers = [...FORBIDDEN, 'Transfer-Encoding', 'x-kept'].map(
      (each) => [each, 'v'] as const,
    );
    const life = httpLife(() => ({ headers }));
    const list = life.types('incoming-response.headers', life.response());
    const entries = life.types('fields.entries', list) as [string, Uint8Array][];
    expect(entries.map(([key, content]) => [key, text(content)])).to.deep.equal([['x-kept', 'v']]);
  });

  it('P19 · stop the guest before they take more of the host than their bound', () => {
    const append = (payloadBytes: number): number => {
      const { types } = httpLife(undefined, { payloadBytes });
      const list = types('fields');
      let count = 0;
      expect(() => {
        for (; count < 1_000; count++)
          types('fields.append', list, 'n', new Uint8Array(10_000).fill(65));
      }).to.throw(GuestTrap);
      return count;
    };
    expect(append(1_000)).to.equal(7);
    expect(append(10_000)).to.equal(14);
    const { types, fields } = httpLife(undefined, { payloadBytes: 1_000 });
    const list = fields([['n', 'x'.repeat(20_000)]]);
    expect(() => {
      for (let count = 0; count < 10; count++) types('fields.clone', list);
    }).to.throw(GuestTrap);
  });

  it('P19 · give back what they took, however they are shared and in whatever order they are dropped', () => {
    const { types, request, fields, handle, response } = httpLife(
      () => ({ headers: [['n', 'x'.repeat(20_000)]] }),
      { payloadBytes: 1_000 },
    );
    const large = [['n', 'x'.repeat(20_000)]] as const;
    for (let round = 0; round < 50; round++) {
      const list = fields(large);
      drop(types('fields.clone', list));
      drop(list);
      const unsent = request(large);
      const view = types('outgoing-request.headers', unsent);
      drop(unsent);
      expect(types('fields.has', view, 'n')).to.equal(true);
      drop(view);
      const sent = request(large);
      types('outgoing-request.set-path-with-query', sent, `/${'p'.repeat(5_000)}`);
      drop(handle(sent));
      const answer = response();
      const shown = types('incoming-response.headers', answer);
      drop(answer);
      drop(shown);
      const trailers = fields(large);
      const plain = request();
      const body = types('outgoing-request.body', plain);
      expect(errorOf(() => types('outgoing-body.finish', body, trailers))).to.have.property('tag');
      drop(plain);
    }
  });

  it('P19 · are of no use any more once they were given away', () => {
    const { types, fields } = httpLife();
    const list = fields();
    types('outgoing-request', list);
    const uses = [
      () => types('outgoing-request', list),
      () => types('outgoing-response', list),
      () => types('fields.append', list, 'a', bytes('b')),
      () => types('fields.entries', list),
      () => types('fields.clone', list),
    ];
    for (const use of uses) expect(use).to.throw(GuestTrap);
  });
});

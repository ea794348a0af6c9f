import { expect } from 'chai';
import * as fc from 'fast-check';
import { BadArguments } from '../../workers/guest-failure.ts';
import { BASE, bindText, OPTIONS, thrownBy } from './component-guest.ts';
import { valueOf } from './component-shape-values.ts';
import { anyShape, flatTypes, type Shape, ShapeWriter } from './component-type-shapes.ts';

const RUNS = Number(process.env['FC_RUNS'] ?? 100);

/**
 * A component that hands its argument to the host and the host's answer back, so that a value is
 * lowered and lifted both ways, flat and through memory.
 */
function echo(shape: Shape, encoding: string): string {
  const writer = new ShapeWriter();
  // A tuple around it, so that a result type is not taken for the function's own failure.
  const type = writer.write({ kind: 'tuple', parts: [shape] });
  const flat = flatTypes(shape);
  const params = flat.length > 16 ? ['i32'] : flat;
  const isSpilled = flat.length > 1;
  const gets = params.map((_, at) => `(local.get ${at})`).join(' ');
  const result = isSpilled ? 'i32' : (flat[0] ?? 'i32');
  return `(component
    ${writer.definitions.join('\n')}
    (type $f (func (param "x" ${type}) (result ${type})))
    (import "host" (func $host (type $f)))
    ${BASE}
    (core func $low (canon lower (func $host) ${OPTIONS} string-encoding=${encoding}))
    (core module $main
      (import "" "host" (func $host (param ${params.join(' ')} ${isSpilled ? 'i32' : ''})
        ${isSpilled ? '' : `(result ${result})`}))
      (func (export "echo") (param ${params.join(' ')}) (result ${result})
        ${isSpilled ? `(call $host ${gets} (i32.const 1024)) (i32.const 1024)` : `(call $host ${gets})`}))
    (core instance $main (instantiate $main (with "" (instance (export "host" (func $low))))))
    (alias core export $main "echo" (core func $echo))
    (func (export "echo") (type $f)
      (canon lift (core func $echo) ${OPTIONS} string-encoding=${encoding})))`;
}

describe('values across the border of a component', () => {
  it('come back as they went, for any type and any value, in all three encodings', async function () {
    this.timeout(120_000);
    const anyCase = fc
      .tuple(anyShape, fc.constantFrom('utf8', 'utf16', 'latin1+utf16'))
      .chain(([shape, encoding]) =>
        fc.record({
          shape: fc.constant(shape),
          encoding: fc.constant(encoding),
          values: fc.array(valueOf(shape), { minLength: 1, maxLength: 4 }),
        }),
      );
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ shape, encoding, values }) => {
        const seen: unknown[] = [];
        const guest = await bindText(echo(shape, encoding), {
          host: (value) => {
            seen.push(value);
            return value;
          },
        });
        for (const value of values) {
          expect(guest.invoke('echo', [[value]])).to.deep.equal([value]);
        }
        expect(seen).to.deep.equal(values.map((value) => [value]));
      }),
      { numRuns: RUNS },
    );
  });

  it('are refused by path before the guest is entered', async () => {
    const shape: Shape = {
      kind: 'record',
      parts: [
        { kind: 'list', inner: { kind: 'tuple', parts: [{ kind: 'scalar', name: 'u8' }] } },
        { kind: 'option', inner: { kind: 'scalar', name: 'char' } },
      ],
    };
    let calls = 0;
    const guest = await bindText(echo(shape, 'utf8'), {
      host: (value) => {
        calls++;
        return value;
      },
    });
    const field = (value: unknown): string => {
      const thrown = thrownBy(() => guest.invoke('echo', [[value]]));
      expect(thrown).to.be.instanceOf(BadArguments);
      return (thrown as BadArguments).field;
    };
    expect(field({ field0x: [[1], [256]] })).to.equal('args[0][0].field0x[1][0]');
    expect(field({ field0x: [[1], [-0.5]] })).to.equal('args[0][0].field0x[1][0]');
    expect(field({ field0x: [], field1x: '\ud800' })).to.equal('args[0][0].field1x');
    expect(field({ field0x: [], field1x: 'ab' })).to.equal('args[0][0].field1x');
    expect(field({ field0x: {} })).to.equal('args[0][0].field0x');
    expect(field(7)).to.equal('args[0][0]');
    expect((thrownBy(() => guest.invoke('echo', [])) as BadArguments).field).to.equal('args');
    expect(calls).to.equal(0);
    const good = { field0x: [[1]], field1x: undefined };
    expect(guest.invoke('echo', [[good]])).to.deep.equal([good]);
  });

  it('take arrays for typed arrays, safe integers for bigints and null for none', async () => {
    const parts: Shape[] = [
      { kind: 'list', inner: { kind: 'scalar', name: 'u16' } },
      { kind: 'scalar', name: 'u64' },
      { kind: 'option', inner: { kind: 'scalar', name: 'u8' } },
    ];
    const guest = await bindText(echo({ kind: 'tuple', parts }, 'utf8'), { host: (x) => x });
    expect(guest.invoke('echo', [[[[1, 2], 3, null]]])).to.deep.equal([
      [Uint16Array.of(1, 2), 3n, undefined],
    ]);
  });

  it('carry unpaired surrogates as the replacement character', async () => {
    for (const encoding of ['utf8', 'utf16', 'latin1+utf16']) {
      const guest = await bindText(echo({ kind: 'scalar', name: 'string' }, encoding), {
        host: (x) => x,
      });
      expect(guest.invoke('echo', [['a\ud800b']])).to.deep.equal(['a\ufffdb']);
      expect(guest.invoke('echo', [['\ufeffbom']])).to.deep.equal(['\ufeffbom']);
    }
  });
});

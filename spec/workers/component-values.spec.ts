import { expect } from 'chai';
import * as fc from 'fast-check';
import { BadArguments } from '../../workers/guest-failure.ts';
import { echo } from './component-echo.ts';
import { bindText, thrownBy } from './component-guest.ts';
import { valueOf } from './component-shape-values.ts';
import { anyShape, type Shape } from './component-type-shapes.ts';

const RUNS = Number(process.env['FC_RUNS'] ?? 100);

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

  it('refuse what is no flag, and no boolean, but not what a record does not have', async () => {
    const guest = await bindText(echo({ kind: 'flags', count: 3 }, 'utf8'), { host: (x) => x });
    const [flags] = guest.invoke('echo', [[{}]]) as [Record<string, boolean>];
    const [first = '', second = ''] = Object.keys(flags);
    expect(guest.invoke('echo', [[{ [first]: true, [second]: undefined }]])).to.deep.equal([
      { ...flags, [first]: true },
    ]);
    for (const [path, value] of [
      ['.other', { [first]: true, other: true }],
      ['.other', { other: undefined }],
      [`.${first}`, { [first]: 1 }],
      ['', [true]],
      ['', Uint8Array.of(1)],
      ['', 1],
    ] as const) {
      const thrown = thrownBy(() => guest.invoke('echo', [[value]]));
      expect(thrown).to.be.instanceOf(BadArguments);
      expect((thrown as BadArguments).field).to.equal(`args[0][0]${path}`);
    }
    const record: Shape = { kind: 'record', parts: [{ kind: 'scalar', name: 'u8' }] };
    const other = await bindText(echo(record, 'utf8'), { host: (x) => x });
    expect(other.invoke('echo', [[{ field0x: 1, more: 2 }]])).to.deep.equal([{ field0x: 1 }]);
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

  it('fill a memory that has to grow while they are written', async () => {
    const texts = ['a'.repeat(300_000), 'é'.repeat(150_000), '漢'.repeat(100_000)];
    for (const encoding of ['utf8', 'utf16', 'latin1+utf16']) {
      for (const text of texts) {
        const guest = await bindText(echo({ kind: 'scalar', name: 'string' }, encoding), {
          host: (x) => x,
        });
        expect(guest.invoke('echo', [[text]])).to.deep.equal([text]);
        expect(guest.memoryBytes()).to.be.greaterThan(4 * 65_536);
      }
    }
    const list: Shape = { kind: 'list', inner: { kind: 'scalar', name: 'u8' } };
    const guest = await bindText(echo(list, 'utf8'), { host: (x) => x });
    const bytes = new Uint8Array(300_000).fill(7);
    expect(guest.invoke('echo', [[bytes]])).to.deep.equal([bytes]);
  });
});

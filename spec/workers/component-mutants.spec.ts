import { expect } from 'chai';
import * as fc from 'fast-check';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { readComponent } from '../../lib/wasm/component-reader.ts';
import {
  BadArguments,
  GuestError,
  GuestTrap,
  PayloadTooLarge,
} from '../../workers/guest-failure.ts';
import { echo } from './component-echo.ts';
import { assemble, bind } from './component-guest.ts';
import type { Shape } from './component-type-shapes.ts';

const RUNS = Number(process.env['FC_RUNS'] ?? 100);

const SHAPE: Shape = {
  kind: 'record',
  parts: [
    { kind: 'list', inner: { kind: 'option', inner: { kind: 'scalar', name: 'string' } } },
    {
      kind: 'variant',
      cases: [
        { kind: 'scalar', name: 'f64' },
        { kind: 'scalar', name: 'u8' },
      ],
    },
    { kind: 'flags', count: 9 },
    { kind: 'list', inner: { kind: 'scalar', name: 'u32' } },
  ],
};

const VALUE = {
  field0x: ['a', undefined, 'ü'],
  field1x: { tag: 'case-0x', val: 1.5 },
  field2x: { label0x: true },
  field3x: Uint32Array.of(1, 2, 3),
};

/** What a guest may end with; anything else would be an error of ours. */
function isGuestFailure(thrown: unknown): boolean {
  return [
    BadArguments,
    GuestError,
    GuestTrap,
    PayloadTooLarge,
    WebAssembly.RuntimeError,
    WebAssembly.LinkError,
    WebAssembly.CompileError,
    RangeError,
  ].some((failure) => thrown instanceof failure);
}

/** Offsets that lie in no core module: mutated core code could loop for ever. */
function mutableOffsets(bytes: Uint8Array): number[] {
  const offsets = new Set(bytes.keys());
  for (const module of readComponent(bytes).coreModules) {
    const from = module.byteOffset - bytes.byteOffset;
    for (let at = from; at < from + module.length; at++) offsets.delete(at);
  }
  return [...offsets];
}

describe('mutants of a component', () => {
  it('P19 · are refused, trap or work, whatever bytes of their linking are changed', async function () {
    this.timeout(120_000);
    const bytes = await assemble(echo(SHAPE, 'utf8'));
    const offsets = mutableOffsets(bytes);
    const change = fc.tuple(fc.constantFrom(...offsets), fc.nat({ max: 255 }));
    const nearby = fc.tuple(fc.constantFrom(...offsets), fc.constantFrom(-2, -1, 1, 2));
    const ended = { refused: 0, failed: 0, worked: 0 };
    fc.assert(
      fc.property(fc.array(fc.oneof(change, nearby), { minLength: 1, maxLength: 3 }), (changes) => {
        const mutant = bytes.slice();
        for (const [at, by] of changes) mutant[at] = by < 3 ? (mutant[at] as number) + by : by;
        try {
          bind(mutant, { host: (value) => value }).invoke('echo', [[VALUE]]);
          ended.worked++;
        } catch (thrown) {
          if (isWasmatrixError(thrown)) ended.refused++;
          else if (isGuestFailure(thrown)) ended.failed++;
          else throw thrown;
        }
      }),
      { numRuns: RUNS * 20 },
    );
    // Otherwise the mutants were too tame, or too wild, to say anything.
    for (const count of Object.values(ended)) expect(count).to.be.greaterThan(0);
    expect(Object.keys(Object.prototype)).to.deep.equal([]);
  });
});

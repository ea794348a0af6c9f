import { expect } from 'chai';
import * as fc from 'fast-check';
import { LineSplitter } from '../../lib/core/line-splitter.ts';
import { RUNS } from './property-runs.ts';

const utf8 = new TextEncoder();

/** Everything that a splitter makes of pieces. */
function linesOf(pieces: readonly Uint8Array[]): string[] {
  const splitter = new LineSplitter();
  return [...pieces.flatMap((piece) => splitter.take(piece)), ...splitter.end()];
}

describe('lines out of pieces of text', () => {
  it('are those of the whole, wherever it is cut', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '\n', 'ö', '€', '😀', ' '),
      maxLength: 60,
    });
    fc.assert(
      fc.property(text, fc.array(fc.nat(80)), (whole, cuts) => {
        const bytes = utf8.encode(whole);
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b)];
        const pieces = at.map((from, index) => bytes.subarray(from, at[index + 1]));
        const lines = whole.split('\n');
        if (lines.at(-1) === '') lines.pop();
        expect(linesOf(pieces)).to.deep.equal(lines);
      }),
      RUNS,
    );
  });

  it('are cut off at 4096 characters, and the next one is whole again', () => {
    const long = utf8.encode('x'.repeat(3_000));
    const lines = linesOf([long, long, long, utf8.encode(`\n${'y'.repeat(4_096)}\nz`)]);
    expect(lines).to.deep.equal([`${'x'.repeat(4_096)}…`, 'y'.repeat(4_096), 'z']);
  });

  it('lose the mark that some systems put before the end of a line, and no other', () => {
    expect(linesOf([utf8.encode('a\r\nb\rc\n\r\n')])).to.deep.equal(['a', 'b\rc', '']);
  });

  it('begin anew behind a gap', () => {
    const splitter = new LineSplitter();
    expect(splitter.take(Uint8Array.from([0x61, 0xe2, 0x82]))).to.deep.equal([]);
    splitter.skip();
    expect(splitter.take(utf8.encode('rest\nnext\n'))).to.deep.equal(['rest', 'next']);
    expect(splitter.end()).to.deep.equal([]);
  });
});

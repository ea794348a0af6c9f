import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  appendOutput,
  newOutputRing,
  readOutput,
  readOutputText,
} from '../../lib/protocol/output-ring.ts';
import { RUNS } from '../core/property-runs.ts';

const HEADER_BYTES = 24;

/** The words as the layout documents them: begun, finished. */
const marksOf = (ring: SharedArrayBuffer): BigInt64Array => new BigInt64Array(ring, 0, 2);

const tail = (bytes: readonly number[], count: number): number[] =>
  bytes.slice(Math.max(0, bytes.length - count));

const counted = (from: number, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, index) => (from + index) & 0xff);

describe('the output ring', () => {
  it('keeps exactly the last bytes of the stream, oldest first', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 15 });
    fc.assert(
      fc.property(fc.nat(16), chunks, (capacity, written) => {
        const ring = newOutputRing(capacity);
        const all: number[] = [];
        for (const chunk of written) {
          appendOutput(ring, chunk);
          all.push(...chunk);
          expect([...readOutput(ring)]).to.deep.equal(tail(all, capacity));
        }
      }),
      RUNS,
    );
  });

  it('goes on for a stream longer than 32 bits can count', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 31n, max: 2n ** 62n }), fc.nat(12), (far, count) => {
        const ring = newOutputRing(8);
        const marks = marksOf(ring);
        marks[0] = marks[1] = far;
        appendOutput(ring, counted(1, 8));
        appendOutput(ring, counted(9, count));
        expect([...readOutput(ring)]).to.deep.equal(tail([...counted(1, 8 + count)], 8));
      }),
      RUNS,
    );
  });

  it('leaves out what a write that has only begun may have overwritten', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(30), fc.nat(15), (size, old, begun) => {
        const ring = newOutputRing(size);
        appendOutput(ring, counted(1, old));
        const kept = tail([...counted(1, old)], size);
        // A writer that died, or is read, in the middle of its work.
        const bytes = new Uint8Array(ring, HEADER_BYTES);
        for (let n = 0; n < begun; n++) bytes[(old + n) % size] = 0xee;
        marksOf(ring)[0] = BigInt(old + begun);
        const overwritten = Math.max(0, kept.length - Math.max(0, size - begun));
        expect([...readOutput(ring)]).to.deep.equal(kept.slice(overwritten));
      }),
      RUNS,
    );
  });

  it('can be written to again after a writer died in the middle', () => {
    const ring = newOutputRing(4);
    appendOutput(ring, counted(1, 3));
    marksOf(ring)[0] = 100n;
    appendOutput(ring, counted(4, 2));
    expect([...readOutput(ring)]).to.deep.equal([2, 3, 4, 5]);
  });

  it('as text drops the rest of a character that was cut in two at the start', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 8 });
    fc.assert(
      fc.property(texts, fc.nat(24), (written, capacity) => {
        const ring = newOutputRing(capacity);
        for (const text of written) appendOutput(ring, new TextEncoder().encode(text));
        const read = readOutputText(ring);
        expect(read).to.not.include('\ufffd');
        expect(written.join('').endsWith(read)).to.equal(true);
        const missing = Math.min(capacity, Buffer.byteLength(written.join('')));
        expect(Buffer.byteLength(read)).to.be.within(Math.max(0, missing - 3), capacity);
      }),
      RUNS,
    );
  });

  it('as text survives bytes that are none', () => {
    const ring = newOutputRing(8);
    appendOutput(ring, new Uint8Array([0x80, 0x80, 0x80, 0x80, 0x80, 0xff]));
    expect(readOutputText(ring)).to.be.a('string').with.length.at.most(6);
  });

  it('without room keeps nothing and takes everything', () => {
    const ring = newOutputRing(0);
    appendOutput(ring, counted(0, 100));
    expect(readOutput(ring)).to.have.length(0);
    expect(readOutputText(ring)).to.equal('');
  });
});

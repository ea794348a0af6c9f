import { getHeapStatistics, type HeapInfo } from 'node:v8';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { CapabilityFailure, WireValue } from '../../lib/core/provider.ts';
import { readCall, readFailure } from '../../lib/protocol/capability-call.ts';
import { WireError, WireReader, WireWriter } from '../../lib/protocol/wire-codec.ts';
import { RUNS } from '../core/property-runs.ts';

const RANDOM_LIMIT = { maxLength: 80 };

/** Bytes that look like messages: tags with small lengths more often than chance has it. */
const messages: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array(RANDOM_LIMIT),
  fc
    .array(
      fc.oneof(
        fc.nat(12).map((tag) => [tag]),
        fc.tuple(fc.constantFrom(8, 9, 10, 11), fc.nat(4)).map(([tag, n]) => [tag, n, 0, 0, 0]),
        fc.constantFrom([255, 255, 255, 255], [8, 2, 0, 0, 0, 0xc3, 0x28], [8, 1, 0, 0, 0, 97]),
      ),
      { maxLength: 20 },
    )
    .map((pieces) => new Uint8Array(pieces.flat())),
);

/** What `read` makes of the bytes: a value, or undefined where it refuses them as it should. */
function outcome(read: () => unknown): { readonly value: unknown } | undefined {
  try {
    return { value: read() };
  } catch (error) {
    expect(error).to.be.instanceOf(WireError);
    return undefined;
  }
}

/** Bytes that this thread has ever allocated on its heap. */
function allocatedBytes(): number {
  const statistics = getHeapStatistics() as HeapInfo & { readonly total_allocated_bytes: number };
  return statistics.total_allocated_bytes;
}

/** The parts of a value, itself included. */
function parts(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1;
  return Object.values(value).reduce<number>((sum, each) => sum + parts(each), 1);
}

describe('hostile bytes on the wire', () => {
  it('P16 · decode to a value or are refused with a WireError, and nothing else', () => {
    fc.assert(
      fc.property(messages, (bytes) => {
        const result = outcome(() => new WireReader(bytes).value());
        if (result !== undefined) expect(parts(result.value)).to.be.at.most(bytes.length);
        for (const read of [readCall, readFailure]) outcome(() => read(bytes));
      }),
      RUNS,
    );
  });

  it('P16 · never make a reader look beyond its own part of a larger memory', () => {
    fc.assert(
      fc.property(messages, fc.nat(10), (bytes, before) => {
        const memory = new Uint8Array(before + bytes.length + 50).fill(1);
        memory.set(bytes, before);
        const inside = memory.subarray(before, before + bytes.length);
        const alone = outcome(() => new WireReader(bytes).value());
        expect(outcome(() => new WireReader(inside).value())).to.deep.equal(alone);
      }),
      RUNS,
    );
  });

  it('P16 · are refused at every length short of the whole', () => {
    const value: WireValue = ['text', { key: [1, 2.5, 3n, null, new Uint8Array(4)] }];
    const writer = new WireWriter(1_000);
    writer.value(value);
    const whole = writer.written.slice();
    for (let length = 0; length < whole.length; length++) {
      expect(() => new WireReader(whole.subarray(0, length)).value()).to.throw(WireError);
    }
  });

  it('cost no memory beyond their own size, whatever counts they claim', () => {
    // Lists in lists, each claiming as many items as there are bytes left.
    const size = 1_048_576;
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    for (let level = 0; level < 32; level++) {
      bytes[level * 5] = 10;
      view.setUint32(level * 5 + 1, size - level * 5 - 5, true);
    }
    bytes[32 * 5] = 99;
    const before = allocatedBytes();
    expect(() => new WireReader(bytes).value()).to.throw(WireError, 'unknown tag');
    expect(allocatedBytes() - before).to.be.below(4 * size);
  });

  it('refuse unknown tags, bad UTF-8 and keys that are no text', () => {
    for (const [bytes, message] of [
      [[12], 'unknown tag'],
      [[255], 'unknown tag'],
      [[8, 1, 0, 0, 0, 0xff], 'UTF-8'],
      [[8, 3, 0, 0, 0, 0xed, 0xa0, 0x80], 'UTF-8'],
      [[11, 1, 0, 0, 0, 3, 3], 'key'],
      [[10, 5, 0, 0, 0, 0], 'count'],
      [[9, 255, 255, 255, 255, 0], 'early'],
      [[], 'early'],
    ] as const) {
      expect(() => new WireReader(new Uint8Array(bytes)).value()).to.throw(WireError, message);
    }
  });

  it('do not pass for a failure of a code that no provider may give', () => {
    for (const code of [
      'TIMEOUT',
      'INVALID_REQUEST',
      'CRASH_DETECTED',
      'constructor',
      'x',
    ] as const) {
      const writer = new WireWriter(1_000);
      writer.value(code);
      writer.value('message');
      const isKnown = code === 'TIMEOUT' || code === 'INVALID_REQUEST';
      const result = outcome(() => readFailure(writer.written)) as
        | { readonly value: CapabilityFailure }
        | undefined;
      expect(result?.value.code).to.equal(isKnown ? code : undefined);
    }
  });
});

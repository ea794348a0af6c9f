import { expect } from 'chai';
import * as fc from 'fast-check';
import { KernelHeap } from '../../workers/abi/extism/kernel-heap.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const CAPACITY = 262_144;

type Step =
  | { readonly kind: 'allocate'; readonly length: number }
  | { readonly kind: 'free'; readonly index: number }
  | { readonly kind: 'write'; readonly index: number; readonly byte: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('allocate' as const),
      length: fc.oneof(fc.nat(300), fc.nat(100_000)),
    }),
    fc.record({ kind: fc.constant('free' as const), index: fc.nat(30) }),
    fc.record({ kind: fc.constant('write' as const), index: fc.nat(30), byte: fc.nat(255) }),
  ),
  { maxLength: 60 },
);

/** Any number a guest can give for an offset, as a double. */
const anywhere = fc.oneof(
  fc.integer({ min: -10, max: CAPACITY + 10 }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(Number),
);

describe('the heap of a plug-in', () => {
  it('keeps every block apart from every other one, whatever is taken and given back', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const heap = new KernelHeap(CAPACITY);
        const model: { readonly offset: number; readonly content: Uint8Array }[] = [];
        let askedBytes = 1_024;
        for (const step of list) {
          const index = step.kind === 'allocate' ? -1 : step.index % Math.max(1, model.length);
          if (step.kind === 'allocate') {
            const offset = heap.allocate(step.length);
            askedBytes += step.length * 1.125 + 8;
            if (offset !== 0) model.push({ offset, content: new Uint8Array(step.length) });
            else if (step.length > 0) expect(askedBytes).to.be.greaterThan(CAPACITY);
          } else if (model[index] !== undefined && step.kind === 'free') {
            heap.free(model[index].offset);
            model.splice(index, 1);
          } else if (model[index] !== undefined && step.kind === 'write') {
            const { offset, content } = model[index];
            content.fill(step.byte);
            for (let at = 0; at < content.length; at += 1) heap.storeByte(offset + at, step.byte);
          }
          for (const { offset, content } of model) {
            expect(heap.lengthOf(offset)).to.equal(content.length);
            expect(Buffer.compare(heap.block(offset) as Uint8Array, content)).to.equal(0);
          }
        }
        expect(heap.heldBytes).to.be.at.most(CAPACITY);
      }),
      { numRuns: Math.ceil(numRuns / 2) },
    );
  });

  it('answers zero from outside, loses what is written there, and never fails', () => {
    const heap = new KernelHeap(CAPACITY);
    const block = heap.store(new Uint8Array(100).fill(7));
    fc.assert(
      fc.property(anywhere, fc.nat(300), (offset, length) => {
        const isInside = (bytes: number): boolean =>
          offset >= 1_024 && offset + bytes <= block + 104;
        expect(heap.loadByte(offset) !== 0).to.equal(
          isInside(1) && offset >= block && offset < block + 100,
        );
        if (!isInside(8)) expect(heap.loadWord(offset)).to.equal(0n);
        if (!isInside(1)) heap.storeByte(offset, 9);
        if (!isInside(8)) heap.storeWord(offset, -1n);
        expect(heap.contains(offset, length)).to.equal(isInside(length));
        if (!isInside(length)) expect(heap.range(offset, length)).to.equal(undefined);
        if (offset !== block) {
          heap.free(offset);
          expect(heap.lengthOf(offset)).to.equal(0);
        }
        expect(heap.block(block)).to.deep.equal(new Uint8Array(100).fill(7));
      }),
      { numRuns },
    );
  });

  it('refuses lengths that are none, or more than there is, without taking anything', () => {
    const heap = new KernelHeap(CAPACITY);
    const before = heap.heldBytes;
    for (const length of [0, -1, Number.NaN, CAPACITY + 1, 2 ** 63, Infinity, -Infinity]) {
      expect(heap.allocate(length)).to.equal(0);
    }
    expect(heap.heldBytes).to.equal(before);
  });

  it('has an end, and room again once something was given back', () => {
    const heap = new KernelHeap(CAPACITY);
    const blocks: number[] = [];
    for (;;) {
      const block = heap.allocate(10_000);
      if (block === 0) break;
      blocks.push(block);
    }
    expect(blocks.length).to.be.within(20, CAPACITY / 10_000);
    heap.free(blocks[3] as number);
    expect(heap.allocate(9_900)).to.equal(blocks[3]);
    expect(heap.heldBytes).to.equal(CAPACITY);
    heap.clear();
    expect(heap.allocate(200_000)).to.be.greaterThan(0);
  });

  it('takes the room of a larger block, or of the last one, rather than none', () => {
    const heap = new KernelHeap(CAPACITY);
    const large = heap.allocate(150_000);
    const small = heap.allocate(50_000);
    heap.free(large);
    expect(heap.allocate(100_000)).to.equal(large);
    heap.free(small);
    expect(heap.allocate(60_000)).to.equal(small);
    expect(heap.lengthOf(large)).to.equal(100_000);
  });

  it('holds no more blocks than 65,536, however small', () => {
    const heap = new KernelHeap(16_777_216);
    let count = 0;
    while (heap.allocate(1) !== 0) count += 1;
    expect(count).to.equal(65_536);
  });

  it('P1 · begins each call with zeros', () => {
    const heap = new KernelHeap(CAPACITY);
    for (const length of [5_000, 200_000]) {
      const block = heap.store(new Uint8Array(length).fill(0xee));
      heap.clear();
      expect(heap.lengthOf(block)).to.equal(0);
      expect(heap.loadByte(block)).to.equal(0);
      const again = heap.allocate(length);
      expect(heap.block(again)?.every((byte) => byte === 0)).to.equal(true);
      heap.clear();
    }
  });

  it('keeps little of what a large call took', () => {
    const heap = new KernelHeap(8_388_608);
    heap.allocate(4_000_000);
    expect(heap.heldBytes).to.be.at.least(4_000_000);
    heap.clear();
    expect(heap.heldBytes).to.equal(65_536);
  });

  it('shows what was freed until something takes its place', () => {
    const heap = new KernelHeap(CAPACITY);
    const block = heap.store(Buffer.from('freed'));
    heap.free(block);
    expect(Buffer.from(heap.range(block, 5) ?? []).toString()).to.equal('freed');
    heap.allocate(100_000);
    expect(heap.range(block, 5)).to.deep.equal(new Uint8Array(5));
  });

  it('gives zeros where another block has been', () => {
    const heap = new KernelHeap(CAPACITY);
    const block = heap.store(new Uint8Array(64).fill(0xee));
    heap.free(block);
    expect(heap.allocate(64)).to.equal(block);
    expect(heap.loadWord(block)).to.equal(0n);
  });
});

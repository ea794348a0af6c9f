import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  FactReader,
  FactWriter,
  newFactRing,
  type ServedFact,
} from '../../lib/protocol/fact-ring.ts';
import { RUNS } from '../core/property-runs.ts';

const RING_BYTES = 1 << 20;

/** Says how far both ends have come, as after as many bytes; both count modulo 2^32. */
function startAt(buffer: SharedArrayBuffer, position: number): void {
  const words = new Int32Array(buffer, 0, 2);
  words.fill(position | 0);
}

const fact = (n: number, bytes = 0): ServedFact => ({
  type: n % 2 === 0 ? 'capability_called' : 'capability_denied',
  instanceId: `i${n}`,
  details: { n, scope: 'x'.repeat(bytes) },
});

/** Both ends in one thread, with what they tell each other. */
function newRing(position = 0): {
  readonly writer: FactWriter;
  readonly reader: FactReader;
  readonly wakeUps: () => number;
} {
  const buffer = newFactRing();
  startAt(buffer, position);
  let wakeUps = 0;
  const writer = new FactWriter(buffer, () => (wakeUps += 1));
  return { writer, reader: new FactReader(buffer), wakeUps: () => wakeUps };
}

function drained(reader: FactReader): { readonly facts: ServedFact[]; readonly lost: number } {
  const facts: ServedFact[] = [];
  const lost = reader.drain((each) => facts.push(each));
  return { facts, lost };
}

/** Where positions wrap around: of the ring, of a signed and of an unsigned count. */
const positions = fc
  .tuple(fc.constantFrom(0, RING_BYTES, 2 ** 31, 2 ** 32), fc.integer({ min: -3_000, max: 3_000 }))
  .map(([wrap, before]) => wrap + before);

type Step = { readonly put: number } | 'drain';

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ put: fc.nat(2_000) }) },
    { weight: 1, arbitrary: fc.constant('drain' as const) },
  ),
  { maxLength: 60 },
);

describe('the ring of facts', () => {
  it('P13 · gives every fact once and in order, across all wrap-arounds, whenever it is drained', () => {
    fc.assert(
      fc.property(positions, steps, (position, sequence) => {
        const { writer, reader, wakeUps } = newRing(position);
        const expected: ServedFact[] = [];
        const found: ServedFact[] = [];
        let unread = 0;
        let told = 0;
        for (const [n, step] of sequence.entries()) {
          if (step === 'drain') {
            const { facts, lost } = drained(reader);
            expect(lost).to.equal(0);
            expect(facts).to.have.length(unread);
            found.push(...facts);
            unread = 0;
          } else {
            writer.put(fact(n, step.put));
            expected.push(fact(n, step.put));
            unread += 1;
            if (unread === 1) told += 1;
          }
          expect(wakeUps(), 'once from the first unread fact until it is drained').to.equal(told);
        }
        found.push(...drained(reader).facts);
        expect(found).to.deep.equal(expected);
      }),
      RUNS,
    );
  });

  it('P13 · keeps as many facts as there is room for, and counts the others', () => {
    const { writer, reader, wakeUps } = newRing(2 ** 32 - 100_000);
    const large = 60_000;
    // Two large ones too many; each waits a moment for a reader that does not come.
    const fitting = Math.floor(RING_BYTES / large);
    for (let n = 0; n < fitting + 2; n++) writer.put(fact(n, large));
    writer.put(fact(100));
    expect(wakeUps(), 'the reader is known to be on its way').to.equal(1);
    const { facts, lost } = drained(reader);
    expect(facts).to.deep.equal([
      ...Array.from({ length: fitting }, (_, n) => fact(n, large)),
      fact(100),
    ]);
    expect(lost).to.equal(2);
    expect(drained(reader), 'told once').to.deep.equal({ facts: [], lost: 0 });
    writer.put(fact(101));
    expect(drained(reader)).to.deep.equal({ facts: [fact(101)], lost: 0 });
  });

  it('P13 · counts a fact that is too large or no plain data, and goes on', () => {
    const { writer, reader } = newRing();
    writer.put(fact(1, 70_000));
    writer.put({ ...fact(2), details: { f: () => 1 } });
    writer.put(fact(3));
    expect(drained(reader)).to.deep.equal({ facts: [fact(3)], lost: 2 });
  });

  it('P13 · gives each fact once, in order, where whoever takes one has the ring drained again', () => {
    const { writer, reader } = newRing();
    for (let n = 0; n < 5; n++) writer.put(fact(n));
    const found: ServedFact[] = [];
    const take = (each: ServedFact): void => {
      reader.drain(take);
      found.push(each);
    };
    reader.drain(take);
    expect(found).to.deep.equal([0, 1, 2, 3, 4].map((n) => fact(n)));
  });

  it('P13 · leaves what it has not given yet where whoever takes a fact throws', () => {
    const { writer, reader } = newRing();
    for (let n = 0; n < 3; n++) writer.put(fact(n));
    expect(() =>
      reader.drain(() => {
        throw new Error('untidy');
      }),
    ).to.throw('untidy');
    expect(drained(reader).facts).to.deep.equal([fact(1), fact(2)]);
  });

  it('P13 · gives what is written while it is drained, then or by another notice', () => {
    const { writer, reader, wakeUps } = newRing();
    writer.put(fact(0));
    const found: ServedFact[] = [];
    reader.drain((each) => {
      found.push(each);
      if (found.length === 1) writer.put(fact(1));
    });
    expect(wakeUps()).to.equal(2);
    found.push(...drained(reader).facts);
    expect(found).to.deep.equal([fact(0), fact(1)]);
  });

  it('P13 · carries facts from one thread to another, more than it holds at once', async () => {
    const buffer = newFactRing();
    const count = 3_000;
    const url = new URL('../../lib/protocol/fact-ring.js', import.meta.url).href;
    const code = `
      import { parentPort, workerData } from 'node:worker_threads';
      import { FactWriter } from ${JSON.stringify(url)};
      const { buffer, count } = workerData;
      const writer = new FactWriter(buffer, () => parentPort.postMessage('facts'));
      for (let n = 0; n < count; n++) {
        const details = { n, scope: 'x'.repeat((n * 37) % 1500) };
        writer.put({ type: 'capability_called', instanceId: 'i', details });
      }
      parentPort.postMessage('done');
    `;
    const source = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    const thread = new Worker(source, { workerData: { buffer, count } });
    const reader = new FactReader(buffer);
    const found: unknown[] = [];
    let lost = 0;
    thread.on('message', () => {
      lost += reader.drain(({ details }) => found.push(details['n']));
    });
    await once(thread, 'exit');
    // A reader that is kept waiting for longer than a full ring waits loses facts, and knows how many.
    expect(found.length + lost).to.equal(count);
    expect(found).to.deep.equal([...new Set(found)].sort((a, b) => Number(a) - Number(b)));
    expect(found.length).to.be.above(0);
  });
});

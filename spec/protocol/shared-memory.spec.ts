import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  newSlotBuffer,
  PHASE,
  REPLY,
  SLOT,
  SLOT_BYTES,
  slotOf,
  stateOf,
} from '../../lib/protocol/capability-slot.ts';
import { isThreadMessage } from '../../lib/protocol/instance-messages.ts';
import { readVitals, VITALS_BYTES, writeVital } from '../../lib/protocol/vitals.ts';
import { RUNS } from '../core/property-runs.ts';

const sequences = fc.nat(2 ** 29 - 1);
const phases = fc.constantFrom(...Object.values(PHASE));

describe('the state word of a capability slot', () => {
  it('P16 · tells every sequence number and every phase apart', () => {
    fc.assert(
      fc.property(sequences, phases, sequences, phases, (a, phaseA, b, phaseB) => {
        const isSame = a === b && phaseA === phaseB;
        expect(stateOf(a, phaseA) === stateOf(b, phaseB)).to.equal(isSame);
      }),
      RUNS,
    );
  });

  it('P16 · is an int32 that the shared memory gives back as it was', () => {
    const { header } = slotOf(newSlotBuffer());
    fc.assert(
      fc.property(fc.nat(), phases, (sequence, phase) => {
        const word = stateOf(sequence, phase);
        Atomics.store(header, SLOT.state, word);
        expect(Atomics.load(header, SLOT.state)).to.equal(word);
        expect(word & 3).to.equal(phase);
        expect(word >> 2).to.equal(sequence % 2 ** 29);
        expect(word).to.be.at.least(0);
      }),
      RUNS,
    );
  });

  it('wraps around after 29 bits', () => {
    expect(stateOf(2 ** 29, PHASE.idle)).to.equal(stateOf(0, PHASE.idle));
    expect(stateOf(2 ** 29 + 5, PHASE.answered)).to.equal(stateOf(5, PHASE.answered));
  });

  it('begins as idle, with an empty message that is a value', () => {
    const { header } = slotOf(newSlotBuffer());
    expect(header[SLOT.state]).to.equal(stateOf(0, PHASE.idle));
    expect(header[SLOT.length]).to.equal(0);
    expect(header[SLOT.kind]).to.equal(REPLY.value);
  });

  it('does not overlap the message', () => {
    const { header, bytes } = slotOf(newSlotBuffer());
    expect(bytes.byteOffset).to.equal(header.byteOffset + header.byteLength);
    expect(bytes.byteOffset + bytes.byteLength).to.equal(SLOT_BYTES);
    bytes.fill(0xff);
    expect([...header]).to.deep.equal(Array.from({ length: header.length }, () => 0));
  });
});

describe('vitals', () => {
  it('are read as they were last written, each field for itself', () => {
    const figure = fc.double({ min: 0, noNaN: true });
    fc.assert(
      fc.property(figure, figure, (memoryBytes, cpuMicros) => {
        const buffer = new SharedArrayBuffer(VITALS_BYTES);
        const view = new Float64Array(buffer);
        expect(readVitals(buffer)).to.deep.equal({ memoryBytes: 0, cpuMicros: 0 });
        writeVital(view, 'cpuMicros', cpuMicros);
        writeVital(view, 'memoryBytes', memoryBytes);
        expect(readVitals(buffer)).to.deep.equal({ memoryBytes, cpuMicros });
      }),
      RUNS,
    );
  });
});

describe('the messages of a thread', () => {
  it('P16 · are known by their kind; foreign values are ignored and never thrown on', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (value) => {
        expect(isThreadMessage(value)).to.equal(false);
        expect(isThreadMessage({ kind: value })).to.equal(false);
      }),
      RUNS,
    );
    expect(isThreadMessage({ kind: 'wasmatrix.ready' })).to.equal(true);
    expect(isThreadMessage({ kind: 'wasmatrixx' })).to.equal(false);
  });
});

import { expect } from 'chai';
import type { CapabilityFailure, WireValue } from '../../lib/core/provider.ts';
import { readFailure, writeCall } from '../../lib/protocol/capability-call.ts';
import { PHASE, REPLY, SLOT, slotOf, stateOf } from '../../lib/protocol/capability-slot.ts';
import { WireReader, WireWriter } from '../../lib/protocol/wire-codec.ts';
import { CapabilityChannel, type ServeCall } from '../../lib/threads/capability-channel.ts';

const PAYLOAD_BYTES = 1_000;

/** Asks a channel once, as a guest's thread does, and returns what it is answered. */
async function answerOf(serve: ServeCall): Promise<WireValue | CapabilityFailure> {
  const channel = new CapabilityChannel(serve, PAYLOAD_BYTES);
  const { port, slot } = channel.guestEnd;
  const { header, bytes } = slotOf(slot);
  try {
    const writer = new WireWriter(PAYLOAD_BYTES);
    writeCall(writer, { family: 'kv', operation: 'get', args: [] });
    bytes.set(writer.written);
    const asked = stateOf(1, PHASE.requested);
    Atomics.store(header, SLOT.length, writer.written.length);
    Atomics.store(header, SLOT.state, asked);
    const change = Atomics.waitAsync(header, SLOT.state, asked, 10_000);
    port.postMessage(1);
    await change.value;
    expect(Atomics.load(header, SLOT.state)).to.equal(stateOf(1, PHASE.answered));
    const reply = bytes.slice(0, Atomics.load(header, SLOT.length));
    const isFailure = Atomics.load(header, SLOT.kind) === REPLY.failure;
    return isFailure ? readFailure(reply) : new WireReader(reply).value();
  } finally {
    channel.close();
    port.close();
  }
}

describe('a capability channel', () => {
  it('P16 · tells a reply that is too large from one that is no plain data', async () => {
    const nested = (depth: number): WireValue => (depth === 0 ? 1 : [nested(depth - 1)]);
    const hostile = Object.defineProperty({}, 'key', {
      enumerable: true,
      get: () => {
        throw new Error('secret');
      },
    });
    const replies: [unknown, string][] = [
      ['x'.repeat(100_000), 'RESOURCE_EXHAUSTED'],
      [new Uint8Array(100_000), 'RESOURCE_EXHAUSTED'],
      [() => 1, 'STORAGE_ERROR'],
      [[Symbol('s')], 'STORAGE_ERROR'],
      [2n ** 70n, 'STORAGE_ERROR'],
      [nested(100), 'STORAGE_ERROR'],
      [hostile, 'STORAGE_ERROR'],
    ];
    for (const [reply, code] of replies) {
      for (const value of [reply, Promise.resolve(reply)]) {
        const answer = await answerOf(() => value as WireValue);
        expect((answer as CapabilityFailure).code).to.equal(code);
        expect((answer as CapabilityFailure).message).to.not.include('secret');
      }
    }
  });

  it('P10 · answers with what comes of a promise of any making', async () => {
    const foreign = (settle: (resolve: (value: WireValue) => void) => void): Promise<WireValue> =>
      // oxlint-disable-next-line unicorn/no-thenable -- what a provider may answer with
      ({ then: settle }) as unknown as Promise<WireValue>;
    expect(await answerOf(() => foreign((resolve) => resolve('later')))).to.equal('later');
    expect(await answerOf(() => Promise.resolve('own'))).to.equal('own');
    expect(await answerOf(() => 'at once')).to.equal('at once');
    const failing = foreign(() => {
      throw new Error('secret');
    });
    expect(await answerOf(() => failing)).to.deep.equal({
      code: 'STORAGE_ERROR',
      message: 'the provider failed',
    });
  });
});

import { expect } from 'chai';
import * as fc from 'fast-check';
import { WasmatrixError } from '../../lib/core/errors.ts';
import type { WireValue } from '../../lib/core/provider.ts';
import type { CapabilityCall } from '../../lib/protocol/capability-call.ts';
import { PHASE, SLOT, stateOf } from '../../lib/protocol/capability-slot.ts';
import type { ServingEnd } from '../../lib/protocol/provider-messages.ts';
import { MOVED } from '../../lib/serving/provider-server.ts';
import {
  type ServeCall,
  ServingChannel,
  type ServingPort,
} from '../../lib/serving/serving-channel.ts';
import { TentativeRefusal } from '../../lib/serving/tentative-refusal.ts';
import { CapabilityLink } from '../../lib/threads/capability-link.ts';
import { RUNS } from '../core/property-runs.ts';
import { settled } from '../thrown.ts';
import { type Answer, HandDrivenGuest } from './hand-driven-guest.ts';

const PAYLOAD_BYTES = 1_000;

/** A channel with a guest at its other end, for as long as a spec wants it. */
async function withChannel<T>(
  serve: ServeCall,
  use: (guest: HandDrivenGuest, channel: ServingChannel) => T | Promise<T>,
  payloadBytes = PAYLOAD_BYTES,
): Promise<T> {
  const { guestEnd, servingEnd } = new CapabilityLink(payloadBytes);
  const channel = new ServingChannel(servingEnd as unknown as ServingEnd<ServingPort>, serve);
  const guest = new HandDrivenGuest(guestEnd);
  try {
    return await use(guest, channel);
  } finally {
    channel.close();
    guest.port.close();
  }
}

const answerOf = (serve: ServeCall, call?: CapabilityCall, isTentative = false): Promise<Answer> =>
  withChannel(serve, (guest) => guest.ask(call, isTentative));

describe('a serving channel', () => {
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
        expect(answer).to.have.property('failure', code);
        expect(answer).to.have.property('message').that.does.not.include('secret');
      }
    }
  });

  it('P10 · answers with what comes of a promise of any making', async () => {
    const foreign = (settle: (resolve: (value: WireValue) => void) => void): Promise<WireValue> =>
      // oxlint-disable-next-line unicorn/no-thenable -- what a provider may answer with
      ({ then: settle }) as unknown as Promise<WireValue>;
    const later = foreign((resolve) => resolve('later'));
    expect(await answerOf(() => later)).to.deep.equal({ value: 'later' });
    expect(await answerOf(() => Promise.resolve('own'))).to.deep.equal({ value: 'own' });
    expect(await answerOf(() => 'at once')).to.deep.equal({ value: 'at once' });
    const failing = foreign(() => {
      throw new Error('secret');
    });
    expect(await answerOf(() => failing)).to.deep.equal({
      failure: 'STORAGE_ERROR',
      message: 'the provider failed',
    });
  });

  it('P10 · hands on what the guest asked for, and whether it asks tentatively', async () => {
    const asked: unknown[] = [];
    const call = { family: 'kv', operation: 'set', args: ['key', new Uint8Array([1, 2]), 5n] };
    const serve: ServeCall = (given, isTentative) => {
      asked.push(given, isTentative);
      return null;
    };
    await answerOf(serve, call);
    await answerOf(serve, call, true);
    expect(asked).to.deep.equal([call, false, call, true]);
  });

  it('P10 · tells a refusal from a failure, and that a provider has moved from both', async () => {
    const refusal = new TentativeRefusal('PERMISSION_DENIED', 'no');
    const failure = new WasmatrixError('PERMISSION_DENIED', 'no');
    const throwing = (error: Error) => () => {
      throw error;
    };
    expect(await answerOf(throwing(refusal))).to.deep.equal({
      refusal: 'PERMISSION_DENIED',
      message: 'no',
    });
    expect(await answerOf(throwing(failure))).to.deep.equal({
      failure: 'PERMISSION_DENIED',
      message: 'no',
    });
    expect(await answerOf(() => MOVED)).to.equal('moved');
  });

  it('P16 · sends by the port what does not fit into the shared memory', async () => {
    const large = new Uint8Array(200_000).fill(7);
    const serve = () => large;
    const answer = await withChannel(serve, (guest) => guest.ask(), 200_000);
    expect(answer).to.deep.equal({ value: large });
  });

  it('P19 · refuses a request that is malformed or larger than agreed, before anybody serves it', async () => {
    let served = 0;
    const serve: ServeCall = () => {
      served += 1;
      return null;
    };
    const ask = (bytes: Uint8Array): Promise<Answer> =>
      withChannel(serve, async (guest) => {
        guest.sequence = 1;
        Atomics.store(guest.slot.header, SLOT.length, 0);
        Atomics.store(guest.slot.header, SLOT.state, stateOf(1, PHASE.requested));
        const change = Atomics.waitAsync(guest.slot.header, SLOT.state, guest.state, 10_000);
        guest.port.postMessage({ sequence: 1, request: bytes });
        await change.value;
        return guest.answer();
      });
    expect(await ask(new Uint8Array(100_000))).to.have.property('failure', 'RESOURCE_EXHAUSTED');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (bytes) => {
        expect(await ask(bytes)).to.have.property('failure', 'INVALID_REQUEST');
      }),
      RUNS,
    );
    expect(served).to.equal(0);
  });

  it('P19 · ignores whatever is no request of the call that is being made', async () => {
    const calls: CapabilityCall[] = [];
    const pending = Promise.withResolvers<WireValue>();
    const serve: ServeCall = (call) => {
      calls.push(call);
      return pending.promise;
    };
    await withChannel(serve, async (guest, channel) => {
      for (const message of [0, 1, Number.NaN]) channel.receive(message);
      guest.write();
      const foreign: unknown[] = [undefined, null, 'x', {}, [], true, { sequence: 1 }];
      foreign.push({ sequence: '1', request: new Uint8Array(1) }, { request: new Uint8Array(1) });
      foreign.push({ sequence: 2, request: new Uint8Array(1) }, { sequence: 1, request: [1] });
      for (const message of foreign) channel.receive(message);
      for (const length of [-1, 0, 2 ** 30]) {
        Atomics.store(guest.slot.header, SLOT.length, length);
        channel.receive(1);
        expect(channel.look(), 'may come by the port').to.equal('later');
      }
      expect(calls).to.deep.equal([]);
      guest.write();
      for (const wakeUp of [2, 2, 7, -1]) channel.receive(wakeUp);
      expect(channel.look()).to.equal('later');
      expect(calls, 'served once, however often it is told').to.have.length(1);
      pending.resolve(null);
      await settled();
      channel.receive(2);
      expect(channel.look()).to.equal('nothing');
      expect(calls, 'answered already').to.have.length(1);
      expect(guest.answer()).to.deep.equal({ value: null });
    });
  });

  it('P10 · serves what it finds in the shared memory, without being told', async () => {
    await withChannel(
      ({ args }) => args[0]!,
      (guest, channel) => {
        expect(channel.look()).to.equal('nothing');
        guest.write({ family: 'kv', operation: 'get', args: ['here'] });
        expect(channel.look()).to.equal('answered');
        expect(guest.answer()).to.deep.equal({ value: 'here' });
        guest.write();
        channel.close();
        expect(channel.look()).to.equal('nothing');
      },
    );
  });

  it('P10 · drops an answer whose guest has given up, and serves the next call once', async () => {
    const pending: ((value: WireValue) => void)[] = [];
    const serve: ServeCall = () => new Promise((resolve) => pending.push(resolve));
    await withChannel(serve, async (guest, channel) => {
      guest.write();
      channel.receive(1);
      expect(guest.withdraw()).to.equal(true);
      guest.write();
      channel.receive(2);
      pending[0]?.('of the first');
      await settled();
      expect(guest.isAnswered).to.equal(false);
      channel.receive(2);
      expect(pending, 'is under way still').to.have.length(2);
      pending[1]?.('of the second');
      await settled();
      expect(guest.answer()).to.deep.equal({ value: 'of the second' });
    });
  });

  it('W5 · answers nothing after its end, and gives its port back', async () => {
    const pending = Promise.withResolvers<WireValue>();
    let served = 0;
    const serve: ServeCall = () => {
      served += 1;
      return pending.promise;
    };
    await withChannel(serve, async (guest, channel) => {
      const closed = new Promise((resolve) => guest.port.once('close', resolve));
      guest.write();
      channel.receive(1);
      channel.close();
      channel.close();
      pending.resolve('late');
      await closed;
      expect(guest.isAnswered).to.equal(false);
      guest.write();
      channel.receive(2);
      expect(served).to.equal(1);
    });
  });
});

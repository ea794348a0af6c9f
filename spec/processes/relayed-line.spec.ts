import { expect } from 'chai';
import * as fc from 'fast-check';
import { WasmatrixError } from '../../lib/core/errors.ts';
import type { WireValue } from '../../lib/core/provider.ts';
import { RelayedLine } from '../../lib/processes/relayed-line.ts';
import { readFailure, writeCall } from '../../lib/protocol/capability-call.ts';
import { REPLY } from '../../lib/protocol/capability-slot.ts';
import { WireReader, WireWriter } from '../../lib/protocol/wire-codec.ts';
import { MOVED } from '../../lib/serving/provider-server.ts';
import {
  type ServeCall,
  ServingChannel,
  type ServingPort,
} from '../../lib/serving/serving-channel.ts';
import { TentativeRefusal } from '../../lib/serving/tentative-refusal.ts';
import { CapabilityLink } from '../../lib/threads/capability-link.ts';

const PAYLOAD_BYTES = 1_000_000;
const channels: ServingChannel[] = [];
const writer = new WireWriter(PAYLOAD_BYTES);

function request(...args: readonly WireValue[]): Uint8Array {
  writeCall(writer, { family: 'kv', operation: 'echo', args });
  return writer.written.slice();
}

/** A line, and whoever serves at its other end. */
function lineTo(serve: ServeCall): { readonly line: RelayedLine; readonly link: CapabilityLink } {
  const link = new CapabilityLink(PAYLOAD_BYTES);
  const { port, ...end } = link.servingEnd;
  const channel = new ServingChannel({ ...end, port: port as ServingPort }, serve);
  channels.push(channel);
  return { line: new RelayedLine(link.guestEnd), link };
}

describe('a relayed line', () => {
  after(() => {
    for (const channel of channels) channel.close();
  });

  it('P10 · brings each answer to its question, of any size, at once or later', async () => {
    const { line } = lineTo(({ args }, isTentative) =>
      isTentative ? Promise.resolve(args) : args,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array(),
          fc.integer({ min: 0, max: 100_000 }).map((n) => new Uint8Array(n)),
        ),
        fc.boolean(),
        async (bytes, isTentative) => {
          const answer = await line.ask(request(bytes), isTentative);
          expect(answer?.reply).to.equal(REPLY.value);
          expect(new WireReader(answer?.bytes ?? new Uint8Array()).value()).to.deep.equal([bytes]);
        },
      ),
    );
    line.close();
  });

  it('tells a failure, a tentative refusal and a provider that is being replaced apart', async () => {
    const { line } = lineTo(({ args: [what] }) => {
      if (what === 'moved') return MOVED;
      if (what === 'moved later') return Promise.resolve(MOVED);
      if (what === 'refused') throw new TentativeRefusal('PERMISSION_DENIED', 'not you');
      throw new WasmatrixError('STORAGE_ERROR', 'the disk is full');
    });
    const replies = [];
    for (const what of ['moved', 'moved later', 'refused', 'failed']) {
      replies.push(await line.ask(request(what), true));
    }
    expect(replies.map((each) => each?.reply)).to.deep.equal([
      REPLY.moved,
      REPLY.moved,
      REPLY.refused,
      REPLY.failure,
    ]);
    const failures = replies.slice(2).map((each) => readFailure(each?.bytes ?? new Uint8Array()));
    expect(failures).to.deep.equal([
      { code: 'PERMISSION_DENIED', message: 'not you' },
      { code: 'STORAGE_ERROR', message: 'the disk is full' },
    ]);
    line.close();
  });

  it('gives up what was asked before when the guest asks anew', async () => {
    const { line } = lineTo(({ args: [what] }) =>
      what === 'never' ? new Promise<WireValue>(() => undefined) : (what ?? null),
    );
    const given = line.ask(request('never'), false);
    const asked = line.ask(request('again'), false);
    expect(await given).to.equal(undefined);
    expect(new WireReader((await asked)?.bytes ?? new Uint8Array()).value()).to.equal('again');
    line.close();
  });

  it('hears what is settled in the place of its server, also while another line takes over', async () => {
    for (const wasBegun of [true, false]) {
      const { line, link } = lineTo(() => new Promise<WireValue>(() => undefined));
      const asked = line.ask(request('x'), false);
      await new Promise((resolve) => setTimeout(resolve, 5));
      line.retire();
      link.settle(wasBegun);
      expect((await asked)?.reply).to.equal(wasBegun ? REPLY.failure : REPLY.moved);
      expect(await line.ask(request('y'), false)).to.equal(undefined);
    }
  });

  it('asks nothing of a channel that is closed already', async () => {
    let served = 0;
    const { line, link } = lineTo(() => {
      served += 1;
      return 1;
    });
    link.close();
    expect((await line.ask(request('x'), false))?.reply).to.equal(REPLY.moved);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(served).to.equal(0);
    line.close();
    expect(await line.ask(request('x'), false)).to.equal(undefined);
  });
});

import { expect } from 'chai';
import { resolveLimits } from '../../lib/core/limits.ts';
import type { DeliveryOutcome, WireValue } from '../../lib/core/provider.ts';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { messageHandler } from '../../lib/wasm/message-handler.ts';
import type { Guest } from '../../workers/guest.ts';
import { GuestError } from '../../workers/guest-failure.ts';
import type { EndableContext } from '../contract/call-context.ts';
import { boundGuest } from '../guests/bound-guest.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { recordingHost } from '../guests/recording-host.ts';
import { bytes, type OpenedMessaging, openMessaging } from '../providers/messaging-caller.ts';
import { settled } from '../thrown.ts';

/** A guest of the real kind behind a provider of the real kind, with nothing but calls between. */
function attach(
  { assign, environment, provider, state }: OpenedMessaging,
  name: string,
  subscriptions: readonly string[],
): { readonly guest: Guest; readonly context: EndableContext } {
  const context = assign(name, ['msg:subscribe'], { subscriptions });
  const serve = (operation: string, args: readonly WireValue[]): WireValue =>
    provider.operations[operation]?.run(args, context, state) as WireValue;
  const guest = boundGuest(name, recordingHost({ serve }));
  const { memoryBytes, tableEntries } = resolveLimits({});
  const limits = { memoryBytes, tableEntries };
  const handler = messageHandler(
    admitModule(guestBytes(name), { abi: 'auto', ...limits }).admitted,
  );
  const others = environment.outcome;
  environment.outcome = async (instanceId, message): Promise<DeliveryOutcome> => {
    if (instanceId !== name || handler === undefined) return others(instanceId, message);
    try {
      guest.invoke(handler.exportName, [handler.argument(message)]);
      return 'handled';
    } catch (thrown) {
      return thrown instanceof GuestError ? 'refused' : 'failed';
    }
  };
  return { guest, context };
}

describe('guests of both messaging interfaces behind one provider', () => {
  it('are asked and reply, though they may publish nothing else', async () => {
    const opened = await openMessaging();
    attach(opened, 'messenger-c', ['c.>']);
    attach(opened, 'messenger-draft', ['draft.>', 'c.never']);
    const requester = opened.assign('q', ['msg:publish']);
    for (const topic of ['c.echo', 'draft.echo']) {
      const reply = await opened.call(requester, 'request', topic, bytes(topic), 1_000);
      expect(reply, topic).to.deep.include({ body: bytes(topic) });
    }
    await settled();
    expect(opened.figures()).to.include({ delivered: 2, pendingRequests: 0, queuedBytes: 0 });
  });

  it('R8 · fail alone', async () => {
    const opened = await openMessaging();
    const crashing = attach(opened, 'messenger-c', ['all.>']);
    const other = attach(opened, 'messenger-draft', ['all.>']);
    const publisher = opened.assign('p', ['msg:publish']);
    await opened.call(publisher, 'publish', 'all.fail', bytes('1'));
    await settled();
    expect(opened.figures()).to.include({ refused: 2, failed: 0 });
    crashing.context.end();
    await opened.call(publisher, 'publish', 'all.ok', bytes('2'));
    await opened.call(publisher, 'publish', 'all.trap', bytes('3'));
    await settled();
    expect(opened.figures()).to.include({ refused: 2, delivered: 1, failed: 1 });
    expect(crashing.guest.invoke('received', [])).to.have.length(1);
    expect(() => other.guest.invoke('received', [])).to.throw();
  });
});

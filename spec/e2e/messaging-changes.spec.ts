import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { withSupervisor } from './fixtures.ts';

const module = guestBytes('messenger-c');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function grant(subscriptions: readonly string[] = []): CapabilityAssignment {
  return {
    capabilityId: 'bus',
    providerType: 'messaging',
    permissions: ['msg:publish', 'msg:subscribe'],
    config: { subscriptions },
  };
}

async function received(supervisor: Supervisor, id: string, count: number): Promise<string[]> {
  for (;;) {
    const all = (await supervisor.invoke(id, 'received')) as readonly (readonly [
      string,
      Uint8Array,
    ])[];
    if (all.length >= count) return all.map(([, body]) => new TextDecoder().decode(body));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('messages while their provider or their subscription changes', function () {
  this.timeout(60_000);

  it('P20 · an update waits for requests under way, whose replies are let through', () =>
    withSupervisor(async (supervisor) => {
      const start = (subscriptions?: readonly string[]): Promise<string> =>
        supervisor.startInstance({ module, capabilities: [grant(subscriptions)] });
      await start(['ask.echo']);
      const asker = await start();
      const over = new AbortController();
      let asked = 0;
      const asking = (async (): Promise<void> => {
        for (; !over.signal.aborted; asked += 1) {
          const body = bytes(`${asked}`);
          expect(
            await supervisor.invoke(asker, 'request', ['ask.echo', body, 8_000]),
          ).to.deep.equal(body);
        }
      })();
      for (let update = 0; update < 8; update += 1) {
        await supervisor.updateProvider('default-messaging', { providerType: 'messaging' });
      }
      over.abort();
      await asking;
      expect(asked).to.be.above(0);
    }));

  it('W4 · what waits goes over to the assignment that replaces its own, and is counted where none does', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module, capabilities: [grant(['>'])] });
      const publisher = await supervisor.startInstance({ module, capabilities: [grant()] });
      const publish = (topic: string, body: string): Promise<unknown> =>
        supervisor.invoke(publisher, 'publish', [topic, bytes(body)]);
      await publish('slow.300', 'first');
      for (let count = 0; count < 10; count += 1) await publish('t', `${count}`);
      await supervisor.assignCapability(id, grant(['t', 'slow.*', 'more']));
      const all = await received(supervisor, id, 11);
      expect(all.slice(1)).to.deep.equal(Array.from({ length: 10 }, (_, count) => `${count}`));
      await publish('slow.300', 'second');
      for (let count = 0; count < 5; count += 1) await publish('t', 'lost');
      await supervisor.revokeCapability(id, 'bus');
      const [bus] = (await supervisor.listProviders()).filter(
        ({ providerType }) => providerType === 'messaging',
      );
      expect(bus?.metadata['totals']).to.include({ dropped: 5 });
    }));
});

import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { AT_ONCE, failureOf, THREAD_RUNS, until, withSupervisor } from './fixtures.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function grant(
  permissions: readonly string[],
  config: Readonly<Record<string, unknown>> = {},
): CapabilityAssignment {
  return { capabilityId: 'bus', providerType: 'messaging', permissions, config };
}

type Received = readonly (readonly [string, Uint8Array])[];

async function received(supervisor: Supervisor, id: string): Promise<string[]> {
  const all = (await supervisor.invoke(id, 'received')) as Received;
  return all.map(([topic, body]) => `${topic} ${new TextDecoder().decode(body)}`);
}

/** Waits until a guest has handled as many messages. */
async function untilReceived(
  supervisor: Supervisor,
  id: string,
  count: number,
): Promise<readonly string[]> {
  for (;;) {
    const all = await received(supervisor, id);
    if (all.length >= count) return all;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('messages between real guests', function () {
  this.timeout(60_000 + THREAD_RUNS * 500);

  for (const name of ['messenger-c', 'messenger-draft']) {
    it(`R5 · reach every subscriber once and in the order of their publisher · ${name}`, () =>
      withSupervisor(async (supervisor) => {
        const module = guestBytes(name);
        const subscribe = (subscriptions: readonly string[]) =>
          supervisor.startInstance({
            module,
            capabilities: [grant(['msg:subscribe'], { subscriptions })],
          });
        const all = await subscribe(['a.>']);
        const some = await subscribe(['a.x', 'a.*']);
        const none = await subscribe(['b']);
        const publisher = await supervisor.startInstance({
          module,
          capabilities: [grant(['msg:publish:a.>'])],
        });
        const topic = fc.constantFrom('a.x', 'a.y', 'a.y.z');
        const wantedOfAll: string[] = [];
        const wantedOfSome: string[] = [];
        await fc.assert(
          fc.asyncProperty(fc.array(topic, { maxLength: 5 }), async (topics) => {
            for (const each of topics) {
              const text = `m${wantedOfAll.length}`;
              await supervisor.invoke(publisher, 'publish', [each, bytes(text)]);
              wantedOfAll.push(`${each} ${text}`);
              if (each !== 'a.y.z') wantedOfSome.push(`${each} ${text}`);
            }
            expect(await untilReceived(supervisor, all, wantedOfAll.length)).to.deep.equal(
              wantedOfAll,
            );
            expect(await untilReceived(supervisor, some, wantedOfSome.length)).to.deep.equal(
              wantedOfSome,
            );
          }),
          { numRuns: Math.min(100, THREAD_RUNS) },
        );
        expect(await received(supervisor, none)).to.deep.equal([]);
        const refused = await failureOf(
          supervisor.invoke(publisher, 'publish', ['b', bytes('no')]),
        );
        expect(refused.code).to.equal('WASM_RUNTIME_ERROR');
        expect(await received(supervisor, none)).to.deep.equal([]);
      }));

    it(`P10 · are answered to the guest that asked · ${name}`, () =>
      withSupervisor(async (supervisor) => {
        const module = guestBytes(name);
        await supervisor.startInstance({
          module,
          capabilities: [grant(['msg:subscribe'], { subscriptions: ['ask.echo'] })],
        });
        const askers = await Promise.all(
          [0, 1, 2].map(() =>
            supervisor.startInstance({ module, capabilities: [grant(['msg:publish'])] }),
          ),
        );
        await Promise.all(
          askers.map(async (id, index) => {
            for (let round = 0; round < 20; round += 1) {
              const body = bytes(`${index}-${round}`);
              expect(
                await supervisor.invoke(id, 'request', ['ask.echo', body, 5_000]),
              ).to.deep.equal(body);
            }
          }),
        );
        const unheard = supervisor.invoke(askers[0] as string, 'request', ['x', bytes('?'), 50]);
        expect((await failureOf(unheard)).code).to.equal('WASM_RUNTIME_ERROR');
      }));
  }

  it('W4 · for a slow consumer wait in a bounded queue, and what is lost is counted and told', () =>
    withSupervisor(async (supervisor) => {
      const module = guestBytes('messenger-c');
      const slow = await supervisor.startInstance({
        module,
        capabilities: [grant(['msg:subscribe'], { subscriptions: ['>'], queue: { limit: 4 } })],
      });
      const publisher = await supervisor.startInstance({
        module,
        capabilities: [grant(['msg:publish'])],
      });
      await supervisor.invoke(publisher, 'publish', ['slow.200', bytes('first')]);
      for (let count = 0; count < 20; count += 1) {
        await supervisor.invoke(publisher, 'publish', ['t', bytes(`${count}`)]);
      }
      const last = await untilReceived(supervisor, slow, 5);
      expect(last.slice(-4)).to.deep.equal(['t 16', 't 17', 't 18', 't 19']);
      const [provider] = (await supervisor.listProviders()).filter(
        ({ providerType }) => providerType === 'messaging',
      );
      expect(JSON.stringify(provider?.metadata)).to.include('"dropped":16');
      const overflows = await supervisor.executionEvents({ types: ['mailbox_overflowed'] });
      expect(overflows.length).to.be.above(0);
      expect(overflows[0]).to.include({ instanceId: slow, providerId: 'default-messaging' });
    }));

  it('R8 · that a guest traps on are lost with that life alone; the next life hears the next ones', () =>
    withSupervisor(async (supervisor) => {
      const module = guestBytes('messenger-c');
      const id = await supervisor.startInstance({
        module,
        restartPolicy: AT_ONCE,
        capabilities: [grant(['msg:subscribe', 'msg:publish'], { subscriptions: ['>'] })],
      });
      const publisher = await supervisor.startInstance({
        module,
        capabilities: [grant(['msg:publish'])],
      });
      for (let round = 1; round <= 5; round += 1) {
        await supervisor.invoke(publisher, 'publish', ['trap', bytes('x')]);
        await until(
          supervisor,
          id,
          ({ restarts, status }) => restarts === round && status === 'running',
        );
        await supervisor.invoke(publisher, 'publish', ['t', bytes('after')]);
        await untilReceived(supervisor, id, 1);
      }
    }));

  it('W1 · stop coming when the subscription is revoked', () =>
    withSupervisor(async (supervisor) => {
      const module = guestBytes('messenger-c');
      const id = await supervisor.startInstance({
        module,
        capabilities: [grant(['msg:subscribe'], { subscriptions: ['t'] })],
      });
      const publisher = await supervisor.startInstance({
        module,
        capabilities: [grant(['msg:publish'])],
      });
      await supervisor.invoke(publisher, 'publish', ['t', bytes('1')]);
      await untilReceived(supervisor, id, 1);
      await supervisor.revokeCapability(id, 'bus');
      const heard = await received(supervisor, id);
      await supervisor.invoke(publisher, 'publish', ['t', bytes('2')]);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(await received(supervisor, id)).to.deep.equal(heard);
    }));
});

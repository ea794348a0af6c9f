import { expect } from 'chai';
import { ALL_KV, AT_ONCE, codeOf, failureOf, kvGrant, pause } from '../../e2e/fixtures.ts';
import { guestBytes } from '../../guests/guest-file.ts';
import { type Episode, inMemory, type SupervisedWorld } from './episode.ts';

const counter = guestBytes('counter-c');
const messenger = guestBytes('messenger-c');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const ENDS: readonly string[] = ['throw', 'reject', 'exit'];

let lastName = 0;

/** What no other episode uses: a bucket, a topic, a provider. */
function freshName(): string {
  lastName += 1;
  return `soak-${lastName}`;
}

const bus = (permissions: readonly string[], subscriptions: readonly string[] = []) => ({
  capabilityId: 'bus',
  providerType: 'messaging',
  permissions,
  config: { subscriptions },
});

/** Guests that call providers which any supervisor has. */
export const GRANTS: readonly Episode<SupervisedWorld>[] = [
  {
    name: 'kill in the middle of counting',
    async play({ supervisor }) {
      const capabilities = [inMemory('killed')];
      const id = await supervisor.startInstance({
        module: counter,
        capabilities,
        restartPolicy: AT_ONCE,
      });
      const call = supervisor.invoke(id, 'bump-many', ['n', 4_000_000], { timeoutMs: 20 });
      expect(await codeOf(call)).to.equal('TIMEOUT');
      await supervisor.stopInstance(id, { graceMs: 0 });
    },
  },
  {
    name: 'revoke, assign',
    async play({ supervisor }) {
      const grant = inMemory(freshName());
      const id = await supervisor.startInstance({ module: counter, capabilities: [grant] });
      for (let round = 1n; round <= 5n; round += 1n) {
        expect(await supervisor.invoke(id, 'bump', ['n'])).to.equal(round);
        await supervisor.revokeCapability(id, 'kv');
        const { details } = await failureOf(supervisor.invoke(id, 'bump', ['n']));
        expect(details['payload']).to.equal('access-denied');
        await supervisor.assignCapability(id, grant);
      }
      expect(await supervisor.listCapabilities(id)).to.have.length(1);
      await supervisor.invoke(id, 'remove', ['n']);
      await supervisor.stopInstance(id);
    },
  },
  {
    name: 'messages',
    async play({ supervisor }) {
      const topic = `${freshName()}.echo`;
      const heard = [bus(['msg:subscribe', 'msg:publish'], [topic])];
      const subscriber = await supervisor.startInstance({ module: messenger, capabilities: heard });
      const asker = await supervisor.startInstance({
        module: messenger,
        capabilities: [bus(['msg:publish'])],
      });
      for (let round = 0; round < 10; round += 1) {
        const body = bytes(`message ${round}`);
        expect(await supervisor.invoke(asker, 'request', [topic, body, 30_000])).to.deep.equal(
          body,
        );
      }
      await Promise.all([subscriber, asker].map((id) => supervisor.stopInstance(id)));
    },
  },
  {
    name: 'provider comes and goes',
    async play({ supervisor }) {
      const providerId = freshName();
      await supervisor.startProvider({ providerType: 'kv', providerId });
      const capabilities = [{ ...kvGrant(ALL_KV), providerId }];
      const id = await supervisor.startInstance({ module: counter, capabilities });
      expect(await supervisor.invoke(id, 'bump', ['n'])).to.equal(1n);
      await supervisor.stopProvider(providerId);
      expect(await codeOf(supervisor.invoke(id, 'bump', ['n']))).to.equal('WASM_RUNTIME_ERROR');
      await supervisor.stopInstance(id);
    },
  },
];

/** Guests that call providers of the world, and what becomes of those meanwhile. */
export const PROVIDERS: readonly Episode[] = [
  {
    name: 'residents count',
    async play(world) {
      await Promise.all(world.counters.map((each) => world.count(each, 20)));
    },
  },
  {
    name: 'update of providers in use',
    async play(world) {
      for (const providerId of ['default-kv', 'disk']) {
        const users = world.counters.filter((each) => each.providerId === providerId);
        const counted = Promise.all(users.map((each) => world.count(each, 50)));
        await world.update(providerId).catch((error: unknown) => {
          // Another lane does the same.
          expect(error).to.have.property('code', 'INVALID_REQUEST');
        });
        await counted;
      }
    },
  },
  {
    name: 'provider fails',
    async play({ supervisor }) {
      const capabilities = [{ ...kvGrant(ALL_KV), providerId: 'faulty' }];
      const id = await supervisor.startInstance({ module: counter, capabilities });
      for (const key of ENDS) {
        expect(await codeOf(supervisor.invoke(id, 'read', [key]))).to.equal('WASM_RUNTIME_ERROR');
      }
      // Between two lives of the provider its callers are told so at once.
      for (let look = 0; ; look += 1) {
        const answer = await supervisor.invoke(id, 'read', ['any']).catch(() => undefined);
        if (answer !== undefined || look === 1_000) {
          expect(answer).to.deep.equal(bytes('fine'));
          break;
        }
        await pause(10);
      }
      await supervisor.stopInstance(id);
    },
  },
];

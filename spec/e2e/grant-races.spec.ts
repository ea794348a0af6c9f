import { expect } from 'chai';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { defineProvider } from '../../lib/core/define-provider.ts';
import type { ProviderDefinition, WireValue } from '../../lib/core/provider.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { ALL_KV, AT_ONCE, codeOf, failureOf, kvGrant, pause, withSupervisor } from './fixtures.ts';

const counter = guestBytes('counter-c');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const grant = (providerId: string, permissions = ALL_KV): CapabilityAssignment => ({
  ...kvGrant(permissions),
  providerId,
});

/** A provider of type `kv` whose counter does what a spec says. */
function countingProvider(increment: () => WireValue | Promise<WireValue>): ProviderDefinition {
  return defineProvider({
    type: 'kv',
    operations: {
      open: { permission: () => [], run: () => true },
      increment: { permission: () => ({ action: 'kv:write' }), run: increment },
    },
  });
}

describe('grants that change at a bad moment', function () {
  this.timeout(60_000);

  it('P19 · one that is still being checked when its instance ends is given to nobody', () =>
    withSupervisor(async (supervisor) => {
      const spec = { module: counter, instanceId: 'x' };
      await supervisor.startInstance(spec);
      const web = { capabilityId: 'web', providerType: 'http', permissions: ['http:request'] };
      // Its provider is only started for it, which takes longer than the rest.
      const assigning = failureOf(supervisor.assignCapability('x', web));
      await supervisor.stopInstance('x', { graceMs: 0 });
      await supervisor.startInstance(spec);
      expect((await assigning).code).to.equal('INSTANCE_NOT_FOUND');
      expect(await supervisor.listCapabilities('x')).to.deep.equal([]);
    }));

  it('W1 · one that was moved to another provider is revoked when the former serves it no more', () =>
    withSupervisor(async (supervisor) => {
      const pending = Promise.withResolvers<WireValue>();
      let isServed = false;
      const slow = countingProvider(async () => {
        const value = await pending.promise;
        isServed = true;
        return value;
      });
      await supervisor.startProvider({ providerId: 'p1', definition: slow });
      await supervisor.startProvider({ providerId: 'p2', definition: countingProvider(() => 2n) });
      const id = await supervisor.startInstance({ module: counter, capabilities: [grant('p1')] });
      const bumped = supervisor.invoke(id, 'bump', ['n']).catch(() => undefined);
      await pause(50);
      const moved = supervisor.assignCapability(id, grant('p2'));
      let isRevoked = false;
      const revoked = supervisor.revokeCapability(id, 'kv').then(() => (isRevoked = true));
      await pause(50);
      expect(isRevoked, 'while a call by it is under way').to.equal(false);
      pending.resolve(1n);
      await revoked;
      expect(isServed).to.equal(true);
      await Promise.all([moved, bumped]);
      expect(await supervisor.listCapabilities(id)).to.deep.equal([]);
    }));

  it('P5 · one that is moved there and back at once is where the registry says', () =>
    withSupervisor(async (supervisor) => {
      await supervisor.startProvider({ providerType: 'kv', providerId: 'p1' });
      await supervisor.startProvider({ providerType: 'kv', providerId: 'p2' });
      const id = await supervisor.startInstance({ module: counter, capabilities: [grant('p1')] });
      for (let round = 0; round < 20; round += 1) {
        const last = round % 2 === 0 ? 'p1' : 'p2';
        await Promise.all([
          supervisor.assignCapability(id, grant(last === 'p1' ? 'p2' : 'p1')),
          supervisor.assignCapability(id, grant(last)),
        ]);
        const [listed] = await supervisor.listCapabilities(id);
        expect(listed?.providerId).to.equal(last);
        expect(await supervisor.invoke(id, 'bump', ['n'])).to.be.a('bigint');
      }
    }));

  it('P19 · a call of an instance that has ended is not served by the grants of its successor', () =>
    withSupervisor(async (supervisor) => {
      const module = new URL('slow-provider.js', import.meta.url);
      await supervisor.startProvider({ providerType: 'kv', providerId: 'slow', module });
      const start = (instanceId: string, permissions: readonly string[]) =>
        supervisor.startInstance({
          module: counter,
          instanceId,
          capabilities: [grant('slow', permissions)],
        });
      await start('busy', ['kv:read', 'kv:write:none']);
      await start('x', ['kv:write:own']);
      const held = supervisor.invoke('busy', 'read', ['k']).catch(() => undefined);
      await pause(100);
      const doomed = failureOf(supervisor.invoke('x', 'write', ['foreign', bytes('1')]));
      await pause(50);
      await supervisor.stopInstance('x', { graceMs: 0 });
      await doomed;
      await start('x', ['kv:write']);
      await held;
      await supervisor.invoke('x', 'write', ['own', bytes('2')]);
      const [slow] = (await supervisor.listProviders()).filter(
        ({ providerId }) => providerId === 'slow',
      );
      expect(slow?.metadata['written']).to.deep.equal(['x own']);
    }));

  it('P4 · one of a type is for the provider of that type which was started, also while that is down', () =>
    withSupervisor(async (supervisor) => {
      await supervisor.startProvider({
        providerType: 'kv',
        providerId: 'durable',
        module: new URL('faulty-provider.js', import.meta.url),
        restartPolicy: { ...AT_ONCE, backoff: { initialMs: 60_000, maxMs: 60_000, jitter: 0 } },
      });
      const id = await supervisor.startInstance({
        module: counter,
        capabilities: [grant('durable')],
      });
      await failureOf(supervisor.invoke(id, 'read', ['exit']));
      const unnamed = supervisor.assignCapability(id, kvGrant(ALL_KV));
      expect(await codeOf(unnamed)).to.equal('CAPABILITY_NOT_FOUND');
    }));

  it('P21 · one whose provider’s id goes to another type during the start stays without a provider', () =>
    withSupervisor(async (supervisor) => {
      await supervisor.startProvider({ providerId: 'p', definition: countingProvider(() => 1n) });
      let heard = 0;
      const other = defineProvider({
        type: 'other',
        operations: {},
        assigned: () => {
          heard += 1;
        },
      });
      const starting = supervisor.startInstance({ module: counter, capabilities: [grant('p')] });
      await supervisor.stopProvider('p');
      await supervisor.startProvider({ providerId: 'p', definition: other });
      const id = await starting.catch(() => undefined);
      expect(heard).to.equal(0);
      if (id === undefined) return;
      const { details } = await failureOf(supervisor.invoke(id, 'bump', ['n']));
      expect(details['payload']).to.equal('no-such-store');
    }));
});

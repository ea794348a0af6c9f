import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { scopeCovers } from '../../lib/core/permissions.ts';
import { guestBytes } from '../guests/guest-file.ts';
import {
  ALL_KV,
  AT_ONCE,
  codeOf,
  failureOf,
  kvGrant,
  PROPERTY_TIMEOUT_MS,
  THREAD_RUNS,
  until,
  withSupervisor,
} from './fixtures.ts';

const counter = guestBytes('counter-c');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a guest got: a value, or its own error text. */
async function answer(promise: Promise<unknown>): Promise<unknown> {
  try {
    return { ok: await promise };
  } catch {
    const { code, details } = await failureOf(promise);
    expect(code).to.equal('WASM_RUNTIME_ERROR');
    return { error: details['payload'] };
  }
}

describe('capability calls of real guests', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  const key = fc.constantFrom('a', 'ab', 'b', 'user:1');
  const scope = fc.constantFrom('', ':a', ':a*', ':b', ':user:*');
  const permission = fc
    .tuple(fc.constantFrom('kv:read', 'kv:write', 'kv:delete'), scope)
    .map(([action, pattern]) => action + pattern);

  /** The rule of the contract, written down a second time and naively. */
  const isCovered = (permissions: readonly string[], action: string, concrete: string): boolean =>
    permissions.some((each) => {
      const [area, verb, ...rest] = each.split(':');
      if (`${area}:${verb}` !== action) return false;
      return rest.length === 0 || scopeCovers('kv:read', rest.join(':'), concrete);
    });

  it('P4 · a call is served exactly when a grant held at that moment covers it, else nothing happens', () =>
    withSupervisor(async (supervisor) => {
      const writer = await supervisor.startInstance({
        module: counter,
        capabilities: [kvGrant(ALL_KV)],
      });
      const id = await supervisor.startInstance({ module: counter });
      const operation = fc.constantFrom('read', 'write', 'remove', 'has', 'bump');
      const wanted = { read: 'kv:read', has: 'kv:read', write: 'kv:write', bump: 'kv:write' };
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(permission, { maxLength: 4 }),
          operation,
          key,
          async (permissions, name, concrete) => {
            await supervisor.invoke(writer, 'write', [concrete, bytes('7')]);
            await supervisor.assignCapability(id, kvGrant(permissions));
            const action = name === 'remove' ? 'kv:delete' : wanted[name];
            const args = name === 'write' ? [concrete, bytes('8')] : [concrete];
            const got = await answer(supervisor.invoke(id, name, args));
            const isAllowed = isCovered(permissions, action, concrete);
            if (isAllowed) expect(got).to.have.property('ok');
            else expect(got).to.deep.equal({ error: 'access-denied' });
            const after = await supervisor.invoke(writer, 'read', [concrete]);
            const changed = { write: '8', bump: '8', remove: undefined, read: '7', has: '7' }[name];
            const text = isAllowed ? changed : '7';
            expect(after).to.deep.equal(text === undefined ? undefined : bytes(text));
          },
        ),
        { numRuns: THREAD_RUNS },
      );
    }));

  it('P5 · the registry of grants is what the assignments and revocations say', () =>
    withSupervisor(async (supervisor) => {
      const ids = await Promise.all(
        [0, 1, 2].map(() => supervisor.startInstance({ module: counter })),
      );
      const model = new Map(ids.map((id) => [id, new Map<string, readonly string[]>()]));
      const step = fc.record({
        index: fc.nat(2),
        capabilityId: fc.constantFrom('x', 'y'),
        permissions: fc.uniqueArray(permission, { maxLength: 3 }),
        isAssign: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(step, async ({ index, capabilityId, permissions, isAssign }) => {
          const id = ids[index] as string;
          const own = model.get(id) as Map<string, readonly string[]>;
          if (isAssign) {
            await supervisor.assignCapability(id, kvGrant(permissions, 'shared', capabilityId));
            own.set(capabilityId, permissions);
          } else if (own.delete(capabilityId)) {
            await supervisor.revokeCapability(id, capabilityId);
          } else {
            const revoke = supervisor.revokeCapability(id, capabilityId);
            expect(await codeOf(revoke)).to.equal('CAPABILITY_NOT_FOUND');
          }
          for (const each of ids) {
            const held = await supervisor.listCapabilities(each);
            expect(new Map(held.map((a) => [a.capabilityId, a.permissions]))).to.deep.equal(
              model.get(each),
            );
          }
        }),
        { numRuns: THREAD_RUNS },
      );
    }));

  it('W1 · once a revocation has resolved, no call is served, however many are in flight', () =>
    withSupervisor(async (supervisor) => {
      const ids = await Promise.all(
        [0, 1].map((index) =>
          supervisor.startInstance({
            module: counter,
            capabilities: [kvGrant(ALL_KV, `bucket-${index}`)],
          }),
        ),
      );
      const observer = await supervisor.startInstance({ module: counter });
      await fc.assert(
        fc.asyncProperty(fc.nat(1), fc.nat(3), async (index, waitMs) => {
          const id = ids[index] as string;
          await supervisor.assignCapability(observer, kvGrant(['kv:read'], `bucket-${index}`));
          const hammering = answer(supervisor.invoke(id, 'bump-many', ['n', 2_000]));
          await new Promise((resolve) => setTimeout(resolve, waitMs));
          await supervisor.revokeCapability(id, 'kv');
          const atRevocation = await supervisor.invoke(observer, 'read', ['n']);
          await hammering;
          const afterwards = await supervisor.invoke(observer, 'read', ['n']);
          expect(afterwards).to.deep.equal(atRevocation);
          await supervisor.assignCapability(id, kvGrant(ALL_KV, `bucket-${index}`));
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
    }));

  it('P10 · each caller gets its own answers, also when all call at once', () =>
    withSupervisor(async (supervisor) => {
      const ids = await Promise.all(
        Array.from({ length: 6 }, () =>
          supervisor.startInstance({ module: counter, capabilities: [kvGrant(ALL_KV)] }),
        ),
      );
      const value = fc.uint8Array({ maxLength: 100_000 });
      await fc.assert(
        fc.asyncProperty(fc.array(value, { minLength: 6, maxLength: 6 }), async (values) => {
          await Promise.all(
            ids.map(async (id, index) => {
              const own = values[index] as Uint8Array;
              await supervisor.invoke(id, 'write', [`own-${index}`, own]);
              expect(await supervisor.invoke(id, 'read', [`own-${index}`])).to.deep.equal(own);
            }),
          );
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
    }));

  it('P19 · instances share data only through one bucket, whatever the names they use', () =>
    withSupervisor(async (supervisor) => {
      const apart = { capabilityId: 'kv', providerType: 'kv', permissions: ALL_KV };
      const [one, two] = await Promise.all([
        supervisor.startInstance({ module: counter, capabilities: [apart] }),
        supervisor.startInstance({ module: counter, capabilities: [apart] }),
      ]);
      const anyKey = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' });
      await fc.assert(
        fc.asyncProperty(anyKey, fc.uint8Array({ maxLength: 50 }), async (name, value) => {
          await supervisor.invoke(one, 'write', [name, value]);
          expect(await supervisor.invoke(one, 'read', [name])).to.deep.equal(value);
          expect(await supervisor.invoke(two, 'has', [name])).to.equal(false);
          const foreign = await answer(supervisor.invoke(two, 'bucket-open', [one]));
          expect(foreign).to.deep.equal({ error: 'no-such-store' });
          await supervisor.invoke(one, 'remove', [name]);
        }),
        { numRuns: THREAD_RUNS },
      );
    }));

  it('P20 · calls to a stopped provider fail at once in the form of the guest, and work after its return', () =>
    withSupervisor(async (supervisor) => {
      const start = () => supervisor.startProvider({ providerType: 'kv', providerId: 'store' });
      await start();
      const capability = { ...kvGrant(ALL_KV), providerId: 'store' };
      const id = await supervisor.startInstance({ module: counter, capabilities: [capability] });
      await fc.assert(
        fc.asyncProperty(fc.boolean(), fc.integer({ min: 1, max: 3 }), async (isBusy, calls) => {
          const busy = isBusy ? answer(supervisor.invoke(id, 'bump-many', ['n', 500])) : undefined;
          await supervisor.stopProvider('store');
          await busy;
          for (let call = 0; call < calls; call++) {
            const got = await answer(supervisor.invoke(id, 'read', ['n']));
            expect(got).to.deep.equal({ error: 'no-such-store' });
          }
          await start();
          expect(await supervisor.invoke(id, 'bump', ['n'])).to.equal(1n);
          expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
    }));

  it('P21 · ids of providers and of instances never appear among each other', () =>
    withSupervisor(async (supervisor) => {
      const name = fc.constantFrom('alpha', 'beta', 'gamma');
      await fc.assert(
        fc.asyncProperty(name, fc.boolean(), async (id, isFirst) => {
          const provider = () => supervisor.startProvider({ providerType: 'kv', providerId: id });
          const instance = () => supervisor.startInstance({ module: counter, instanceId: id });
          // One name may serve for both, because they never meet.
          if (isFirst) await Promise.all([provider(), instance()]);
          else await Promise.all([instance(), provider()]);
          const providers = (await supervisor.listProviders()).map((each) => each.providerId);
          const instances = (await supervisor.listInstances()).map((each) => each.instanceId);
          expect(providers).to.have.members(['default-kv', id]);
          expect(instances).to.deep.equal([id]);
          await supervisor.stopProvider(id);
          expect((await supervisor.queryInstance(id)).status).to.equal('running');
          await supervisor.stopInstance(id);
          expect(await codeOf(supervisor.stopProvider(id))).to.equal('CAPABILITY_NOT_FOUND');
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 4) },
      );
    }));

  it('P2 · crashes change neither grants, nor data, nor other instances', () =>
    withSupervisor(async (supervisor) => {
      const capabilities = [kvGrant(ALL_KV)];
      const ids = await Promise.all(
        [0, 1, 2].map(() =>
          supervisor.startInstance({ module: counter, capabilities, restartPolicy: AT_ONCE }),
        ),
      );
      const crashes = [0, 0, 0];
      let bumps = 0n;
      const step = fc.record({ index: fc.nat(2), what: fc.constantFrom('boom', 'bump') });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 4 }), async (steps) => {
          for (const { index, what } of steps) {
            const id = ids[index] as string;
            if (what === 'bump') {
              expect(await supervisor.invoke(id, 'bump', ['n'])).to.equal(++bumps);
            } else {
              expect(await codeOf(supervisor.invoke(id, 'boom'))).to.equal('WASM_RUNTIME_ERROR');
              crashes[index] = (crashes[index] as number) + 1;
              await until(supervisor, id, ({ status }) => status === 'running');
            }
          }
          for (const [index, id] of ids.entries()) {
            const info = await supervisor.queryInstance(id);
            expect(info).to.include({ status: 'running', restarts: crashes[index] });
            expect(await supervisor.listCapabilities(id)).to.deep.equal(capabilities);
          }
          const facts = await supervisor.executionEvents({ types: ['instance_crashed'] });
          expect(facts).to.have.length(crashes.reduce((sum, each) => sum + each, 0));
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
    }));

  it('P10 · guests of both drafts and of two languages share one counter', () =>
    withSupervisor(async (supervisor: Supervisor) => {
      const capabilities = [kvGrant(ALL_KV)];
      const start = (name: string) =>
        supervisor.startInstance({ module: guestBytes(name), capabilities });
      const [c, as, draft2] = await Promise.all([
        start('counter-c'),
        start('counter-as'),
        start('counter-draft2'),
      ]);
      expect(await supervisor.invoke(c, 'bump', ['hits'])).to.equal(1n);
      expect(await supervisor.invoke(as, 'bump', ['hits'])).to.equal(2n);
      expect(await supervisor.invoke(draft2, 'bump', ['hits', 40n])).to.equal(42n);
      expect(await supervisor.invoke(c, 'read', ['hits'])).to.deep.equal(bytes('42'));
    }));
});

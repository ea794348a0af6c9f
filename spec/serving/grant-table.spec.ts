import { expect } from 'chai';
import * as fc from 'fast-check';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { Grant } from '../../lib/serving/grant.ts';
import { GrantTable } from '../../lib/serving/grant-table.ts';
import { RUNS } from '../core/property-runs.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { rejectionOf, settled } from '../thrown.ts';

const assignment = (capabilityId: string, permissions = ['kv:read']): CapabilityAssignment => ({
  capabilityId,
  providerType: 'kv',
  permissions,
});
const clock = new SimulatedClock();
const newGrant = (instanceId: string, capabilityId: string, permissions?: string[]): Grant =>
  new Grant(instanceId, assignment(capabilityId, permissions), clock);

/** What a table holds of one instance. */
const listOf = (table: GrantTable, id: string): CapabilityAssignment[] =>
  Array.from(table.of(id), (grant) => grant.assignment);

/** Whether a promise has resolved by itself. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  const watch = async (): Promise<void> => {
    await promise;
    done = true;
  };
  void watch();
  await settled();
  return done;
}

describe('the table of grants', () => {
  it('P5 · equals the model’s after any assignments and revocations', async () => {
    const ids = fc.constantFrom('a', 'b', '__proto__', 'constructor');
    const change = fc.record({
      kind: fc.constantFrom('assign', 'assign', 'revoke', 'forget'),
      ids: fc.tuple(ids, ids),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 30 }), async (changes) => {
        const table = new GrantTable();
        const model = new Map<string, Map<string, string[]>>();
        for (const [
          index,
          {
            kind,
            ids: [instance, capability],
          },
        ] of changes.entries()) {
          const own = model.get(instance) ?? new Map<string, string[]>();
          if (kind === 'assign') {
            const permissions = [`kv:read:${index}`];
            await table.assign(newGrant(instance, capability, permissions));
            model.set(instance, own.set(capability, permissions));
          } else if (kind === 'forget') {
            table.forget(instance);
            model.delete(instance);
          } else if (own.delete(capability)) {
            await table.revoke(instance, capability);
          } else {
            const error = await rejectionOf(table.revoke(instance, capability));
            expect(error.code).to.equal('CAPABILITY_NOT_FOUND');
          }
          for (const id of ['a', 'b', '__proto__', 'constructor']) {
            const wanted = [...(model.get(id) ?? [])].map(([key, each]) => assignment(key, each));
            expect(listOf(table, id)).to.deep.equal(wanted);
          }
        }
      }),
      RUNS,
    );
  });

  it('W1 · resolves a revocation only when the last call under way is done', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), async (count) => {
        const table = new GrantTable();
        const grant = newGrant('i', 'c');
        await table.assign(grant);
        const leaves = Array.from({ length: count }, () => grant.enter());
        const revoked = table.revoke('i', 'c');
        expect(grant.allows({ action: 'kv:read' }), 'from now on').to.equal(false);
        expect(listOf(table, 'i')).to.deep.equal([]);
        for (const leave of leaves) {
          expect(await isDone(revoked)).to.equal(false);
          leave();
        }
        expect(await revoked).to.equal(grant);
      }),
      RUNS,
    );
  });

  it('W1 · resolves a replacing assignment only when the former has served its last call', async () => {
    const table = new GrantTable();
    const former = newGrant('i', 'c');
    await table.assign(former);
    const leave = former.enter();
    const replaced = table.assign(newGrant('i', 'c', ['kv:write']));
    expect(former.allows({ action: 'kv:read' })).to.equal(false);
    expect(listOf(table, 'i')).to.deep.equal([assignment('c', ['kv:write'])]);
    expect(await isDone(replaced)).to.equal(false);
    leave();
    await replaced;
  });

  it('W1 · waits, when revoking a capability, for calls of grants that it has replaced', async () => {
    const table = new GrantTable();
    const first = newGrant('i', 'c');
    await table.assign(first);
    const leave = first.enter();
    void table.assign(newGrant('i', 'c'));
    void table.assign(newGrant('i', 'c'));
    const revoked = table.revoke('i', 'c');
    expect(await isDone(revoked)).to.equal(false);
    leave();
    await revoked;
  });

  it('W1 · waits, when revoking a capability, for calls of one revoked before under the same id', async () => {
    const table = new GrantTable();
    const first = newGrant('i', 'c');
    await table.assign(first);
    const leave = first.enter();
    const firstRevoked = table.revoke('i', 'c');
    await table.assign(newGrant('i', 'c'));
    const revoked = table.revoke('i', 'c');
    expect(await isDone(revoked)).to.equal(false);
    leave();
    await Promise.all([firstRevoked, revoked]);
  });

  it('W1 · does not wait for calls of other capabilities or instances', async () => {
    const table = new GrantTable();
    const others = [newGrant('i', 'other'), newGrant('other', 'c')];
    for (const grant of others) {
      await table.assign(grant);
      grant.enter();
      void table.revoke(grant.instanceId, grant.assignment.capabilityId);
    }
    await table.assign(newGrant('i', 'c'));
    await table.revoke('i', 'c');
    expect(listOf(table, 'i')).to.deep.equal([]);
    table.forget('i');
    table.forget('other');
  });

  it('P4 · takes every grant of an instance away at once when it is forgotten', async () => {
    const table = new GrantTable();
    const grants = [newGrant('i', 'a'), newGrant('i', 'b'), newGrant('other', 'a')];
    for (const grant of grants) await table.assign(grant);
    table.forget('i');
    expect(grants.map((grant) => grant.allows({ action: 'kv:read' }))).to.deep.equal([
      false,
      false,
      true,
    ]);
    expect(listOf(table, 'i')).to.deep.equal([]);
    expect(listOf(table, 'other')).to.have.length(1);
  });

  it('W1 · gives up waiting for a call after ten seconds, and the call may not be answered then', async () => {
    const table = new GrantTable();
    const grant = newGrant('i', 'c');
    await table.assign(grant);
    const leave = grant.enter();
    const revoked = table.revoke('i', 'c');
    await settled();
    clock.advance(9_999);
    expect(await isDone(revoked)).to.equal(false);
    expect(grant.isGivenUp).to.equal(false);
    clock.advance(1);
    await revoked;
    expect(grant.isGivenUp).to.equal(true);
    leave();
    expect(clock.pending).to.equal(0);
  });

  it('W1 · releases who waits for calls of an instance that has ended', async () => {
    const table = new GrantTable();
    const revoking = newGrant('i', 'c');
    const held = newGrant('i', 'd');
    const other = newGrant('other', 'c');
    for (const grant of [revoking, held, other]) {
      await table.assign(grant);
      grant.enter();
    }
    const revoked = table.revoke('i', 'c');
    const otherRevoked = table.revoke('other', 'c');
    table.forget('i');
    await revoked;
    expect([revoking, held, other].map(({ isGivenUp }) => isGivenUp)).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect(await isDone(otherRevoked)).to.equal(false);
    table.forget('other');
    await otherRevoked;
    expect(clock.pending).to.equal(0);
  });
});

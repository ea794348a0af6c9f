import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { ERROR_CODES } from '../../lib/core/error-codes.ts';
import type { ExecutionEvent } from '../../lib/core/execution-event.ts';
import { ALL_KV, AT_ONCE, kvGrant, until } from '../e2e/fixtures.ts';
import { guestBytes, guestPath, wat } from '../guests/guest-file.ts';
import { supervisorCallContract } from './supervisor-calls.contract.ts';
import { SupervisorScene, type SupervisorStage } from './supervisor-scene.ts';

const core = guestBytes('core');
const counter = guestBytes('counter-c');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What holds of every supervisor, wherever it is. */
export function supervisorContract(name: string, open: () => Promise<SupervisorStage>): void {
  describe(`a supervisor · ${name}`, function () {
    this.timeout(60_000);
    const scene = new SupervisorScene(open);
    const { fails, started, seen } = scene;

    before(() => scene.open());
    after(() => scene.close());

    supervisorCallContract(name, scene);

    it('R1 · starts what it is given as bytes, as a path and as a URL, and tells of it', async () => {
      const { supervisor } = scene;
      const path = guestPath('core');
      const labels = { 'team=a': 'b=c', tier: 'one' };
      const id = await supervisor.startInstance({ module: core, name: 'ä name', labels });
      const info = await supervisor.queryInstance(id);
      expect(info).to.include({ instanceId: id, status: 'running', abi: 'core', name: 'ä name' });
      expect(info).to.include({ nodeId: supervisor.nodeId, moduleHash: sha256(core), restarts: 0 });
      expect(info.labels).to.deep.equal(labels);
      expect(info.limits.memoryBytes).to.equal(64 * 1024 * 1024);
      for (const module of [path, new URL(`file://${path}`)]) {
        const other = await supervisor.startInstance({ module });
        expect(await supervisor.invoke(other, 'add', [1, 2])).to.equal(3);
        await supervisor.stopInstance(other);
      }
      const found = await supervisor.listInstances({ labels, status: 'running' });
      expect(found.map(({ instanceId }) => instanceId)).to.deep.equal([id]);
      expect(await supervisor.listInstances({ name: 'nobody' })).to.deep.equal([]);
      await supervisor.stopInstance(id, { graceMs: 0 });
      expect((await supervisor.queryInstance(id)).status).to.equal('stopped');
      expect(await supervisor.listInstances({ name: 'ä name' })).to.deep.equal([]);
      const stopped = await supervisor.listInstances({ name: 'ä name', status: 'stopped' });
      expect(stopped).to.have.length(1);
    });

    it('INVALID_REQUEST · names the field of whatever is wrong', async () => {
      const { supervisor } = scene;
      const id = await started();
      const wrong: readonly (readonly [string, () => Promise<unknown>])[] = [
        [
          'module',
          () => supervisor.startInstance({ module: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }),
        ],
        ['module', () => supervisor.startInstance({ module: '/nowhere/at-all.wasm' })],
        ['limits.mailbox', () => started(core, { limits: { mailbox: -1 } })],
        ['spec.colour', () => started(core, { colour: 'blue' })],
        ['instanceId', () => started(core, { instanceId: id })],
        ['instanceId', () => started(core, { instanceId: 'a/b' })],
        ['wasi.stdin', () => started(core, { wasi: { stdin: 'no bytes' } })],
        ['exportName', () => supervisor.invoke(id, 'no-such-export')],
        ['args', () => supervisor.invoke(id, 'add', [1])],
        ['args[1]', () => supervisor.invoke(id, 'add', [1, 'two'])],
        ['args[0]', () => supervisor.invoke(id, 'half', [() => 1])],
        ['timeoutMs', () => supervisor.invoke(id, 'add', [1, 2], { timeoutMs: -1 })],
        ['types[0]', () => supervisor.executionEvents({ types: ['unheard' as never] })],
        ['status', () => supervisor.listInstances({ status: 'asleep' as never })],
        ['providerType', () => supervisor.startProvider({ providerType: 'clock' })],
        ['children', () => supervisor.startGroup({ children: [] })],
      ];
      for (const [field, request] of wrong) {
        const { details } = await fails(request(), 'INVALID_REQUEST');
        expect(details['field']).to.equal(field);
      }
      await supervisor.stopInstance(id);
    });

    it('INSTANCE_NOT_FOUND and CAPABILITY_NOT_FOUND · for what is not there, whatever it is called', async () => {
      const { supervisor } = scene;
      for (const id of ['nobody', 'a/b', '..', '', 'x'.repeat(5_000), 'ä?&#%2F']) {
        const requests = [
          () => supervisor.queryInstance(id),
          () => supervisor.stopInstance(id),
          () => supervisor.restartInstance(id),
          () => supervisor.invoke(id, 'add', [1, 2]),
          () => supervisor.listCapabilities(id),
          () => supervisor.revokeCapability(id, 'kv'),
          () => supervisor.assignCapability(id, kvGrant(ALL_KV)),
          () => supervisor.stopGroup(id),
        ];
        for (const request of requests) await fails(request(), 'INSTANCE_NOT_FOUND');
        await fails(supervisor.stopProvider(id), 'CAPABILITY_NOT_FOUND');
        await fails(supervisor.updateProvider(id, { providerType: 'kv' }), 'CAPABILITY_NOT_FOUND');
      }
      const id = await started();
      await fails(supervisor.revokeCapability(id, 'none'), 'CAPABILITY_NOT_FOUND');
      const clock = { capabilityId: 'c', providerType: 'clock', permissions: [] };
      await fails(supervisor.assignCapability(id, clock), 'CAPABILITY_NOT_FOUND');
      await supervisor.stopInstance(id);
    });

    it('P4 · gives and takes grants at once, and records both and the denial', async () => {
      const { supervisor } = scene;
      const since = (await supervisor.stats()).facts.lastSeq;
      const id = await started(counter);
      await supervisor.assignCapability(id, kvGrant(ALL_KV, `grants-${name}`));
      expect(await supervisor.invoke(id, 'bump', ['k'])).to.equal(1n);
      const [grant] = await supervisor.listCapabilities(id);
      expect(grant).to.deep.include(kvGrant(ALL_KV, `grants-${name}`));
      await supervisor.revokeCapability(id, 'kv');
      const denied = await fails(supervisor.invoke(id, 'bump', ['k']), 'WASM_RUNTIME_ERROR');
      expect(denied.details).to.deep.include({ kind: 'guest-error', payload: 'access-denied' });
      const facts = await supervisor.executionEvents({ instanceId: id, sinceSeq: since });
      expect(facts.map(({ type }) => type)).to.deep.equal([
        'instance_started',
        'capability_assigned',
        'capability_revoked',
        'capability_denied',
      ]);
      expect(facts.isCut).to.equal(false);
      expect(facts.oldestSeq).to.equal(1);
      seen.add('PERMISSION_DENIED');
      await supervisor.stopInstance(id);
    });

    it('R4 · restarts on request and after a trap, and not where the policy forbids it', async () => {
      const { supervisor } = scene;
      const id = await started(core, { restartPolicy: AT_ONCE });
      await supervisor.invoke(id, 'next');
      await supervisor.restartInstance(id);
      expect(await supervisor.invoke(id, 'next')).to.equal(1);
      const trap = await fails(supervisor.invoke(id, 'boom'), 'WASM_RUNTIME_ERROR');
      expect(trap.details['kind']).to.equal('trap');
      await until(supervisor, id, ({ status, restarts }) => status === 'running' && restarts === 2);
      const never = await started(core, { restartPolicy: { policyType: 'never' } });
      await fails(supervisor.restartInstance(never), 'RESTART_POLICY_VIOLATION');
      await supervisor.stopInstance(id);
    });

    it('W4 · starts groups in order, and stops them', async () => {
      const { supervisor } = scene;
      const groupId = 'contract-group';
      const children = ['first', 'second'].map((childId) => ({
        childId,
        instance: { module: core, instanceId: `member-${childId}` },
      }));
      const inner = {
        childId: 'third',
        group: { children: [{ childId: 'x', instance: { module: core, instanceId: 'member-x' } }] },
      };
      const group = await supervisor.startGroup({ groupId, children: [...children, inner] });
      expect(group).to.deep.equal({
        groupId,
        instanceIds: ['member-first', 'member-second', 'member-x'],
      });
      expect((await supervisor.queryInstance('member-first')).groupId).to.equal(groupId);
      await fails(supervisor.startGroup({ groupId, children }), 'INVALID_REQUEST');
      await supervisor.stopGroup(groupId);
      expect((await supervisor.queryInstance('member-second')).status).to.equal('stopped');
    });

    it('R8 · starts, updates, lists and stops providers; a store that cannot be is STORAGE_ERROR', async () => {
      const { supervisor } = scene;
      const path = '/proc/no-such-place/db';
      const broken = { providerType: 'kv', config: { backend: 'lmdb', path } };
      await fails(supervisor.startProvider(broken), 'STORAGE_ERROR');
      const providerId = await supervisor.startProvider({ providerType: 'kv', providerId: 'mine' });
      expect(providerId).to.equal('mine');
      await supervisor.updateProvider('mine', { providerType: 'kv' });
      const info = (await supervisor.listProviders()).find((each) => each.providerId === 'mine');
      expect(info).to.include({ providerType: 'kv', status: 'ready', placement: 'thread' });
      await supervisor.stopProvider('mine');
      await fails(supervisor.stopProvider('mine'), 'CAPABILITY_NOT_FOUND');
    });

    it('VALIDATION_ERROR · names the import that nobody serves; inspecting tells the same', async () => {
      const { supervisor } = scene;
      const module = wat('(module (import "env" "launch" (func)))');
      const refused = await fails(supervisor.startInstance({ module }), 'VALIDATION_ERROR');
      expect(refused.message).to.include('env.launch');
      const info = await supervisor.inspectModule(module);
      expect(info.sha256).to.equal(sha256(module));
      expect(info.refusals.map(({ code }) => code)).to.deep.equal(['VALIDATION_ERROR']);
      expect(info).to.deep.equal(await supervisor.inspectModule(module));
      await fails(supervisor.inspectModule(Uint8Array.of(9)), 'INVALID_REQUEST');
    });

    it('R9 · tells facts as they happen, from now on or from a number on, until it is told to stop', async () => {
      const { supervisor } = scene;
      const leaving = new AbortController();
      const since = (await supervisor.stats()).facts.lastSeq;
      const facts = supervisor.events({ types: ['instance_started'], signal: leaving.signal });
      const iterator = facts[Symbol.asyncIterator]();
      const ids: string[] = [];
      for (let index = 0; index < 3; index++) ids.push(await started());
      const heard: ExecutionEvent[] = [];
      for (let index = 0; index < 3; index++) heard.push((await iterator.next()).value);
      expect(heard.map(({ instanceId }) => instanceId)).to.deep.equal(ids);
      const next = iterator.next();
      leaving.abort();
      expect((await next).done).to.equal(true);
      const again: ExecutionEvent[] = [];
      for await (const event of supervisor.events({ sinceSeq: since })) {
        again.push(event);
        if (event.seq === heard.at(-1)?.seq) break;
      }
      expect(again.filter(({ type }) => type === 'instance_started')).to.deep.equal(heard);
      const list = await supervisor.executionEvents({ sinceSeq: since, limit: 2 });
      expect([...list]).to.deep.equal(again.slice(0, 2));
      const end = supervisor.events({ signal: AbortSignal.abort() })[Symbol.asyncIterator]();
      expect((await end.next()).done).to.equal(true);
      for (const id of ids) await supervisor.stopInstance(id);
    });

    it('R9 · counts what there is', async () => {
      const { supervisor } = scene;
      const before = await supervisor.stats();
      const id = await started();
      const { instances, nodeId, calls, facts } = await supervisor.stats();
      expect(nodeId).to.equal(supervisor.nodeId);
      expect(instances.running).to.equal(before.instances.running + 1);
      expect(facts.lastSeq).to.equal(before.facts.lastSeq + 1);
      await supervisor.invoke(id, 'nothing');
      expect((await supervisor.stats()).calls.begun).to.equal(calls.begun + 1);
      await supervisor.stopInstance(id);
    });

    it('every code was seen', () => {
      expect([...seen].toSorted()).to.deep.equal(Object.keys(ERROR_CODES).toSorted());
    });

    it('P6 · is closed once and for all: nothing is served any more, and events end', async () => {
      await using other = await open();
      const events = other.supervisor.events()[Symbol.asyncIterator]();
      const waiting = events.next();
      await other.supervisor.stats();
      await other.supervisor.close({ graceMs: 0 });
      await other.supervisor.close();
      await other.supervisor.destroy();
      // What was recorded before the end may be told before it.
      let step = await waiting;
      while (step.done !== true) step = await events.next();
      const refused = await fails(other.supervisor.listInstances(), 'INVALID_REQUEST');
      expect(refused.message).to.equal('the supervisor is closed');
      await fails(other.supervisor.startInstance({ module: core }), 'INVALID_REQUEST');
    });
  });
}

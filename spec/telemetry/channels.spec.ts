import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect } from 'chai';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { AT_ONCE, failureOf, kvGrant, until } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';

const NAMES = ['call', 'instance', 'capability', 'provider', 'limit'] as const;

describe('the diagnostics channels', () => {
  it('tell each fact once on the channel of its kind, and each call with what came of it', async () => {
    const told = new Map<string, Record<string, unknown>[]>(NAMES.map((name) => [name, []]));
    const listeners = NAMES.map((name) => {
      const listen = (message: unknown): void =>
        void told.get(name)?.push(message as Record<string, unknown>);
      subscribe(`wasmatrix:${name}`, listen);
      return { name: `wasmatrix:${name}`, listen };
    });
    try {
      await using supervisor = await createSupervisor({ nodeId: 'here', maxThreads: 3 });
      const id = await supervisor.startInstance({
        module: guestBytes('counter-c'),
        restartPolicy: AT_ONCE,
        capabilities: [kvGrant(['kv:read'])],
      });
      await supervisor.invoke(id, 'add', [1, 2], { requestId: 'r' });
      await supervisor.invoke(id, 'bump', ['a']).catch(() => undefined);
      await failureOf(supervisor.invoke(id, 'boom'));
      const facts = await supervisor.executionEvents();
      const kinds = NAMES.slice(1).flatMap((name) => told.get(name) ?? []);
      expect(kinds.map(({ seq }) => seq as number).toSorted((a, b) => a - b)).to.deep.equal(
        facts.map(({ seq }) => seq),
      );
      for (const name of ['instance', 'capability', 'provider'] as const) {
        const types = told.get(name)?.map(({ type }) => type as string) ?? [];
        expect(types, name).to.have.length.above(0);
        expect(
          types.every((type) => type.startsWith(`${name}_`)),
          name,
        ).to.equal(true);
      }
      const calls = told.get('call') ?? [];
      expect(calls).to.have.length(3);
      const [first, , last] = calls;
      expect(first).to.include({
        nodeId: 'here',
        instanceId: id,
        exportName: 'add',
        requestId: 'r',
        outcome: 'ok',
      });
      expect(first?.['durationMs']).to.be.at.least(first?.['waitedMs'] as number);
      expect(last).to.include({ exportName: 'boom', outcome: 'WASM_RUNTIME_ERROR' });
      expect(last).not.to.have.property('requestId');
      for (const { name, listen } of listeners) unsubscribe(name, listen);
      await until(supervisor, id, ({ status }) => status === 'running');
      await supervisor.invoke(id, 'add', [1, 2]);
      expect(told.get('call')).to.have.length(3);
    } finally {
      for (const { name, listen } of listeners) unsubscribe(name, listen);
    }
  });
});

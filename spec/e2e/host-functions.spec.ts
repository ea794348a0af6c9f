import { expect } from 'chai';
import { wat } from '../guests/guest-file.ts';
import { failureOf, PROPERTY_TIMEOUT_MS, withSupervisor } from './fixtures.ts';
import greeting from './greeting-provider.ts';
import {
  ALL,
  called,
  caller,
  grant,
  metadataOf,
  PLACES,
  reasonOf,
  startGreeting,
} from './host-function-fixtures.ts';

describe('host functions of Extism plug-ins', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  for (const { placement, isolation } of PLACES) {
    it(`are operations of a provider (${placement}, guest in a ${isolation})`, () =>
      withSupervisor(async (supervisor) => {
        await startGreeting(supervisor, placement);
        const id = await supervisor.startInstance({
          module: caller,
          capabilities: [grant()],
          isolation,
        });
        expect(await called(supervisor, id, 'greet', 'Ada')).to.equal('Hello, Ada!');
        expect(await called(supervisor, id, 'greet', '')).to.equal('Hello, !');
        expect(await called(supervisor, id, 'join', 'a')).to.equal('a|-7');
        expect(await called(supervisor, id, 'odd', 'proto')).to.equal('Hello, proto!');
        expect(await called(supervisor, id, 'note', 'one')).to.equal('noted');
        expect((await metadataOf(supervisor)).notes).to.deep.equal([`${id} greeting one`]);
      }));

    it(`may be mapped anew while the guest lives (${placement}, guest in a ${isolation})`, () =>
      withSupervisor(async (supervisor) => {
        await startGreeting(supervisor, placement);
        const id = await supervisor.startInstance({
          module: caller,
          capabilities: [grant()],
          isolation,
        });
        await supervisor.assignCapability(id, grant({ ...ALL, greet: 'note' }));
        expect(await called(supervisor, id, 'greet', 'Ada')).to.equal('');
        expect((await metadataOf(supervisor)).notes).to.deep.equal([`${id} greeting Ada`]);
        await supervisor.revokeCapability(id, 'greeting');
        expect(await reasonOf(supervisor.invoke(id, 'greet', ['Ada']))).to.equal(
          'greet: PERMISSION_DENIED: no grant covers the operation',
        );
        await supervisor.assignCapability(id, grant({ greet: 'greet' }, { capabilityId: 'other' }));
        expect(await called(supervisor, id, 'greet', 'Ada')).to.equal('Hello, Ada!');
        expect(await reasonOf(supervisor.invoke(id, 'note', ['Ada']))).to.match(
          /^note: PERMISSION_DENIED/,
        );
        expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
      }));
  }

  it('P3 · that no capability maps keep a plug-in from starting, by name', () =>
    withSupervisor(async (supervisor) => {
      await startGreeting(supervisor, 'inline');
      for (const [capabilities, name] of [
        [[], 'greet'],
        [[grant({ greet: 'greet', note: 'note' })], 'join'],
        [[grant({ greet: 'greet' }), grant({ join: 'join' }, { capabilityId: 'b' })], 'note'],
        [[grant({ greet: 'greet', note: 'note', join: 'join' })], '__proto__'],
      ] as const) {
        const error = await failureOf(supervisor.startInstance({ module: caller, capabilities }));
        expect(error.code).to.equal('VALIDATION_ERROR');
        expect(error.details['import']).to.equal(`extism:host/user.${name}`);
      }
      expect(await supervisor.listInstances()).to.deep.equal([]);
      const refused = await supervisor.executionEvents({ types: ['admission_refused'] });
      expect(refused).to.have.length(4);
    }));

  it('P18 · are refused where they are mapped to what the provider does not have', () =>
    withSupervisor(async (supervisor) => {
      await startGreeting(supervisor, 'thread');
      const start = (hostFunctions: unknown): Promise<string> =>
        supervisor.startInstance({
          module: caller,
          capabilities: [grant(hostFunctions as Readonly<Record<string, string>>)],
        });
      for (const [hostFunctions, field] of [
        [{ ...ALL, greet: 'toString' }, '.greet'],
        [{ ...ALL, greet: '__proto__' }, '.greet'],
        [{ ...ALL, greet: 1 }, '.greet'],
        [{ ...ALL, greet: 'x'.repeat(257) }, '.greet'],
        [{ ['x'.repeat(257)]: 'greet' }, `.${'x'.repeat(64)}`],
        [Object.fromEntries(Array.from({ length: 257 }, (_, at) => [`f${at}`, 'greet'])), ''],
        [[], ''],
        ['greet', ''],
      ] as const) {
        const error = await failureOf(start(hostFunctions));
        expect(error.code).to.equal('INVALID_REQUEST');
        expect(error.details['field']).to.equal(`capabilities[0].config.hostFunctions${field}`);
      }
    }));

  it('outlive an update of their provider, unless it would take away what is mapped', () =>
    withSupervisor(async (supervisor) => {
      await startGreeting(supervisor, 'inline');
      const id = await supervisor.startInstance({ module: caller, capabilities: [grant()] });
      const { greet: _greet, ...others } = greeting.operations;
      const lesser = { ...greeting, operations: others };
      const error = await failureOf(supervisor.updateProvider('greeter', { definition: lesser }));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.match(/config\.hostFunctions\.greet$/);
      expect(await called(supervisor, id, 'greet', 'Ada')).to.equal('Hello, Ada!');
      await supervisor.updateProvider('greeter', { definition: { ...greeting } });
      expect(await called(supervisor, id, 'greet', 'Eve')).to.equal('Hello, Eve!');
    }));

  it('stand beside the options of built-in providers, which take no notice of them', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({
        module: wat(
          '(module (import "extism:host/user" "f" (func)) (func (export "go") (call 0)))',
        ),
        capabilities: ['kv', 'http', 'messaging'].map((providerType) => ({
          capabilityId: providerType,
          providerType,
          permissions: [],
          config: { hostFunctions: providerType === 'kv' ? { f: 'get' } : {} },
        })),
      });
      expect(await reasonOf(supervisor.invoke(id, 'go'))).to.match(/^f: /);
      await supervisor.assignCapability(id, {
        capabilityId: 'messaging',
        providerType: 'messaging',
        permissions: ['msg:subscribe:a'],
        config: { subscriptions: ['a'], hostFunctions: {} },
      });
    }));

  it('fail the call of the plug-in, which lives on, and no other one is made meanwhile', () =>
    withSupervisor(async (supervisor) => {
      await startGreeting(supervisor, 'thread');
      const start = (
        greet: string,
        permissions: readonly string[] = ['greeting:say', 'greeting:note'],
      ): Promise<string> =>
        supervisor.startInstance({
          module: caller,
          capabilities: [grant({ ...ALL, greet }, { permissions })],
        });
      for (const [greet, permissions, reason] of [
        ['fail', undefined, 'greet: STORAGE_ERROR: the provider failed'],
        ['number', undefined, 'greet: the provider answered in an unexpected form'],
        ['greet', ['greeting:note'], 'greet: PERMISSION_DENIED: no grant covers the operation'],
        [
          'greet',
          ['greeting:say:Ada', 'greeting:note'],
          'greet: PERMISSION_DENIED: no grant covers the operation',
        ],
        ['greet', [], 'greet: PERMISSION_DENIED: no grant covers the operation'],
      ] as const) {
        const id = await start(greet, permissions);
        expect(await reasonOf(supervisor.invoke(id, 'greet_anyway'))).to.equal(reason);
        const next = await failureOf(supervisor.invoke(id, 'next'));
        expect(next.details['payload']).to.equal('exit code 1');
        expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
        await supervisor.stopInstance(id);
      }
      expect((await metadataOf(supervisor)).notes).to.deep.equal([]);
      const id = await start('greet');
      expect(await called(supervisor, id, 'greet_anyway', '')).to.equal('done');
      const [denied] = await supervisor.executionEvents({ types: ['capability_denied'] });
      expect(denied?.details).to.deep.include({
        providerType: 'greeting',
        operation: 'greet',
        capabilityId: 'greeting',
      });
    }));

  it('P20 · fail while their provider is away, and are there again when it is', () =>
    withSupervisor(async (supervisor) => {
      const providerId = await startGreeting(supervisor, 'thread');
      const id = await supervisor.startInstance({
        module: caller,
        capabilities: [
          { capabilityId: 'kv', providerType: 'kv', permissions: ['kv:read'] },
          grant(),
        ],
      });
      await supervisor.stopProvider(providerId);
      expect(await reasonOf(supervisor.invoke(id, 'greet', ['Ada']))).to.equal(
        'greet: CAPABILITY_NOT_FOUND: the provider is not running',
      );
      await startGreeting(supervisor, 'thread');
      expect(await called(supervisor, id, 'greet', 'Ada')).to.equal('Hello, Ada!');
      await supervisor.restartInstance(id);
      expect(await called(supervisor, id, 'greet', 'Ada')).to.equal('Hello, Ada!');
    }));

  it('pay fuel as everything else does, and are held to the limit of payloads', () =>
    withSupervisor(async (supervisor) => {
      await startGreeting(supervisor, 'inline');
      const id = await supervisor.startInstance({
        module: caller,
        capabilities: [grant()],
        limits: { payloadBytes: 1_000 },
      });
      expect(await called(supervisor, id, 'greet', 'Ada')).to.equal('Hello, Ada!');
      expect(await reasonOf(supervisor.invoke(id, 'greet', ['x'.repeat(1_000)]))).to.equal(
        'greet: RESOURCE_EXHAUSTED: the answer is larger than 1000 bytes',
      );
      const metered = await supervisor.startInstance({
        module: caller,
        capabilities: [grant()],
        limits: { fuel: 500 },
      });
      expect(await called(supervisor, metered, 'greet', 'Ada')).to.equal('Hello, Ada!');
      const spent = await failureOf(
        supervisor.invoke(metered, 'greet_often', [Uint8Array.of(255)]),
      );
      expect(spent.code).to.equal('RESOURCE_EXHAUSTED');
      expect(spent.details['resource']).to.equal('fuel');
    }));
});

import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import {
  ALL_KV,
  AT_ONCE,
  failureOf,
  kvGrant,
  PROPERTY_TIMEOUT_MS,
  THREAD_RUNS,
  until,
  withSupervisor,
} from './fixtures.ts';
import greeting from './greeting-provider.ts';

const guest = guestBytes('wapc-guest');
const MODULE = new URL('./greeting-provider.js', import.meta.url);

const sayTo = (capabilityId: string, ...permissions: readonly string[]): CapabilityAssignment => ({
  capabilityId,
  providerType: 'greeting',
  permissions,
});

const called = async (
  supervisor: Supervisor,
  id: string,
  operation: string,
  ...payload: readonly (string | Uint8Array)[]
): Promise<string> =>
  Buffer.from((await supervisor.invoke(id, operation, payload)) as Uint8Array).toString();

/** What the guest `ask`s the host for. */
const asked = (binding: string, namespace: string, operation: string, payload: string): string =>
  [binding, namespace, operation, payload].join('\0');

async function reasonOf(call: Promise<unknown>): Promise<unknown> {
  const error = await failureOf(call);
  expect(error.code).to.equal('WASM_RUNTIME_ERROR');
  expect(error.details['kind']).to.equal('guest-error');
  return error.details['payload'];
}

describe('waPC guests in their own threads', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('are recognised, started and called by operations of their own names', () =>
    withSupervisor(async (supervisor) => {
      const { abi, life, capabilities } = await supervisor.inspectModule(guest);
      expect({ abi, life, capabilities }).to.deep.equal({
        abi: 'wapc',
        life: 'reactor',
        capabilities: [],
      });
      const id = await supervisor.startInstance({ module: guest });
      const bytes = Uint8Array.from({ length: 100_001 }, (_, index) => index % 251);
      expect(await supervisor.invoke(id, 'echo', [bytes])).to.deep.equal(bytes);
      expect(await called(supervisor, id, 'echo', 'Österreich')).to.equal('Österreich');
      expect(await called(supervisor, id, 'echo')).to.equal('');
      expect(await called(supervisor, id, '__proto__')).to.equal('a name like any other');
      expect(await called(supervisor, id, 'log', 'a line')).to.equal('');
      const { output, usage } = await supervisor.queryInstance(id);
      expect(output).to.deep.equal({ stdout: 'a line\n', stderr: '' });
      expect(usage.memoryBytes).to.be.at.least(65_536);
    }));

  it('answer errors of their own, and live on', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: guest });
      for (const [operation, payload] of [
        ['refuse', 'no such thing'],
        ['silent', 'the guest has failed and does not say why'],
        ['constructor', 'there is no such operation'],
        ['__guest_call', 'there is no such operation'],
        ['', 'there is no such operation'],
      ] as const) {
        expect(await reasonOf(supervisor.invoke(id, operation))).to.equal(payload);
      }
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
      expect(await called(supervisor, id, 'next')).to.equal('101');
    }));

  it('P18 · are called with one payload at the most, and a name of a bounded length', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: guest, limits: { payloadBytes: 100 } });
      for (const [name, args, field] of [
        ['echo', [1], 'args[0]'],
        ['echo', [{}], 'args[0]'],
        ['echo', ['a', 'b'], 'args'],
        ['x'.repeat(1_025), [], 'exportName'],
        [7 as unknown as string, [], 'exportName'],
      ] as const) {
        const error = await failureOf(supervisor.invoke(id, name, args));
        expect(error.code).to.equal('INVALID_REQUEST');
        expect(error.details['field']).to.equal(field);
      }
      for (const payload of ['x'.repeat(101), 'ö'.repeat(60), new Uint8Array(101)]) {
        const error = await failureOf(supervisor.invoke(id, 'echo', [payload]));
        expect(error.code).to.equal('RESOURCE_EXHAUSTED');
      }
      expect(await called(supervisor, id, 'echo', 'ö'.repeat(50))).to.equal('ö'.repeat(50));
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
    }));

  it('run their main, their constructors and what waPC adds, and may exit from the first', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: guestBytes('wapc-main') });
      for (let turn = 0; turn < 2; turn += 1) {
        expect(await supervisor.invoke(id, 'any', [Uint8Array.of(9)])).to.deep.equal(
          Uint8Array.of(1, 2, 3, 9),
        );
      }
      expect((await supervisor.queryInstance(id)).output?.stdout).to.equal('main\n');
    }));

  it('P3 · are refused what nobody serves, and without the export that they are called by', () =>
    withSupervisor(async (supervisor) => {
      const call = '(func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1))';
      const log = '(import "wapc" "__console_log" (func (param i32 i32)))';
      for (const [body, field, name] of [
        ['(import "wapc" "fork" (func))', 'import', 'wapc.fork'],
        [
          `${log} (import "wasi_unstable" "proc_exit" (func (param i32)))`,
          'import',
          'wasi_unstable.proc_exit',
        ],
        ['(import "wapc" "__console_log" (func (param i32)))', 'import', 'wapc.__console_log'],
        [log, 'export', '__guest_call'],
      ] as const) {
        const isCallable = field === 'import';
        const module = wat(`(module ${body} ${isCallable ? call : ''})`);
        const error = await failureOf(supervisor.startInstance({ module }));
        expect(error.code).to.equal('VALIDATION_ERROR');
        expect(error.details[field]).to.equal(name);
      }
    }));

  for (const isolation of ['thread', 'process'] as const) {
    it(`call providers of any type by its name, with bytes (in a ${isolation})`, () =>
      withSupervisor(async (supervisor) => {
        await supervisor.startProvider({ providerType: 'greeting', module: MODULE });
        const id = await supervisor.startInstance({
          module: guest,
          isolation,
          capabilities: [sayTo('all', 'greeting:say'), sayTo('ada', 'greeting:say:Ada')],
        });
        const ask = (...names: readonly [string, string, string, string]): Promise<string> =>
          called(supervisor, id, 'ask', asked(...names));
        expect(await ask('', 'greeting', 'greet', 'Ada')).to.equal('Hello, Ada!');
        expect(await ask('default', 'greeting', 'greet', 'Eve')).to.equal('Hello, Eve!');
        expect(await ask('ada', 'greeting', 'greet', 'Ada')).to.equal('Hello, Ada!');
        for (const [names, reason] of [
          [['ada', 'greeting', 'greet', 'Eve'], 'PERMISSION_DENIED: no grant covers the operation'],
          [
            ['none', 'greeting', 'greet', 'Ada'],
            'PERMISSION_DENIED: no grant covers the operation',
          ],
          [['', 'kv', 'get', '[]'], 'PERMISSION_DENIED: no grant covers the operation'],
          [['', '__proto__', 'get', ''], 'PERMISSION_DENIED: no grant covers the operation'],
          [
            ['', 'extism:host/user', 'greet', ''],
            'PERMISSION_DENIED: no grant covers the operation',
          ],
          [
            ['', 'greeting', '__proto__', ''],
            'INVALID_REQUEST: the provider has no such operation',
          ],
          [['', 'greeting', 'fail', ''], 'STORAGE_ERROR: the provider failed'],
          [
            ['', 'greeting', 'number', ''],
            'STORAGE_ERROR: the provider answered in an unexpected form',
          ],
          [
            ['x'.repeat(1_025), 'greeting', 'greet', ''],
            'INVALID_REQUEST: binding: longer than 1024 bytes',
          ],
        ] as const) {
          const call = supervisor.invoke(id, 'ask', [names.join('\0')]);
          expect(await reasonOf(call), names.join()).to.equal(reason);
        }
        await supervisor.revokeCapability(id, 'all');
        const call = supervisor.invoke(id, 'ask', [asked('', 'greeting', 'greet', 'Eve')]);
        expect(await reasonOf(call)).to.match(/^PERMISSION_DENIED/);
        expect(await ask('', 'greeting', 'greet', 'Ada')).to.equal('Hello, Ada!');
        expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
      }));
  }

  it('R1 · call built-in providers in JSON, and find their data again in the next life', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({
        module: guest,
        capabilities: [kvGrant(ALL_KV)],
        restartPolicy: AT_ONCE,
      });
      const ask = async (operation: string, args: unknown): Promise<unknown> =>
        JSON.parse(
          await called(supervisor, id, 'ask', asked('kv', 'kv', operation, JSON.stringify(args))),
        );
      expect(await ask('get', ['default', 'key'])).to.equal(null);
      await ask('set', ['default', 'key', { $bytes: 'aMO2' }]);
      expect(await ask('increment', ['default', 'count', { $bigint: '41' }])).to.deep.equal({
        $bigint: '41',
      });
      await failureOf(supervisor.invoke(id, 'trap'));
      await until(supervisor, id, ({ status }) => status === 'running');
      expect(await called(supervisor, id, 'next')).to.equal('101');
      expect(await ask('get', ['default', 'key'])).to.deep.equal({ $bytes: 'aMO2' });
      for (const payload of ['', '{}', '[', '[{"$bytes":"?"}]', '[{"$bigint":1}]']) {
        const call = supervisor.invoke(id, 'ask', [asked('', 'kv', 'get', payload)]);
        expect(await reasonOf(call), payload).to.match(/^INVALID_REQUEST/);
      }
    }));

  it('W1 · are not served any more once their grant is revoked, however many were on their way', () =>
    withSupervisor(async (supervisor) => {
      await supervisor.startProvider({ definition: greeting, providerId: 'greeter' });
      const served = async (): Promise<unknown> =>
        (await supervisor.listProviders()).find(({ providerId }) => providerId === 'greeter')
          ?.metadata['served'];
      const id = await supervisor.startInstance({ module: guest });
      await fc.assert(
        fc.asyncProperty(fc.nat(5), fc.boolean(), async (delayMs, isBound) => {
          await supervisor.assignCapability(id, sayTo('say', 'greeting:say'));
          const names = asked(isBound ? 'say' : '', 'greeting', 'greet', 'Ada');
          const busy = reasonOf(supervisor.invoke(id, 'ask-on', [names]));
          await new Promise((resolve) => setTimeout(resolve, delayMs));
          await supervisor.revokeCapability(id, 'say');
          const before = await served();
          expect(await busy).to.match(/^PERMISSION_DENIED/);
          expect(await served()).to.equal(before);
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 4) },
      );
      expect(await served()).to.be.above(0);
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
    }));

  it('W2 · are stopped by the deadline of a call, and pay fuel where it is limited', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: guest, restartPolicy: AT_ONCE });
      const late = await failureOf(supervisor.invoke(id, 'spin', [], { timeoutMs: 50 }));
      expect(late.code).to.equal('TIMEOUT');
      await until(supervisor, id, ({ status }) => status === 'running');
      expect(await called(supervisor, id, 'next')).to.equal('101');
      const metered = await supervisor.startInstance({ module: guest, limits: { fuel: 10_000 } });
      expect(await called(supervisor, metered, 'echo', 'fuel')).to.equal('fuel');
      const spent = await failureOf(supervisor.invoke(metered, 'spin'));
      expect(spent.details['resource']).to.equal('fuel');
    }));
});

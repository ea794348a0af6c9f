import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { guestBytes } from '../guests/guest-file.ts';
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

const plugin = guestBytes('extism-plugin');

const called = async (
  supervisor: Supervisor,
  id: string,
  name: string,
  ...input: readonly (string | Uint8Array)[]
): Promise<string> =>
  Buffer.from((await supervisor.invoke(id, name, input)) as Uint8Array).toString();

describe('Extism plug-ins in their own threads', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('are recognised, started and called as they are', () =>
    withSupervisor(async (supervisor) => {
      const { abi, life, capabilities } = await supervisor.inspectModule(plugin);
      expect({ abi, life, capabilities }).to.deep.equal({
        abi: 'extism',
        life: 'reactor',
        capabilities: ['http', 'kv'],
      });
      const id = await supervisor.startInstance({
        module: plugin,
        config: { greeting: 'hello' },
      });
      expect(await called(supervisor, id, 'count_vowels', 'Hello, World!')).to.equal('3');
      expect(await called(supervisor, id, 'count_vowels')).to.equal('0');
      const bytes = Uint8Array.from({ length: 100_001 }, (_, index) => index % 251);
      expect(await supervisor.invoke(id, 'echo', [bytes])).to.deep.equal(bytes);
      expect(await called(supervisor, id, 'setting', 'greeting')).to.equal('hello');
      expect(await called(supervisor, id, 'setting', 'other')).to.equal('(none)');
      await supervisor.invoke(id, 'log_all', ['a line']);
      const { output, usage, abi: shown } = await supervisor.queryInstance(id);
      expect(shown).to.equal('extism');
      expect(output).to.deep.equal({
        stdout: '',
        stderr: '[debug] a line\n[info] a line\n[warn] a line\n[error] a line\n',
      });
      expect(usage.memoryBytes).to.be.at.least(2 * 65_536);
    }));

  it('answer errors and exit codes of their own, and live on', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: plugin });
      for (const [name, input, payload] of [
        ['refuse', '', 'no such thing'],
        ['exit_code', '\u0009', 'exit code 9'],
      ] as const) {
        const error = await failureOf(supervisor.invoke(id, name, [input]));
        expect(error.code).to.equal('WASM_RUNTIME_ERROR');
        expect(error.details).to.deep.include({ kind: 'guest-error', payload });
      }
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
      expect(await called(supervisor, id, 'next')).to.equal('1');
    }));

  it('P18 · are called with one input at the most, and only by functions of a plug-in', () =>
    withSupervisor(async (supervisor) => {
      const limits = { payloadBytes: 100 };
      const id = await supervisor.startInstance({ module: plugin, limits });
      for (const [name, args, field] of [
        ['echo', [1], 'args[0]'],
        ['echo', [{}], 'args[0]'],
        ['echo', ['a', 'b'], 'args'],
        ['memory', [], 'exportName'],
        ['constructor', [], 'exportName'],
      ] as const) {
        const error = await failureOf(supervisor.invoke(id, name, args));
        expect(error.code, name).to.equal('INVALID_REQUEST');
        expect(error.details['field'], name).to.equal(field);
      }
      for (const input of ['x'.repeat(101), 'ö'.repeat(60), new Uint8Array(101)]) {
        const error = await failureOf(supervisor.invoke(id, 'echo', [input]));
        expect(error.code).to.equal('RESOURCE_EXHAUSTED');
      }
      expect(await called(supervisor, id, 'echo', 'ö'.repeat(50))).to.equal('ö'.repeat(50));
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
    }));

  it('P3 · are refused for a function that nobody serves, by its name', () =>
    withSupervisor(async (supervisor) => {
      const error = await failureOf(
        supervisor.startInstance({ module: guestBytes('extism-asker') }),
      );
      expect(error.code).to.equal('VALIDATION_ERROR');
      expect(error.details['import']).to.equal('extism:host/user.get');
    }));

  it('R1 · keep their variables behind the kv provider, across their lives', () =>
    withSupervisor(async (supervisor) => {
      const start = (): Promise<string> =>
        supervisor.startInstance({
          module: plugin,
          capabilities: [kvGrant(ALL_KV)],
          restartPolicy: AT_ONCE,
        });
      const first = await start();
      expect(await called(supervisor, first, 'total_vowels', 'aaa')).to.equal('3');
      await failureOf(supervisor.invoke(first, 'trap'));
      await until(supervisor, first, ({ status }) => status === 'running');
      expect(await called(supervisor, first, 'total_vowels', 'ee')).to.equal('5');
      const second = await start();
      expect(await called(supervisor, second, 'total_vowels')).to.equal('5');
      await supervisor.invoke(second, 'forget');
      expect(await called(supervisor, first, 'total_vowels', 'a')).to.equal('1');
    }));

  it('P4 · read and set variables exactly as the grants of that moment allow', () =>
    withSupervisor(async (supervisor) => {
      const holder = await supervisor.startInstance({
        module: plugin,
        capabilities: [kvGrant(ALL_KV)],
      });
      const id = await supervisor.startInstance({ module: plugin });
      const permission = fc.constantFrom(
        'kv:read',
        'kv:read:total',
        'kv:read:other*',
        'kv:write',
        'kv:write:tot*',
        'kv:delete',
      );
      await supervisor.invoke(holder, 'total_vowels', ['a']);
      let total = 1;
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(permission, { maxLength: 4 }), async (permissions) => {
          await supervisor.assignCapability(id, kvGrant(permissions));
          const mayRead = permissions.some((each) => /^kv:read(:total)?$/.test(each));
          const mayWrite = permissions.some((each) => each.startsWith('kv:write'));
          const seen = mayRead ? total + 2 : 2;
          if (mayWrite) {
            expect(await called(supervisor, id, 'total_vowels', 'ae')).to.equal(String(seen));
            total = seen;
          } else {
            const error = await failureOf(supervisor.invoke(id, 'total_vowels', ['ae']));
            expect(error.code).to.equal('WASM_RUNTIME_ERROR');
            expect(error.details['payload']).to.match(/^var_set: PERMISSION_DENIED/);
          }
          expect(await called(supervisor, holder, 'total_vowels')).to.equal(String(total));
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
      const denied = await supervisor.executionEvents({
        instanceId: id,
        types: ['capability_denied'],
      });
      expect(denied).to.not.be.empty;
    }));

  it('P20 · fail cleanly while the provider is away, and do not forget what it keeps', () =>
    withSupervisor(async (supervisor) => {
      const providerId = await supervisor.startProvider({ providerType: 'kv' });
      const capability = { ...kvGrant(ALL_KV), providerId };
      const id = await supervisor.startInstance({ module: plugin, capabilities: [capability] });
      await supervisor.invoke(id, 'total_vowels', ['aaaa']);
      await supervisor.stopProvider(providerId);
      const error = await failureOf(supervisor.invoke(id, 'total_vowels', ['a']));
      expect(error.details['payload']).to.match(/^var_get: CAPABILITY_NOT_FOUND/);
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
    }));

  it('P1 · begin each life without memory of the one before', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: plugin, restartPolicy: AT_ONCE });
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.boolean(), async (calls, isTrap) => {
          for (let call = 1; call <= calls; call += 1) {
            expect(await called(supervisor, id, 'next')).to.equal(String(call));
          }
          if (isTrap) {
            const error = await failureOf(supervisor.invoke(id, 'trap'));
            expect(error.details['kind']).to.equal('trap');
            await until(supervisor, id, ({ status }) => status === 'running');
          } else {
            await supervisor.restartInstance(id);
          }
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 5) },
      );
    }));

  it('W2 · are stopped by the deadline of a call', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: plugin, restartPolicy: AT_ONCE });
      const error = await failureOf(supervisor.invoke(id, 'spin', [], { timeoutMs: 50 }));
      expect(error.code).to.equal('TIMEOUT');
      await until(supervisor, id, ({ status }) => status === 'running');
      expect(await called(supervisor, id, 'next')).to.equal('1');
    }));

  it('find preview 1 beside their own functions, without anything of the machine', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({
        module: guestBytes('extism-wasi'),
        wasi: { files: { 'a/note.txt': Buffer.from('a note') } },
        restartPolicy: AT_ONCE,
      });
      expect(await called(supervisor, id, 'begun')).to.equal('101');
      expect(await called(supervisor, id, 'read_file', '/a/note.txt')).to.equal('a note');
      const missing = await failureOf(supervisor.invoke(id, 'read_file', ['/etc/hostname']));
      expect(missing.details['payload']).to.equal('no such file');
      expect((await supervisor.queryInstance(id)).output?.stdout).to.equal(
        'reading /a/note.txt\nreading /etc/hostname\n',
      );
      const left = await failureOf(supervisor.invoke(id, 'leave', [Uint8Array.of(4)]));
      expect(left.details).to.deep.include({ kind: 'exit', exitCode: 4 });
      await until(supervisor, id, ({ status }) => status === 'running');
      expect(await called(supervisor, id, 'begun')).to.equal('101');
    }));
});

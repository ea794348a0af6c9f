import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { connectSupervisor } from '../../lib/create-supervisor.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import {
  codeOf,
  failureOf,
  kvGrant,
  PROPERTY_TIMEOUT_MS,
  THREAD_RUNS,
  withSupervisor,
} from './fixtures.ts';

const core = guestBytes('core');
const counter = guestBytes('counter-c');

function ofLength(length: number): unknown[] {
  const items: unknown[] = [];
  items.length = length;
  return items;
}

function unreadable(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** After whatever was refused, there is nothing that was not there before. */
async function expectNothing(supervisor: Supervisor): Promise<void> {
  expect(await supervisor.listInstances()).to.deep.equal([]);
  const { threads, instances } = await supervisor.stats();
  expect(threads.total).to.equal(0);
  const { stopped, ...others } = instances;
  expect(Object.values(others)).to.deep.equal([0, 0, 0, 0]);
  expect(stopped).to.be.a('number');
}

describe('bad input is refused by code and field, and leaves nothing behind', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);
  const cold = { warmSpares: 0 } as const;

  const modules: readonly (readonly [string, unknown, string])[] = [
    ['no bytes at all', new Uint8Array(0), 'INVALID_REQUEST'],
    ['half of the magic', core.slice(0, 3), 'INVALID_REQUEST'],
    ['a module cut in the middle', core.slice(0, core.length >> 1), 'WASM_RUNTIME_ERROR'],
    ['a component cut in the middle', counter.slice(0, counter.length >> 1), 'WASM_RUNTIME_ERROR'],
    ['text', new TextEncoder().encode('#!/bin/sh\necho hello'), 'INVALID_REQUEST'],
    ['a path to nowhere', '/no/such/file.wasm', 'INVALID_REQUEST'],
    ['a URL of another kind', new URL('https://example.com/a.wasm'), 'INVALID_REQUEST'],
    ['a compiled module', new WebAssembly.Module(core), 'INVALID_REQUEST'],
    ['a number', 42, 'INVALID_REQUEST'],
    ['an unknown import', wat('(module (import "env" "f" (func)))'), 'VALIDATION_ERROR'],
    [
      'an unknown WASI function',
      wat('(module (import "wasi_snapshot_preview1" "fork" (func)))'),
      'VALIDATION_ERROR',
    ],
    [
      'an unknown Extism function',
      wat('(module (import "extism:host/env" "fork" (func)))'),
      'VALIDATION_ERROR',
    ],
    ['more memory than allowed', wat('(module (memory 65536))'), 'VALIDATION_ERROR'],
    ['shared memory', wat('(module (memory 1 2 shared))'), 'VALIDATION_ERROR'],
    ['a larger table than allowed', wat('(module (table 2000000 funcref))'), 'VALIDATION_ERROR'],
  ];
  for (const [what, module, code] of modules) {
    it(`P18 · a module that is ${what} is ${code}`, () =>
      withSupervisor(async (supervisor) => {
        const error = await failureOf(supervisor.startInstance({ module: module as Uint8Array }));
        expect(error.code, error.message).to.equal(code);
        if (code === 'INVALID_REQUEST') expect(error.details['field']).to.equal('module');
        await expectNothing(supervisor);
      }, cold));
  }

  it('P3 · any import is served or refused by its name', () =>
    withSupervisor(async (supervisor) => {
      const name = fc.stringMatching(/^[a-z_:/@.0-9]{1,20}$/);
      await fc.assert(
        fc.asyncProperty(name, name, async (module, field) => {
          const source = `(module (import "${module}" "${field}" (func)))`;
          const error = await failureOf(supervisor.startInstance({ module: wat(source) }));
          expect(error.code).to.equal('VALIDATION_ERROR');
          expect(error.message).to.include(`${module}.${field}`);
        }),
        { numRuns: THREAD_RUNS },
      );
      await expectNothing(supervisor);
    }, cold));

  it('P18 · random bytes behind the magic get one of our codes', () =>
    withSupervisor(async (supervisor) => {
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 200 }),
          fc.constantFrom([1, 0, 0, 0], [13, 0, 1, 0]),
          async (tail, version) => {
            const module = Uint8Array.from([0, 0x61, 0x73, 0x6d, ...version, ...tail]);
            const start = supervisor.startInstance({ module });
            const id = await start.catch(() => undefined);
            if (id !== undefined) await supervisor.stopInstance(id);
            else
              expect((await failureOf(start)).code).to.be.oneOf([
                'WASM_RUNTIME_ERROR',
                'VALIDATION_ERROR',
              ]);
          },
        ),
        { numRuns: THREAD_RUNS },
      );
      await expectNothing(supervisor);
    }, cold));

  const options: readonly (readonly [string, Record<string, unknown>])[] = [
    ['instanceId', { instanceId: 'a\u0007b' }],
    ['instanceId', { instanceId: '' }],
    ['name', { name: 'a\nb' }],
    ['labels.tier', { labels: { tier: 1 } }],
    ['abi', { abi: 'elf' }],
    ['residency', { residency: 'on-demand', isolation: 'process' }],
    ['isolation', { isolation: 'container' }],
    ['limits.memoryBytes', { limits: { memoryBytes: -1 } }],
    ['limits.mailbox', { limits: { mailbox: 1.5 } }],
    ['limits.fuel', { limits: { fuel: 0 } }],
    ['limits.memory', { limits: { memory: 1 } }],
    ['restartPolicy.policyType', { restartPolicy: { policyType: 'sometimes' } }],
    [
      'restartPolicy.backoff.jitter',
      { restartPolicy: { policyType: 'always', backoff: { jitter: 2 } } },
    ],
    ['capabilities', { capabilities: {} }],
    [
      'capabilities[0].permissions[0]',
      { capabilities: [{ capabilityId: 'a', providerType: 'kv', permissions: ['kv'] }] },
    ],
    [
      'capabilities[0].permissions[0]',
      { capabilities: [{ capabilityId: 'a', providerType: 'kv', permissions: ['kv:fly'] }] },
    ],
    [
      'capabilities[0].permissions[0]',
      { capabilities: [{ capabilityId: 'a', providerType: 'http', permissions: ['http:fly'] }] },
    ],
    ['wasi.env.A=B', { wasi: { env: { 'A=B': '' } } }],
    ['wasi.files.../x', { wasi: { files: { '../x': new Uint8Array(1) } } }],
    ['colour', { colour: 'red' }],
  ];
  for (const [field, option] of options) {
    it(`P18 · a wrong option is named: ${field} of ${JSON.stringify(option)}`, () =>
      withSupervisor(async (supervisor) => {
        const error = await failureOf(supervisor.startInstance({ module: core, ...option }));
        expect(error.code).to.equal('INVALID_REQUEST');
        expect(String(error.details['field'])).to.match(
          new RegExp(`(^|spec\\.)${field.replace(/[[\].*+?^$(){}|\\]/g, '\\$&')}$`),
        );
        await expectNothing(supervisor);
      }, cold));
  }

  const calls: readonly (readonly [string, string, readonly unknown[], string])[] = [
    ['an export that is not there', 'fly', [], 'exportName'],
    ['an export that is a memory', 'memory', [], 'exportName'],
    ['an export that is a global', 'counter', [], 'exportName'],
    ['a name of the prototype', '__proto__', [], 'exportName'],
    ['too few arguments', 'add', [1], 'args'],
    ['too many arguments', 'add', [1, 2, 3], 'args'],
    ['as many arguments as no memory could hold', 'add', ofLength(2 ** 32 - 1), 'args'],
    ['a string for an i32', 'add', [1, '2'], 'args[1]'],
    ['a number of too many digits', 'add64', [1n, 1n << 9_999n], 'args[1]'],
    ['an argument that throws when it is read', 'add', [1, unreadable()], 'args[1]'],
    ['a fraction for an i32', 'add', [1, 0.5], 'args[1]'],
    ['a number for an i64', 'add64', [1n, 2], 'args[1]'],
    ['a bigint for an f64', 'half', [1n], 'args[0]'],
    ['a function as argument', 'add', [1, () => 1], 'args[1]'],
  ];
  it('P18 · wrong calls are refused, naming the field, and hurt nobody', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: core });
      for (const [what, name, args, field] of calls) {
        const error = await failureOf(supervisor.invoke(id, name, args));
        expect(error.code, what).to.equal('INVALID_REQUEST');
        expect(error.details['field'], what).to.equal(field);
      }
      for (const timeoutMs of [0, -1, Number.NaN, 2 ** 40]) {
        const error = await failureOf(supervisor.invoke(id, 'add', [1, 2], { timeoutMs }));
        expect(error.details['field']).to.equal('timeoutMs');
      }
      expect(await supervisor.invoke(id, 'add', [1, 2])).to.equal(3);
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
    }));

  it('P18 · arguments of a component are checked before the guest is entered', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: counter });
      for (const [name, args] of [
        ['bump', [1]],
        ['add', ['1', 2]],
        ['add', [-1, 2]],
        ['write', ['key', 'text']],
      ] as const) {
        const error = await failureOf(supervisor.invoke(id, name, args));
        expect(error.code, `${name} ${error.message}`).to.equal('INVALID_REQUEST');
        expect(String(error.details['field'])).to.match(/^args\[\d\]/);
      }
      expect(await supervisor.invoke(id, 'add', [1, 2])).to.equal(3);
    }));

  it('an argument larger than allowed is RESOURCE_EXHAUSTED before it is copied anywhere', () =>
    withSupervisor(async (supervisor) => {
      const limits = { payloadBytes: 1_000 };
      const capabilities = [kvGrant(['kv:write'])];
      const id = await supervisor.startInstance({ module: counter, limits, capabilities });
      const tooLarge = supervisor.invoke(id, 'write', ['key', new Uint8Array(1_001)]);
      expect((await failureOf(tooLarge)).toJSON()).to.deep.include({
        error_code: 'RESOURCE_EXHAUSTED',
      });
      await supervisor.invoke(id, 'write', ['key', new Uint8Array(1_000)]);
    }));

  it('calls of unknown, stopped, crashed and waiting instances have their codes', () =>
    withSupervisor(async (supervisor) => {
      expect(await codeOf(supervisor.invoke('nobody', 'add', [1, 2]))).to.equal(
        'INSTANCE_NOT_FOUND',
      );
      const stopped = await supervisor.startInstance({ module: core });
      await supervisor.stopInstance(stopped);
      expect(await codeOf(supervisor.invoke(stopped, 'add', [1, 2]))).to.equal('INVALID_REQUEST');
      const failed = await supervisor.startInstance({
        module: core,
        restartPolicy: { policyType: 'never' },
      });
      await supervisor.invoke(failed, 'boom').catch(() => undefined);
      const error = await failureOf(supervisor.invoke(failed, 'add', [1, 2]));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['status']).to.equal('crashed');
      const waiting = await supervisor.startInstance({
        module: core,
        restartPolicy: { policyType: 'always', backoff: { initialMs: 60_000, maxMs: 60_000 } },
      });
      await supervisor.invoke(waiting, 'boom').catch(() => undefined);
      expect(await codeOf(supervisor.invoke(waiting, 'add', [1, 2]))).to.equal('INVALID_REQUEST');
      const info = await supervisor.queryInstance(waiting);
      expect(info.status).to.equal('crashed');
      expect(Date.parse(info.nextRestartAt as string)).to.be.greaterThan(
        Date.parse(info.lastExit?.at as string),
      );
    }));

  it('an id in use is refused, and free again after the stop', () =>
    withSupervisor(async (supervisor) => {
      const spec = { module: core, instanceId: 'one' };
      const both = await Promise.allSettled([
        supervisor.startInstance(spec),
        supervisor.startInstance(spec),
      ]);
      expect(both.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
      await supervisor.stopInstance('one');
      expect(await supervisor.startInstance(spec)).to.equal('one');
    }));

  it('R3 · where and how to connect is checked before anything is sent', async () => {
    const wrong: readonly (readonly [string, unknown, object?])[] = [
      ['url', 'ftp://127.0.0.1/'],
      ['url', 'http://user:secret@127.0.0.1/'],
      ['url', 5],
      ['options.colour', 'http://127.0.0.1:7070', { colour: 'blue' }],
      ['token', 'http://127.0.0.1:7070', { token: 'a b' }],
      ['reconnects', 'http://127.0.0.1:7070', { reconnects: -1 }],
    ];
    for (const [field, url, given] of wrong) {
      const { code, details } = await failureOf(connectSupervisor(url as string, given));
      expect([code, details['field']]).to.deep.equal(['INVALID_REQUEST', field]);
    }
  });

  it('a component whose names are code stays data', () =>
    withSupervisor(async (supervisor) => {
      const name = `a'];globalThis.PWNED=1;//`;
      const module = await parse(`(component
        (core module $m
          (func (export "${name}") (result i32) i32.const 7)
          (func (export "__proto__") (result i32) i32.const 8))
        (core instance $i (instantiate $m))
        (func (export "run") (result u32) (canon lift (core func $i "${name}")))
        (func (export "constructor") (result u32) (canon lift (core func $i "__proto__"))))`);
      const id = await supervisor.startInstance({ module });
      expect(await supervisor.invoke(id, 'run')).to.equal(7);
      expect(await supervisor.invoke(id, 'constructor')).to.equal(8);
      expect(await codeOf(supervisor.invoke(id, 'toString'))).to.equal('INVALID_REQUEST');
      expect(globalThis).to.not.have.property('PWNED');
    }));
});

import { expect } from 'chai';
import type { ErrorCode } from '../../lib/core/error-codes.ts';
import { ERROR_CODES } from '../../lib/core/error-codes.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { AT_ONCE, failureOf, kvGrant, withSupervisor } from './fixtures.ts';

describe('every error code comes from a real situation', () => {
  const seen = new Set<ErrorCode>();
  const core = guestBytes('core');
  const counter = guestBytes('counter-c');

  const expectFailure = async (promise: Promise<unknown>, code: ErrorCode) => {
    const error = await failureOf(promise);
    expect(error.code, error.message).to.equal(code);
    expect(error.toJSON()).to.include.all.keys('error_code', 'message', 'details', 'timestamp');
    seen.add(error.code);
    return error;
  };

  it('INVALID_REQUEST · bytes that are no module, naming the field', () =>
    withSupervisor(async (supervisor) => {
      const start = supervisor.startInstance({
        module: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9]),
      });
      const error = await expectFailure(start, 'INVALID_REQUEST');
      expect(error.details['field']).to.equal('module');
    }));

  it('INSTANCE_NOT_FOUND · a query for an id that never was', () =>
    withSupervisor(async (supervisor) => {
      await expectFailure(supervisor.queryInstance('nobody'), 'INSTANCE_NOT_FOUND');
    }));

  it('CAPABILITY_NOT_FOUND · an assignment of a provider that is not there', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: core });
      const assignment = { capabilityId: 'c', providerType: 'clock', permissions: [] };
      await expectFailure(supervisor.assignCapability(id, assignment), 'CAPABILITY_NOT_FOUND');
    }));

  it('PERMISSION_DENIED · in the facts and in the form of the guest', () =>
    withSupervisor(async (supervisor) => {
      const capabilities = [kvGrant(['kv:read'])];
      const id = await supervisor.startInstance({ module: counter, capabilities });
      const error = await failureOf(supervisor.invoke(id, 'bump', ['hits']));
      expect(error.details['payload']).to.equal('access-denied');
      const denials = await supervisor.executionEvents({ types: ['capability_denied'] });
      expect(denials).to.have.length(1);
      seen.add('PERMISSION_DENIED');
    }));

  it('STORAGE_ERROR · a store that cannot be opened', () =>
    withSupervisor(async (supervisor) => {
      const config = { backend: 'lmdb', path: '/proc/no-such-place/db' };
      const start = supervisor.startProvider({ providerType: 'kv', config });
      await expectFailure(start, 'STORAGE_ERROR');
    }));

  it('VALIDATION_ERROR · an import that nobody serves, by its name', () =>
    withSupervisor(async (supervisor) => {
      const module = wat('(module (import "env" "launch" (func)))');
      const error = await expectFailure(supervisor.startInstance({ module }), 'VALIDATION_ERROR');
      expect(error.message).to.include('env.launch');
    }));

  it('WASM_RUNTIME_ERROR · a call that traps', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: core });
      await expectFailure(supervisor.invoke(id, 'boom'), 'WASM_RUNTIME_ERROR');
    }));

  it('RESOURCE_EXHAUSTED · a mailbox that is full', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: core, limits: { mailbox: 1 } });
      const running = supervisor.invoke(id, 'spin', [], { timeoutMs: 300 });
      const waiting = supervisor.invoke(id, 'add', [1, 1]);
      const tooMany = supervisor.invoke(id, 'add', [2, 2]);
      await expectFailure(tooMany, 'RESOURCE_EXHAUSTED');
      await Promise.allSettled([running, waiting]);
    }));

  it('TIMEOUT and CRASH_DETECTED · a loop is killed at its deadline, and with it who waited', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: core, restartPolicy: AT_ONCE });
      const running = supervisor.invoke(id, 'spin', [], { timeoutMs: 100 });
      const waiting = supervisor.invoke(id, 'add', [1, 1]);
      await Promise.all([
        expectFailure(running, 'TIMEOUT'),
        expectFailure(waiting, 'CRASH_DETECTED'),
      ]);
    }));

  it('RESTART_POLICY_VIOLATION · a restart that the policy forbids', () =>
    withSupervisor(async (supervisor) => {
      const restartPolicy = { policyType: 'never' } as const;
      const id = await supervisor.startInstance({ module: core, restartPolicy });
      await expectFailure(supervisor.restartInstance(id), 'RESTART_POLICY_VIOLATION');
    }));

  it('and no code was left out', () => {
    expect([...seen].sort()).to.deep.equal(Object.keys(ERROR_CODES).sort());
  });
});

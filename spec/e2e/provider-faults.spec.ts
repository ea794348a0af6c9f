import { expect } from 'chai';
import type { ProviderInfo } from '../../lib/actors/provider-info.ts';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { AT_ONCE, failureOf, kvGrant, pause, withSupervisor } from './fixtures.ts';

const counter = guestBytes('counter-c');
const MODULE = new URL('faulty-provider.js', import.meta.url);
const fine = new TextEncoder().encode('fine');

async function startFaulty(supervisor: Supervisor, providerId = 'faulty'): Promise<void> {
  await supervisor.startProvider({
    providerType: 'kv',
    providerId,
    module: MODULE,
    restartPolicy: AT_ONCE,
    callTimeoutMs: 1_000,
    heapMb: 32,
  });
}

function startGuest(supervisor: Supervisor, providerId: string): Promise<string> {
  const capability = { ...kvGrant(['kv:read', 'kv:write']), providerId };
  return supervisor.startInstance({ module: counter, capabilities: [capability] });
}

async function infoOf(supervisor: Supervisor, id: string): Promise<ProviderInfo> {
  const found = (await supervisor.listProviders()).find(({ providerId }) => providerId === id);
  if (found === undefined) throw new Error(`no provider ${id}`);
  return found;
}

/** What the guest's own error says. */
async function guestError(call: Promise<unknown>): Promise<unknown> {
  const { code, details } = await failureOf(call);
  expect(code).to.equal('WASM_RUNTIME_ERROR');
  return String(details['payload']).replace('other: ', '');
}

async function untilReady(supervisor: Supervisor, id: string, restarts: number): Promise<void> {
  for (;;) {
    const info = await infoOf(supervisor, id);
    if (info.status === 'ready' && info.restarts === restarts) return;
    await pause(5);
  }
}

describe('providers that fail', function () {
  this.timeout(60_000);

  it('P10 P20 · by throwing, rejecting, hanging or nonsense are survived, and their callers told', () =>
    withSupervisor(async (supervisor) => {
      await startFaulty(supervisor);
      const id = await startGuest(supervisor, 'faulty');
      const told = (key: string): Promise<unknown> =>
        guestError(supervisor.invoke(id, 'read', [key]));
      for (const key of ['throw', 'reject']) {
        expect(await told(key)).to.equal('the provider failed');
      }
      expect(await told('hang')).to.equal('the operation took longer than 1000 ms');
      expect(await told('nonsense')).to.equal('the reply is no plain data');
      expect(await supervisor.invoke(id, 'read', ['ok'])).to.deep.equal(fine);
      expect((await infoOf(supervisor, 'faulty')).restarts).to.equal(0);
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
    }));

  for (const fault of ['exit', 'stray', 'leak', 'loop', 'loop-later']) {
    it(`R8 P20 · by ${fault} come back by their policy, and nobody else notices`, () =>
      withSupervisor(async (supervisor) => {
        await startFaulty(supervisor);
        const id = await startGuest(supervisor, 'faulty');
        const waiting = await startGuest(supervisor, 'faulty');
        const neighbour = await startGuest(supervisor, 'default-kv');
        const isOver = new AbortController();
        const innocent = (async (): Promise<number> => {
          let calls = 0;
          for (; !isOver.signal.aborted; calls += 1) {
            expect(await supervisor.invoke(neighbour, 'bump', ['n'])).to.equal(BigInt(calls + 1));
          }
          return calls;
        })();
        const [told] = await Promise.all([
          guestError(supervisor.invoke(id, 'read', [fault])),
          // Whoever asks at the same time is served, or told.
          supervisor.invoke(waiting, 'read', ['ok']).catch(() => undefined),
        ]);
        // A thread that only dies later may have been asked for longer than its calls may take.
        expect(told).to.be.oneOf([
          'the provider was lost',
          'the operation took longer than 1000 ms',
        ]);
        await untilReady(supervisor, 'faulty', 1);
        for (const each of [id, waiting]) {
          expect(await supervisor.invoke(each, 'read', ['ok'])).to.deep.equal(fine);
          expect((await supervisor.queryInstance(each)).restarts).to.equal(0);
        }
        isOver.abort();
        expect(await innocent).to.be.above(0);
        const facts = await supervisor.executionEvents({
          types: ['provider_crashed', 'provider_started'],
        });
        expect(
          facts.filter(({ providerId }) => providerId === 'faulty').map(({ type }) => type),
        ).to.deep.equal(['provider_started', 'provider_crashed', 'provider_started']);
      }));
  }

  it('P8 · give up when their policy does, and every call fails at once from then on', () =>
    withSupervisor(async (supervisor) => {
      await supervisor.startProvider({
        providerType: 'kv',
        providerId: 'faulty',
        module: MODULE,
        restartPolicy: { policyType: 'never' },
      });
      const id = await startGuest(supervisor, 'faulty');
      expect(await guestError(supervisor.invoke(id, 'read', ['exit']))).to.equal(
        'the provider was lost',
      );
      while ((await infoOf(supervisor, 'faulty')).status !== 'crashed') await pause(5);
      expect(await guestError(supervisor.invoke(id, 'read', ['ok']))).to.deep.equal(
        'no-such-store',
      );
      await supervisor.stopProvider('faulty');
      await startFaulty(supervisor);
      expect(await supervisor.invoke(id, 'read', ['ok'])).to.deep.equal(fine);
    }));

  it('W1 · do not come back with a grant that was revoked while they were down', () =>
    withSupervisor(async (supervisor) => {
      await startFaulty(supervisor);
      const id = await startGuest(supervisor, 'faulty');
      for (let round = 0; round < 5; round += 1) {
        await guestError(supervisor.invoke(id, 'read', ['exit']));
        await supervisor.revokeCapability(id, 'kv');
        await untilReady(supervisor, 'faulty', round + 1);
        expect(await guestError(supervisor.invoke(id, 'read', ['ok']))).to.equal('access-denied');
        await supervisor.assignCapability(id, { ...kvGrant(['kv:read']), providerId: 'faulty' });
        expect(await supervisor.invoke(id, 'read', ['ok'])).to.deep.equal(fine);
      }
    }));

  it('P18 · are refused where their module cannot be served, and leave nothing', () =>
    withSupervisor(async (supervisor) => {
      const broken: [URL | string, string][] = [
        [new URL('no-such-module.js', import.meta.url), 'module'],
        [new URL('fixtures.js', import.meta.url), 'module.default'],
        ['relative.js', 'module'],
        ['https://example.com/x.js', 'module'],
      ];
      for (const [module, field] of broken) {
        const error = await failureOf(supervisor.startProvider({ providerType: 'kv', module }));
        expect(error.code).to.equal('INVALID_REQUEST');
        expect(error.details['field'], String(module)).to.equal(field);
      }
      const other = await failureOf(
        supervisor.startProvider({ providerType: 'x', module: MODULE }),
      );
      expect(other.details['field']).to.equal('providerType');
      expect(await supervisor.listProviders()).to.have.length(1);
    }));
});

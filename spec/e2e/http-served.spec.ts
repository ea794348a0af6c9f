import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { InstanceSpec } from '../../lib/core/instance-spec.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { AT_ONCE, failureOf, kvGrant, until, withSupervisor } from './fixtures.ts';

const HANDLER = 'wasi:http/incoming-handler@0.2';
const MIB = 1_048_576;
/** Each leaves 4 MiB behind. */
const REQUESTS = 200;

type Answer = Readonly<Record<'status' | 'body', unknown>>;

async function started(
  supervisor: Supervisor,
  spec: Partial<InstanceSpec> = {},
): Promise<{ id: string; get: (path: string) => Promise<Answer> }> {
  const id = await supervisor.startInstance({ module: guestBytes('serve-c'), ...spec });
  const get = async (path: string): Promise<Answer> => {
    const answer = (await supervisor.invoke(id, HANDLER, [{ path }])) as Answer;
    return { ...answer, body: Buffer.from(answer.body as Uint8Array).toString() };
  };
  return { id, get };
}

describe('http requests to real guests', function () {
  this.timeout(60_000);

  it('R13 · are calls, by the interface or its function, with or without the patch', () =>
    withSupervisor(async (supervisor) => {
      const { id } = await started(supervisor);
      for (const name of [HANDLER, `${HANDLER}.6`, `${HANDLER}#handle`, `${HANDLER}.6#handle`]) {
        const answer = await supervisor.invoke(id, name, [{ url: 'http://server.example/count' }]);
        expect(answer).to.deep.equal({ status: 200, headers: [], body: Uint8Array.of(0x31) });
      }
      const { code, details } = await failureOf(
        supervisor.invoke(id, HANDLER, [{ path: '/', headers: { host: 'h' } }]),
      );
      expect([code, details['field']]).to.deep.equal(['INVALID_REQUEST', 'args[0].headers.host']);
      expect((await failureOf(supervisor.invoke(id, HANDLER, []))).details).to.include({
        field: 'args',
      });
      const other = await failureOf(supervisor.invoke(id, `${HANDLER}#other`, [{ path: '/' }]));
      expect(other.details['field']).to.equal('exportName');
    }));

  it('P4 · are answered with what the grants of that moment allow', () =>
    withSupervisor(async (supervisor) => {
      const { id, get } = await started(supervisor);
      expect(await get('/store')).to.include({ status: 403, body: 'access-denied' });
      await supervisor.assignCapability(id, kvGrant(['kv:read']));
      expect(await get('/store')).to.include({ status: 404 });
      await supervisor.revokeCapability(id, 'kv');
      expect(await get('/store')).to.include({ status: 403 });
    }));

  it('P18 · have a body of payloadBytes at the most, and headers of 64 KiB beyond', () =>
    withSupervisor(async (supervisor) => {
      const payloadBytes = 20_000;
      const { id } = await started(supervisor, { limits: { payloadBytes } });
      const ask = (request: object): Promise<unknown> =>
        supervisor.invoke(id, HANDLER, [{ method: 'POST', path: '/echo', ...request }]);
      const body = new Uint8Array(payloadBytes).fill(7);
      const headers = { 'x-long': 'v'.repeat(60_000) };
      const answer = await ask({ body, headers });
      expect((answer as { readonly body: Uint8Array }).body).to.deep.equal(body);
      for (const [field, request] of [
        ['args[0].body', { body: new Uint8Array(payloadBytes + 1) }],
        ['args[0].body', { body: 'ä'.repeat(payloadBytes / 2 + 1) }],
        ['args[0].headers', { headers: { 'x-long': 'v'.repeat(payloadBytes + 65_536) } }],
      ] as const) {
        const refused = await failureOf(ask(request));
        expect(refused.code).to.equal('RESOURCE_EXHAUSTED');
        expect(refused.details['field']).to.equal(field);
      }
    }));

  it('R3 · that fail leave the guest alive, and those that trap end its life', () =>
    withSupervisor(async (supervisor) => {
      const { id, get } = await started(supervisor, { restartPolicy: AT_ONCE });
      const refused = await failureOf(get('/error'));
      expect(refused.code).to.equal('WASM_RUNTIME_ERROR');
      expect(refused.message).to.equal('the guest answered internal-error');
      expect(refused.details['payload']).to.deep.equal({
        tag: 'internal-error',
        val: 'it was asked for',
      });
      expect((await failureOf(get('/silent'))).message).to.include('without answering');
      expect(await supervisor.queryInstance(id)).to.include({ restarts: 0, status: 'running' });
      const trapped = await failureOf(get('/trap'));
      expect([trapped.code, trapped.details['kind']]).to.deep.equal(['WASM_RUNTIME_ERROR', 'trap']);
      await until(supervisor, id, ({ restarts, status }) => restarts === 1 && status === 'running');
      expect(await get('/count')).to.include({ body: '1' });
    }));

  it('W2 · are killed at their deadline, and pay for their instance out of their own fuel', () =>
    withSupervisor(async (supervisor) => {
      const { id, get } = await started(supervisor, { restartPolicy: AT_ONCE });
      const late = supervisor.invoke(id, HANDLER, [{ path: '/spin' }], { timeoutMs: 50 });
      expect((await failureOf(late)).code).to.equal('TIMEOUT');
      await until(supervisor, id, ({ status }) => status === 'running');
      expect(await get('/count')).to.include({ body: '1' });
      const metered = await started(supervisor, { limits: { fuel: 1_000_000 } });
      for (let turn = 0; turn < 5; turn++)
        expect(await metered.get('/count')).to.include({ body: '1' });
      expect((await failureOf(metered.get('/spin'))).code).to.equal('RESOURCE_EXHAUSTED');
    }));

  it('find what the former has left, as often as the instance allows that', () =>
    withSupervisor(async (supervisor) => {
      const { get } = await started(supervisor, { limits: { requestsPerInstantiation: 3 } });
      for (const body of ['1', '2', '3', '1']) expect(await get('/count')).to.include({ body });
      const wrong = started(supervisor, { limits: { requestsPerInstantiation: 0 } });
      const { code, details } = await failureOf(wrong);
      expect([code, details['field']]).to.deep.equal([
        'INVALID_REQUEST',
        'limits.requestsPerInstantiation',
      ]);
    }));

  it('P19 · share the memory that is allowed with the instance that stays', () =>
    withSupervisor(async (supervisor) => {
      const pages = (count: number): Partial<InstanceSpec> => ({
        limits: { memoryBytes: count * 65_536 },
      });
      const enough = await started(supervisor, pages(130));
      expect(await enough.get('/hoard')).to.include({ status: 200, body: '1' });
      const half = await started(supervisor, pages(129));
      expect(await half.get('/hoard')).to.include({ status: 507 });
      expect((await failureOf(started(supervisor, pages(1)))).code).to.equal('VALIDATION_ERROR');
    }));

  it('P1 · leave nothing behind, neither memory nor what the next could see', () =>
    withSupervisor(async (supervisor) => {
      const { id, get } = await started(supervisor);
      const rssMib = async (): Promise<number> => (await supervisor.stats()).memory.rssBytes / MIB;
      const hoard = async (count: number): Promise<void> => {
        for (let turn = 0; turn < count; turn++) {
          expect(await get('/hoard')).to.include({ status: 200, body: '1' });
        }
      };
      await hoard(REQUESTS / 4);
      const beforeMib = await rssMib();
      await hoard(REQUESTS);
      // 800 MiB were used meanwhile; the engine collects them after 200 at the most.
      expect((await rssMib()) - beforeMib).to.be.below(400);
      const { usage } = await supervisor.queryInstance(id);
      expect(usage.memoryBytes).to.be.at.most(65_536);
    }));
});

import { expect } from 'chai';
import { ALL_KV, AT_ONCE, kvGrant, pause, until } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import type { SupervisorScene } from './supervisor-scene.ts';

const core = guestBytes('core');
const counter = guestBytes('counter-c');

/** What holds of calls, whoever makes them and wherever. */
export function supervisorCallContract(name: string, scene: SupervisorScene): void {
  const { fails, started } = scene;
  it('R3 · passes numbers, bigints and lists of them as they are', async () => {
    const { supervisor } = scene;
    const id = await started();
    const half = (value: number): Promise<unknown> => supervisor.invoke(id, 'half', [value]);
    expect(await half(3)).to.equal(1.5);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]) {
      expect(Object.is(await half(value), value), String(value)).to.equal(true);
    }
    const most = 2n ** 63n - 1n;
    expect(await supervisor.invoke(id, 'add64', [most, 0n])).to.equal(most);
    expect(await supervisor.invoke(id, 'swap', [1, 2])).to.deep.equal([2, 1]);
    expect(await supervisor.invoke(id, 'nothing')).to.equal(undefined);
    await supervisor.stopInstance(id);
  });

  it('R3 · passes texts, bytes, tuples, options and records of components', async () => {
    const { supervisor } = scene;
    const capabilities = [kvGrant(ALL_KV, `values-${name}`)];
    const id = await started(counter, { capabilities });
    const bytes = Uint8Array.from({ length: 256 }, (_none, index) => index);
    await supervisor.invoke(id, 'set-many', [[['ключ', bytes]]]);
    expect(await supervisor.invoke(id, 'read', ['ключ'])).to.deep.equal(bytes);
    expect(await supervisor.invoke(id, 'get-many', [['ключ', 'none']])).to.deep.equal([
      bytes,
      undefined,
    ]);
    expect(await supervisor.invoke(id, 'bump', ['n'])).to.equal(1n);
    expect(await supervisor.invoke(id, 'has', ['n'])).to.equal(true);
    await supervisor.stopInstance(id);

    const server = await started(guestBytes('serve-c'));
    const request = { method: 'POST', path: '/echo?a=1', headers: { 'x-of': 'me' }, body: 'hi' };
    const answer = await supervisor.invoke(server, 'wasi:http/incoming-handler@0.2', [request]);
    expect(answer).to.deep.include({ status: 200, body: new TextEncoder().encode('hi') });
    await supervisor.stopInstance(server);

    const plugin = await started(guestBytes('wapc-guest'));
    const info = await supervisor.inspectModule(guestBytes('wapc-guest'));
    expect((await supervisor.queryInstance(plugin)).abi).to.equal(info.abi);
    await supervisor.stopInstance(plugin);
  });

  it('R3 · passes the bytes of a plug-in both ways', async () => {
    const { supervisor } = scene;
    const id = await started(guestBytes('extism-plugin'));
    const { exports } = await supervisor.inspectModule(guestBytes('extism-plugin'));
    expect(exports.map((each) => each.name)).to.include('echo');
    const bytes = Uint8Array.of(0, 255, 10, 13, 34);
    expect(await supervisor.invoke(id, 'echo', [bytes])).to.deep.equal(bytes);
    expect(await supervisor.invoke(id, 'echo', ['$bytes "text"'])).to.deep.equal(
      new TextEncoder().encode('$bytes "text"'),
    );
    await supervisor.stopInstance(id);
  });

  it('TIMEOUT and CRASH_DETECTED · a loop is killed at its deadline, and with it who waited', async () => {
    const { supervisor } = scene;
    const id = await started(core, { restartPolicy: AT_ONCE, limits: { mailbox: 1 } });
    const running = supervisor.invoke(id, 'spin', [], { timeoutMs: 300 });
    await pause(50);
    const waiting = supervisor.invoke(id, 'add', [1, 1]);
    await pause(50);
    await fails(supervisor.invoke(id, 'add', [2, 2]), 'RESOURCE_EXHAUSTED');
    const [late, lost] = await Promise.all([
      fails(running, 'TIMEOUT'),
      fails(waiting, 'CRASH_DETECTED'),
    ]);
    expect(late.details).to.include({ phase: 'running', timeoutMs: 300 });
    expect(lost.details['executed']).to.equal('no');
    await until(supervisor, id, ({ status, restarts }) => status === 'running' && restarts === 1);
    await supervisor.stopInstance(id);
  });

  it('R3 · lets a caller go by its signal, with the reason, and begins no call for it', async () => {
    const { supervisor } = scene;
    const id = await started(core, { restartPolicy: AT_ONCE });
    const running = supervisor.invoke(id, 'spin', [], { timeoutMs: 500 }).catch(() => undefined);
    await pause(50);
    const { calls } = (await supervisor.queryInstance(id)).usage;
    const leaving = new AbortController();
    const waiting = supervisor.invoke(id, 'next', [], { signal: leaving.signal });
    await pause(50);
    const reason = new Error('no longer wanted');
    leaving.abort(reason);
    expect(await waiting.catch((error: unknown) => error)).to.equal(reason);
    const early = supervisor.invoke(id, 'next', [], { signal: AbortSignal.abort(reason) });
    expect(await early.catch((error: unknown) => error)).to.equal(reason);
    await running;
    await until(supervisor, id, ({ status, restarts }) => status === 'running' && restarts === 1);
    expect(await supervisor.invoke(id, 'next')).to.equal(1);
    expect((await supervisor.queryInstance(id)).usage.calls).to.be.within(calls, calls + 1);
    await supervisor.stopInstance(id);
  });

  it('P18 · refuses a payload that is too large, and takes one of exactly the limit', async () => {
    const { supervisor } = scene;
    const id = await started(guestBytes('extism-plugin'), { limits: { payloadBytes: 1_000 } });
    expect(await supervisor.invoke(id, 'echo', [new Uint8Array(1_000)])).to.have.length(1_000);
    const large = supervisor.invoke(id, 'echo', [new Uint8Array(1_001)]);
    const { details } = await fails(large, 'RESOURCE_EXHAUSTED');
    expect(details).to.include({ field: 'args[0]', resource: 'payload' });
    await supervisor.stopInstance(id);
  });
}

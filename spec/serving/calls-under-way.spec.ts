import { expect } from 'chai';
import type { WireValue } from '../../lib/core/provider.ts';
import { rejectionOf, settled, thrownBy } from '../thrown.ts';
import { CALL_TIMEOUT_MS, newBench, RecordingProvider } from './server-bench.ts';

describe('capability calls that come too late or too often', () => {
  it('W1 · that end after their revocation has given up are denied, however they end', async () => {
    const { bench, kv } = await newBench();
    await bench.assign('i', 'c', ['kv:read']);
    const calls = ['a', 'b'].map((key) => Promise.resolve(bench.get('i', key, 'wait')));
    const codes = calls.map(async (call) => (await rejectionOf(call)).code);
    const revoked = bench.server().revoke('i', 'c');
    await settled();
    bench.clock.advance(10_000);
    await revoked;
    kv.pending[0]?.finish('secret');
    kv.pending[1]?.fail(new Error('secret'));
    expect(await Promise.all(codes)).to.deep.equal(['PERMISSION_DENIED', 'PERMISSION_DENIED']);
    expect(bench.facts.query({ types: ['capability_denied'] })).to.deep.equal([]);
  });

  it('P20 · that take longer than their deadline fail with TIMEOUT, and count until they end', async () => {
    const { bench, kv } = await newBench();
    await bench.assign('i', 'c', ['kv:read']);
    const call = rejectionOf(Promise.resolve(bench.get('i', 'a', 'wait')));
    bench.clock.advance(CALL_TIMEOUT_MS - 1);
    await settled();
    const revoked = bench.server().revoke('i', 'c');
    let isRevoked = false;
    void revoked.then(() => (isRevoked = true));
    await settled();
    bench.clock.advance(1);
    const error = await call;
    expect(error.code).to.equal('TIMEOUT');
    expect(error.details).to.deep.equal({ timeoutMs: CALL_TIMEOUT_MS });
    await settled();
    expect(isRevoked, 'it may still have an effect').to.equal(false);
    kv.pending[0]?.fail(new Error('late'));
    await revoked;
    expect(bench.clock.pending).to.equal(0);
  });

  it('W5 · leave no timer behind when their provider ends before they do', async () => {
    const { bench } = await newBench();
    await bench.assign('i', 'c', ['kv:read']);
    const call = rejectionOf(Promise.resolve(bench.get('i', 'a', 'wait')));
    expect(bench.clock.pending).to.equal(1);
    await bench.server().close();
    expect((await call).code).to.equal('STORAGE_ERROR');
    await settled();
    expect(bench.clock.pending).to.equal(0);
  });

  it('W1 · are counted while a promise of another making is under way', async () => {
    const { bench } = await newBench();
    const { promise, resolve } = Promise.withResolvers<string>();
    // oxlint-disable-next-line unicorn/no-thenable -- what a provider may answer with
    const foreign = { then: promise.then.bind(promise) };
    const kv = new RecordingProvider('kv', {
      operations: {
        get: {
          permission: () => ({ action: 'kv:read' }),
          run: () => foreign as unknown as Promise<WireValue>,
        },
      },
    });
    await bench.provide('p', kv.definition);
    await bench.assign('i', 'c', ['kv:read']);
    const answer = bench.get('i', 'a');
    let isRevoked = false;
    const revoked = bench
      .server()
      .revoke('i', 'c')
      .then(() => (isRevoked = true));
    await settled();
    expect(isRevoked).to.equal(false);
    resolve('value');
    expect(await answer).to.equal('value');
    await revoked;
  });

  it('P13 · that are denied more than a hundred times a second are counted, and the count is told', async () => {
    const { bench } = await newBench();
    const deny = (instance: string): unknown => thrownBy(() => bench.get(instance, 'a'));
    for (let n = 0; n < 250; n++) deny('i');
    deny('j');
    const denials = (instanceId: string): readonly unknown[] =>
      bench.facts.query({ instanceId }).map(({ details }) => details['unrecorded']);
    expect(denials('i')).to.deep.equal(Array.from({ length: 100 }, () => undefined));
    expect(denials('j'), 'one floods, the other is heard').to.deep.equal([undefined]);
    expect(bench.counts.denied).to.equal(251);
    bench.clock.advance(1_000);
    deny('i');
    deny('i');
    expect(denials('i').slice(100)).to.deep.equal([150, undefined]);
  });

  it('P13 · of an instance that comes back under its id are recorded from the beginning', async () => {
    const { bench } = await newBench();
    for (let n = 0; n < 101; n++) thrownBy(() => bench.get('i', 'a'));
    bench.server().forget('i');
    thrownBy(() => bench.get('i', 'a'));
    const facts = bench.facts.query({});
    expect(facts).to.have.length(101);
    expect(facts.at(-1)?.details).to.not.have.property('unrecorded');
  });
});

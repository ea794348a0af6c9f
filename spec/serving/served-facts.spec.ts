import { expect } from 'chai';
import { WasmatrixError } from '../../lib/core/errors.ts';
import type { WireValue } from '../../lib/core/provider.ts';
import { TentativeRefusal } from '../../lib/serving/tentative-refusal.ts';
import { rejectionOf, thrownBy } from '../thrown.ts';
import { codeOf, newBench, RecordingProvider, ServerBench } from './server-bench.ts';

describe('the facts of capability calls', () => {
  it('P13 · leave one fact of a denial, naming the grant that refused', async () => {
    const bench = new ServerBench();
    const kv = new RecordingProvider('kv', {
      concerns: ([key], { config }) => config['prefix'] === (key as string)[0],
    });
    await bench.provide('p', kv.definition);
    await bench.assign('i', 'for-a', ['kv:read'], { config: { prefix: 'a' } });
    await bench.assign('i', 'for-b', ['kv:write'], { config: { prefix: 'b' } });
    expect(codeOf(() => bench.get('i', 'a1'))).to.equal('served');
    expect(codeOf(() => bench.get('i', 'b1'))).to.equal('PERMISSION_DENIED');
    expect(
      codeOf(() => bench.get('i', 'c1')),
      'mapped by neither',
    ).to.equal('CAPABILITY_NOT_FOUND');
    const facts = bench.facts.query({});
    expect(facts).to.have.length(1);
    expect(facts[0]).to.deep.include({ type: 'capability_denied', instanceId: 'i' });
    expect(facts[0]?.details).to.deep.equal({
      providerType: 'kv',
      operation: 'get',
      capabilityId: 'for-b',
    });
  });

  it('W7 · leave a fact each when that is wanted, with what they needed and never with their data', async () => {
    const { bench } = await newBench(true);
    await bench.assign('i', 'c', ['kv:read', 'kv:write']);
    const args = ['key', 'other', 'secret'];
    void bench.serve('i', { family: 'kv', operation: 'copy', args });
    codeOf(() => bench.serve('j', { family: 'kv', operation: 'copy', args }));
    await bench.server().revoke('i', 'c');
    await bench.assign('i', 'c', ['kv:read']);
    codeOf(() => bench.serve('i', { family: 'kv', operation: 'copy', args }));
    const facts = bench.facts.query({});
    const required = [
      { action: 'kv:read', scope: 'key' },
      { action: 'kv:write', scope: 'other' },
    ];
    const named = { providerType: 'kv', operation: 'copy' };
    expect(
      facts.map(({ type, instanceId, providerId, details }) => ({
        type,
        instanceId,
        providerId,
        details,
      })),
    ).to.deep.equal([
      {
        type: 'capability_called',
        instanceId: 'i',
        providerId: 'p',
        details: { ...named, capabilityId: 'c', required },
      },
      {
        type: 'capability_denied',
        instanceId: 'j',
        providerId: 'p',
        details: named,
      },
      {
        type: 'capability_denied',
        instanceId: 'i',
        providerId: 'p',
        details: { ...named, capabilityId: 'c', required },
      },
    ]);
    expect(JSON.stringify(facts)).to.not.include('secret');
  });

  it('W7 · leave neither scopes nor data in the facts where calls are not recorded', async () => {
    const { bench } = await newBench();
    codeOf(() => bench.get('j', 'secret'));
    expect(bench.facts.query({})).to.have.length(1);
    expect(JSON.stringify(bench.facts.query({}))).to.not.include('secret');
  });

  it('P13 · keep names that a guest makes up short in the facts', async () => {
    const { bench } = await newBench();
    const long = 'x'.repeat(10_000);
    codeOf(() => bench.serve('i', { family: long, operation: long, args: [] }));
    expect(JSON.stringify(bench.facts.query({})).length).to.be.below(1_000);
  });

  it('P13 · leave no fact when they are refused tentatively, and say that nothing was done', async () => {
    const { bench, kv } = await newBench();
    await bench.assign('i', 'c', ['kv:read:a']);
    const call = { family: 'kv', operation: 'get', args: ['b'] };
    for (const instance of ['i', 'j']) {
      const refusal = thrownBy(() => bench.serve(instance, call, true));
      expect(refusal).to.be.instanceOf(TentativeRefusal);
      expect(refusal.code).to.equal('PERMISSION_DENIED');
    }
    expect(bench.facts.query({})).to.deep.equal([]);
    expect(bench.counts).to.deep.equal({ served: 0, denied: 0 });
    expect(thrownBy(() => bench.serve('i', call))).to.not.be.instanceOf(TentativeRefusal);
    expect(bench.facts.query({})).to.have.length(1);
    expect(kv.effects).to.deep.equal([]);
  });

  it('P10 · that an operation itself denies are its answer, not a refusal, and leave a fact', async () => {
    const denying = (isLater: boolean): (() => Promise<WireValue>) => {
      const denial = new WasmatrixError('PERMISSION_DENIED', 'the redirect is not allowed');
      return () => {
        if (isLater) return Promise.reject(denial);
        throw denial;
      };
    };
    const bench = new ServerBench();
    const permission = () => ({ action: 'kv:read' });
    const operations = {
      now: { permission, run: denying(false) },
      later: { permission, run: denying(true) },
    };
    await bench.provide('p', new RecordingProvider('kv', { operations }).definition);
    await bench.assign('i', 'c', ['kv:read']);
    for (const operation of ['now', 'later']) {
      const call = { family: 'kv', operation, args: [] };
      const serve = async (): Promise<unknown> => bench.serve('i', call, true);
      const error = await rejectionOf(serve());
      expect(error.code).to.equal('PERMISSION_DENIED');
      expect(error).to.not.be.instanceOf(TentativeRefusal);
    }
    const facts = bench.facts.query({});
    expect(facts.map(({ type }) => type)).to.deep.equal(['capability_denied', 'capability_denied']);
    expect(bench.counts).to.deep.equal({ served: 2, denied: 2 });
  });
});

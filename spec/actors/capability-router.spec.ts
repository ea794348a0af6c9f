import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { RUNS } from '../core/property-runs.ts';
import { rejectionOf, settled, thrownBy } from '../thrown.ts';
import { CapabilityBench, RecordingProvider } from './capability-bench.ts';

async function newBench(
  areCallsRecorded = false,
): Promise<{ bench: CapabilityBench; kv: RecordingProvider }> {
  const bench = new CapabilityBench(areCallsRecorded);
  const kv = new RecordingProvider('kv');
  await bench.provide('p', kv.definition);
  return { bench, kv };
}

const keys = fc.constantFrom('a', 'ab', 'b', '*', '');
const scopes = fc.constantFrom('', ':a', ':a*', ':b', ':*');
const permission = fc
  .tuple(fc.constantFrom('kv:read', 'kv:write', 'http:request'), scopes)
  .map(([action, scope]) => action + scope);
const instances = fc.constantFrom('i', 'j');

type Change =
  | { readonly kind: 'assign'; readonly id: string; readonly permissions: readonly string[] }
  | { readonly kind: 'revoke'; readonly id: string }
  | { readonly kind: 'get' | 'wait' | 'copy'; readonly keys: readonly [string, string] };

const change: fc.Arbitrary<readonly [string, Change]> = fc.tuple(
  instances,
  fc.oneof(
    fc
      .tuple(fc.constantFrom('x', 'y', 'z'), fc.array(permission, { maxLength: 2 }))
      .map(([id, permissions]): Change => ({ kind: 'assign', id, permissions })),
    fc.constantFrom('x', 'y', 'z').map((id): Change => ({ kind: 'revoke', id })),
    fc
      .tuple(
        fc.constantFrom('get' as const, 'wait' as const, 'copy' as const),
        fc.tuple(keys, keys),
      )
      .map(([kind, both]): Change => ({ kind, keys: both })),
  ),
);

/** Whether one grant's permissions cover an action on a key, with strings only. */
const covers = (permissions: readonly string[], action: string, key: string): boolean =>
  permissions.some(
    (each) =>
      each === action ||
      each === `${action}:${key}` ||
      (each.startsWith(`${action}:`) &&
        each.endsWith('*') &&
        key.startsWith(each.slice(action.length + 1, -1))),
  );

/** What a call comes to, synchronous or not, without letting one that is under way finish. */
function codeOf(serve: () => WireValue | Promise<WireValue>): string {
  try {
    const value = serve();
    if (value instanceof Promise) void value.catch(() => undefined);
    return 'served';
  } catch (error) {
    return thrownBy(() => {
      throw error;
    }).code;
  }
}

describe('capability calls', () => {
  it('P4 · are served exactly when one grant held at that moment allows them; P5 · after any history', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 40 }), async (history) => {
        const { bench, kv } = await newBench();
        const held = new Map<string, Map<string, readonly string[]>>();
        const effects: string[] = [];
        let denials = 0;
        for (const [instance, each] of history) {
          const own = held.get(instance) ?? new Map<string, readonly string[]>();
          held.set(instance, own);
          if (each.kind === 'assign') {
            own.set(each.id, each.permissions);
            void bench.assign(instance, each.id, each.permissions);
          } else if (each.kind === 'revoke') {
            own.delete(each.id);
            void bench.grants.revoke(instance, each.id).catch(() => undefined);
          } else {
            const { kind, keys: args } = each;
            const [first, second] = args;
            const isAllowed = [...own.values()].some(
              (grant) =>
                covers(grant, 'kv:read', first) &&
                (kind !== 'copy' || covers(grant, 'kv:write', second)),
            );
            const call = { family: 'kv', operation: kind, args };
            const code = codeOf(() => bench.router.serve(instance, call));
            expect(code).to.equal(isAllowed ? 'served' : 'PERMISSION_DENIED');
            if (isAllowed)
              effects.push(`${instance} ${kind} ${kind === 'copy' ? args.join('>') : first}`);
            else denials += 1;
          }
          expect(kv.effects, 'a denied call has had no effect').to.deep.equal(effects);
        }
        expect(bench.router.counts).to.deep.equal({ served: effects.length, denied: denials });
        const denied = bench.facts.query({ types: ['capability_denied'] });
        expect(denied).to.have.length(denials);
        expect(bench.facts.lastSeq).to.equal(denials);
        for (const operation of kv.pending) operation.finish(null);
        await settled();
      }),
      RUNS,
    );
  });

  it('P10 · answer each caller with what its own call came to', async () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 });
    await fc.assert(
      fc.asyncProperty(order, async (finishing) => {
        const { bench, kv } = await newBench();
        const calls: Promise<WireValue>[] = [];
        for (const n of finishing.keys()) {
          await bench.assign(`i${n}`, 'c', ['kv:read']);
          calls.push(Promise.resolve(bench.get(`i${n}`, `k${n}`, 'wait')));
        }
        for (const index of finishing) {
          const { instanceId, key, finish, fail } = kv.pending[index]!;
          if (index % 2 === 0) finish(`${instanceId} ${key}`);
          else fail(`${instanceId} ${key}`);
        }
        const results = await Promise.allSettled(calls);
        for (const [n, result] of results.entries()) {
          const answer = `i${n} k${n}`;
          if (n % 2 === 0) expect(result).to.deep.equal({ status: 'fulfilled', value: answer });
          else expect(result).to.deep.equal({ status: 'rejected', reason: answer });
        }
      }),
      RUNS,
    );
  });

  it('W1 · have all ended when a revocation resolves, and none begins after it was asked for', async () => {
    const { bench, kv } = await newBench();
    await bench.assign('i', 'c', ['kv:read']);
    const calls = ['a', 'b', 'c'].map((key) => Promise.resolve(bench.get('i', key, 'wait')));
    const ended: string[] = [];
    const note = async (call: Promise<WireValue>): Promise<void> => {
      ended.push((await call) as string);
    };
    for (const call of calls) void note(call);
    let isRevoked = false;
    const revoked = bench.grants.revoke('i', 'c').then(() => (isRevoked = true));
    expect(codeOf(() => bench.get('i', 'd'))).to.equal('PERMISSION_DENIED');
    for (const { key, finish } of kv.pending) {
      await settled();
      expect(isRevoked).to.equal(false);
      finish(key);
    }
    await revoked;
    await settled();
    expect(ended).to.deep.equal(['a', 'b', 'c']);
    expect(kv.effects).to.have.length(3);
  });

  it('W1 · count as ended when they fail, at once or later', async () => {
    const { bench, kv } = await newBench();
    await bench.assign('i', 'c', ['kv:read']);
    expect(() => bench.get('i', 'a', 'fails')).to.throw('broken');
    const failing = Promise.resolve(bench.get('i', 'a', 'wait')).catch((error: unknown) =>
      String(error),
    );
    kv.pending[0]?.fail('later');
    expect(await failing).to.equal('later');
    await bench.grants.revoke('i', 'c');
  });

  it('P4 · see in an operation under way what the grant allows at that moment', async () => {
    const { bench } = await newBench();
    await bench.assign('i', 'c', ['kv:read:a*', 'kv:write']);
    const call = { family: 'kv', operation: 'list', args: ['a', 'ab', 'b'] };
    expect(bench.router.serve('i', call)).to.deep.equal(['a', 'ab']);
  });

  it('P4 · are denied where an operation asks for no permission but there is no grant for it', async () => {
    const { bench, kv } = await newBench();
    expect(codeOf(() => bench.get('i', 'a', 'open'))).to.equal('PERMISSION_DENIED');
    await bench.assign('i', 'c', []);
    expect(
      codeOf(() => bench.get('i', 'a', 'open')),
      'no permission, no call',
    ).to.equal('PERMISSION_DENIED');
    expect(kv.effects).to.deep.equal([]);
  });

  it('P13 · leave one fact of a denial, naming the grant that refused', async () => {
    const bench = new CapabilityBench();
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

  it('W7 · leave a fact each when that is wanted, with names and never with data', async () => {
    const { bench } = await newBench(true);
    await bench.assign('i', 'c', ['kv:read']);
    void bench.get('i', 'secret');
    codeOf(() => bench.get('j', 'secret'));
    const facts = bench.facts.query({});
    expect(facts.map(({ type }) => type)).to.deep.equal(['capability_called', 'capability_denied']);
    expect(facts[0]).to.deep.include({ instanceId: 'i', providerId: 'p' });
    expect(facts[0]?.details).to.deep.equal({
      providerType: 'kv',
      operation: 'get',
      capabilityId: 'c',
    });
    expect(JSON.stringify(facts)).to.not.include('secret');
  });

  it('reach no property of a prototype by the name of an operation', async () => {
    const { bench } = await newBench();
    await bench.assign('i', 'c', ['kv:read']);
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', '', 'nope']) {
      expect(
        codeOf(() => bench.get('i', 'a', name)),
        name,
      ).to.equal('INVALID_REQUEST');
    }
    const family = { family: '__proto__', operation: 'get', args: [] };
    expect(codeOf(() => bench.router.serve('i', family))).to.equal('PERMISSION_DENIED');
  });

  it('P13 · keep names that a guest makes up short in the facts', async () => {
    const { bench } = await newBench();
    const long = 'x'.repeat(10_000);
    codeOf(() => bench.router.serve('i', { family: long, operation: long, args: [] }));
    expect(JSON.stringify(bench.facts.query({})).length).to.be.below(1_000);
  });

  it('P20 · fail as not found while the provider is stopped, and are served after its return', async () => {
    const { bench, kv } = await newBench();
    await bench.assign('i', 'c', ['kv:read']);
    await bench.providers.get('p')?.close();
    expect(codeOf(() => bench.get('i', 'a'))).to.equal('CAPABILITY_NOT_FOUND');
    bench.providers.delete('p');
    expect(codeOf(() => bench.get('i', 'a'))).to.equal('CAPABILITY_NOT_FOUND');
    await bench.provide('p', kv.definition);
    expect(codeOf(() => bench.get('i', 'a'))).to.equal('served');
    expect(kv.effects).to.deep.equal(['i get a']);
  });

  it('P4 · use another grant of the family where the first one’s provider is gone', async () => {
    const { bench, kv } = await newBench();
    await bench.assign('i', 'gone', ['kv:read'], { providerId: 'q' });
    await bench.assign('i', 'here', ['kv:read:a']);
    expect(codeOf(() => bench.get('i', 'a'))).to.equal('served');
    expect(
      codeOf(() => bench.get('i', 'b')),
      'a refusal outweighs an absence',
    ).to.equal('PERMISSION_DENIED');
    expect(kv.effects).to.deep.equal(['i get a']);
  });

  it('P19 · reach only what the calling instance was granted', async () => {
    const { bench } = await newBench();
    await bench.assign('i', 'c', ['kv:read']);
    expect(codeOf(() => bench.get('j', 'a'))).to.equal('PERMISSION_DENIED');
    const error = await rejectionOf(Promise.resolve().then(() => bench.get('__proto__', 'a')));
    expect(error.code).to.equal('PERMISSION_DENIED');
  });
});

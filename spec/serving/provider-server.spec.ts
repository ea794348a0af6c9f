import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { MOVED } from '../../lib/serving/provider-server.ts';
import { RUNS } from '../core/property-runs.ts';
import { rejectionOf, settled } from '../thrown.ts';
import { codeOf, newBench } from './server-bench.ts';

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
            void bench.server().revoke(instance, each.id);
          } else {
            const { kind, keys: args } = each;
            const [first, second] = args;
            const isAllowed = [...own.values()].some(
              (grant) =>
                covers(grant, 'kv:read', first) &&
                (kind !== 'copy' || covers(grant, 'kv:write', second)),
            );
            const call = { family: 'kv', operation: kind, args };
            const code = codeOf(() => bench.serve(instance, call));
            expect(code).to.equal(isAllowed ? 'served' : 'PERMISSION_DENIED');
            if (isAllowed)
              effects.push(`${instance} ${kind} ${kind === 'copy' ? args.join('>') : first}`);
            else denials += 1;
          }
          expect(kv.effects, 'a denied call has had no effect').to.deep.equal(effects);
        }
        expect(bench.counts).to.deep.equal({ served: effects.length, denied: denials });
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
    const revoked = bench
      .server()
      .revoke('i', 'c')
      .then(() => (isRevoked = true));
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
    await bench.server().revoke('i', 'c');
  });

  it('P4 · see in an operation under way what the grant allows at that moment', async () => {
    const { bench } = await newBench();
    await bench.assign('i', 'c', ['kv:read:a*', 'kv:write']);
    const call = { family: 'kv', operation: 'list', args: ['a', 'ab', 'b'] };
    expect(bench.serve('i', call)).to.deep.equal(['a', 'ab']);
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

  it('reach no property of a prototype by the name of an operation', async () => {
    const { bench } = await newBench();
    await bench.assign('i', 'c', ['kv:read']);
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty', '', 'nope']) {
      expect(
        codeOf(() => bench.get('i', 'a', name)),
        name,
      ).to.equal('INVALID_REQUEST');
    }
  });

  it('P20 · do nothing and are sent on while the server is paused or closed', async () => {
    const { bench, kv } = await newBench();
    await bench.assign('i', 'c', ['kv:read']);
    expect(await bench.server().pause(0)).to.equal(true);
    expect(bench.serve('i', { family: 'kv', operation: 'get', args: ['a'] })).to.equal(MOVED);
    expect(codeOf(() => bench.serve('j', { family: 'kv', operation: 'nope', args: [] }))).to.equal(
      'moved',
    );
    bench.server().resume();
    expect(codeOf(() => bench.get('i', 'b'))).to.equal('served');
    await bench.server().pause(0);
    await bench.server().close();
    bench.server().resume();
    expect(bench.serve('i', { family: 'kv', operation: 'get', args: ['c'] })).to.equal(MOVED);
    expect(kv.effects).to.deep.equal(['i get b']);
    expect(bench.facts.query({}), 'none was denied').to.deep.equal([]);
  });

  it('P20 · that are under way are waited for by a pause, within its deadline', async () => {
    const { bench, kv } = await newBench();
    await bench.assign('i', 'c', ['kv:read']);
    const calls = ['a', 'b'].map((key) => Promise.resolve(bench.get('i', key, 'wait')));
    const late = bench.server().pause(5_000);
    await settled();
    bench.clock.advance(5_000);
    expect(await late).to.equal(false);
    const inTime = bench.server().pause(5_000);
    kv.pending[0]?.finish('a');
    await settled();
    expect(await Promise.race([inTime, settled()]), 'one of two has ended').to.equal(undefined);
    kv.pending[1]?.finish('b');
    expect(await inTime).to.equal(true);
    expect(await Promise.all(calls)).to.deep.equal(['a', 'b']);
    expect(bench.clock.pending).to.equal(0);
  });

  it('P19 · reach only what the calling instance was granted', async () => {
    const { bench } = await newBench();
    await bench.assign('i', 'c', ['kv:read']);
    expect(codeOf(() => bench.get('j', 'a'))).to.equal('PERMISSION_DENIED');
    const error = await rejectionOf(Promise.resolve().then(() => bench.get('__proto__', 'a')));
    expect(error.code).to.equal('PERMISSION_DENIED');
  });
});

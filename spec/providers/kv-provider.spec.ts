import { expect } from 'chai';
import * as fc from 'fast-check';
import { WasmatrixError } from '../../lib/core/errors.ts';
import type { RequiredPermission, WireValue } from '../../lib/core/provider.ts';
import { kvProvider, kvProviderBy } from '../../providers/kv/index.ts';
import { callContext, ENVIRONMENT } from '../contract/call-context.ts';
import { runs } from '../contract/kv-arbitraries.ts';
import { outcome } from '../contract/kv-caller.ts';
import { describeKvProvider } from '../contract/kv-provider.contract.ts';
import { SimulatedClock } from '../simulated-clock.ts';

describeKvProvider({
  name: 'memory',
  open: async (limits) => kvProvider.open(limits, ENVIRONMENT),
});

const value = new Uint8Array([1]);

/** For each operation: well-formed arguments, and what they need. */
const REQUESTS: Readonly<Record<string, readonly [WireValue[], unknown]>> = {
  open: [['default'], []],
  get: [['default', 'k'], { action: 'kv:read', scope: 'k' }],
  exists: [['default', 'k'], { action: 'kv:read', scope: 'k' }],
  set: [['default', 'k', value], { action: 'kv:write', scope: 'k' }],
  delete: [['default', 'k'], { action: 'kv:delete', scope: 'k' }],
  list: [['default', undefined], { action: 'kv:read' }],
  increment: [['default', 'k', 1n], { action: 'kv:write', scope: 'k' }],
  cas: [['default', 'k', undefined, value], { action: 'kv:write', scope: 'k' }],
  getMany: [
    ['default', ['k', 'l']],
    [
      { action: 'kv:read', scope: 'k' },
      { action: 'kv:read', scope: 'l' },
    ],
  ],
  setMany: [['default', [['k', value]]], [{ action: 'kv:write', scope: 'k' }]],
  deleteMany: [['default', ['k']], [{ action: 'kv:delete', scope: 'k' }]],
};

/** What no argument of any operation may be. */
const NEVER_VALID: readonly WireValue[] = [
  1,
  true,
  '',
  '\ud800',
  'k'.repeat(1_601),
  {},
  { length: 1, 0: 'k' },
  [''],
  [['k']],
  [['k', 'v']],
  [['k', value, value]],
  [1],
  2n ** 64n,
  -(2n ** 63n) - 1n,
];

function permissionOf(name: string, args: readonly WireValue[]): unknown {
  return kvProvider.operations[name]?.permission(args);
}

function fieldOfRefusal(name: string, args: readonly WireValue[]): unknown {
  try {
    permissionOf(name, args);
  } catch (failure) {
    if (!(failure instanceof WasmatrixError)) throw failure;
    expect(failure.code).to.equal('INVALID_REQUEST');
    return failure.details['field'];
  }
  return undefined;
}

describe('the permissions of key-value operations', () => {
  it('P4 · every operation names what it needs, computed from its arguments', () => {
    expect(Object.keys(kvProvider.operations).sort()).to.deep.equal(Object.keys(REQUESTS).sort());
    for (const [name, [args, needed]] of Object.entries(REQUESTS)) {
      expect(permissionOf(name, args), name).to.deep.equal(needed);
    }
  });

  it('P4 · a malformed argument, in any place, is refused before the operation', () => {
    for (const [name, [args]] of Object.entries(REQUESTS)) {
      for (const [index] of args.entries()) {
        // A cursor may be any text here; it is opened with the secret of the store.
        const isCursor = name === 'list' && index === 1;
        for (const wrong of NEVER_VALID) {
          if (isCursor && typeof wrong === 'string') continue;
          const given = args.with(index, wrong);
          expect(fieldOfRefusal(name, given), `${name} ${index} ${typeof wrong}`).to.be.a('string');
        }
      }
      expect(fieldOfRefusal(name, [...args, ...Array(4).fill(undefined)]), name).to.equal('args');
      expect(fieldOfRefusal(name, []), name).to.equal('bucket');
    }
  });

  it('P4 · any arguments whatever are either refused as malformed or name what they need', () => {
    const wire = fc.anything({ withBigInt: true, withTypedArray: true, withNullPrototype: true });
    const names = fc.constantFrom(...Object.keys(REQUESTS));
    fc.assert(
      fc.property(names, fc.array(wire, { maxLength: 5 }), fc.boolean(), (name, args, isNamed) => {
        const given = (isNamed ? ['default', ...args] : args) as WireValue[];
        try {
          const needed = permissionOf(name, given) as RequiredPermission | RequiredPermission[];
          for (const each of [needed].flat()) expect(each.action).to.match(/^kv:/);
        } catch (failure) {
          expect(failure).to.be.instanceOf(WasmatrixError);
          expect((failure as WasmatrixError).details['field']).to.be.a('string');
        }
      }),
      runs,
    );
  });

  it('P4 · a call without the permission has no effect', async () => {
    const state = await kvProvider.open({}, ENVIRONMENT);
    const owner = { instanceId: 'i-1', permissions: ['kv:read', 'kv:write', 'kv:delete'] };
    const seed = new TextEncoder().encode('7');
    await outcome(state, owner, 'set', 'default', 'k', seed);
    const stranger = { ...owner, permissions: ['kv:read:x*', 'kv:write:x*', 'kv:delete:x*'] };
    for (const [name, [args]] of Object.entries(REQUESTS)) {
      if (name === 'open' || name === 'list') continue;
      expect(await outcome(state, stranger, name, ...args), name).to.equal('PERMISSION_DENIED');
    }
    expect(await outcome(state, owner, 'get', 'default', 'k')).to.deep.equal(seed);
  });
});

describe('a time to live', () => {
  const who = { instanceId: 'i-1', permissions: ['kv:read', 'kv:write', 'kv:delete'] };

  it('is the last argument of a write, and refused outside of its range', async () => {
    const state = await kvProvider.open({}, ENVIRONMENT);
    const range = [0, -1, 1.5, 315_360_000_001, 2n ** 64n, 0n, '5', true, value, Number.NaN, [5]];
    for (const wrong of range) {
      const set = await outcome(state, who, 'set', 'default', 'k', value, wrong);
      expect(set, String(wrong)).to.equal('INVALID_REQUEST ttlMs');
      const cas = await outcome(state, who, 'cas', 'default', 'k', undefined, value, wrong);
      expect(cas, String(wrong)).to.equal('INVALID_REQUEST ttlMs');
    }
    for (const good of [1, 1n, 315_360_000_000, 315_360_000_000n, null, undefined]) {
      expect(await outcome(state, who, 'set', 'default', 'k', value, good)).to.equal(undefined);
    }
  });

  it('makes a key absent for every operation at once when it is over', async () => {
    const clock = new SimulatedClock();
    const provider = kvProviderBy(clock);
    const state = await provider.open({}, ENVIRONMENT);
    const seed = new TextEncoder().encode('7');
    await outcome(state, who, 'set', 'default', 'k', seed, 100);
    clock.advance(99);
    expect(await outcome(state, who, 'get', 'default', 'k')).to.deep.equal(seed);
    clock.advance(1);
    expect(await outcome(state, who, 'get', 'default', 'k')).to.equal(undefined);
    expect(await outcome(state, who, 'exists', 'default', 'k')).to.equal(false);
    expect(await outcome(state, who, 'getMany', 'default', ['k'])).to.deep.equal([undefined]);
    expect(await outcome(state, who, 'list', 'default')).to.deep.equal({
      keys: [],
      cursor: undefined,
    });
    expect(await outcome(state, who, 'cas', 'default', 'k', seed, value)).to.equal(false);
    expect(await outcome(state, who, 'increment', 'default', 'k', 1n)).to.equal(1n);
    await provider.close?.(state);
    expect(clock.pending).to.equal(0);
  });

  it('may leave a page of a listing empty, which then goes on behind what has expired', async () => {
    const clock = new SimulatedClock();
    const state = await kvProviderBy(clock).open({ pageSize: 2 }, ENVIRONMENT);
    for (const name of ['a', 'b']) await outcome(state, who, 'set', 'default', name, value, 5);
    await outcome(state, who, 'set', 'default', 'c', value);
    clock.advance(5);
    const page = (await outcome(state, who, 'list', 'default')) as { cursor: string };
    expect(page).to.have.property('keys').that.is.empty;
    expect(await outcome(state, who, 'list', 'default', page.cursor)).to.deep.equal({
      keys: ['c'],
      cursor: undefined,
    });
  });

  it('is kept by increment, and begins anew with set and cas', async () => {
    const clock = new SimulatedClock();
    const config = { buckets: { 'i-1': { ttlMs: 100 } }, bucketDefaults: { maxKeys: 1 } };
    const state = await kvProviderBy(clock).open(config, ENVIRONMENT);
    const isThere = (): unknown => outcome(state, who, 'exists', 'default', 'n');
    await outcome(state, who, 'increment', 'default', 'n', 1n);
    clock.advance(60);
    await outcome(state, who, 'increment', 'default', 'n', 1n);
    clock.advance(40);
    expect(await isThere()).to.equal(false);
    await outcome(state, who, 'cas', 'default', 'n', undefined, value);
    clock.advance(60);
    await outcome(state, who, 'cas', 'default', 'n', value, value);
    clock.advance(60);
    expect(await isThere()).to.equal(true);
    await outcome(state, who, 'set', 'default', 'n', value, 500);
    clock.advance(400);
    expect(await isThere()).to.equal(true);
    const other = await outcome(state, who, 'set', 'default', 'm', value);
    expect(other).to.equal('RESOURCE_EXHAUSTED bucket');
  });
});

describe('the memory backend of the key-value provider', () => {
  it('answers every operation at once, without a promise', async () => {
    const state = await kvProvider.open({}, ENVIRONMENT);
    const context = callContext(['kv:read', 'kv:write', 'kv:delete']);
    for (const [name, [args]] of Object.entries(REQUESTS)) {
      if (name === 'increment') await kvProvider.operations['delete']?.run(args, context, state);
      const answer = kvProvider.operations[name]?.run(args, context, state);
      expect(answer, name).not.to.be.instanceOf(Promise);
    }
  });

  it('ends a page at a quarter of a megabyte of keys, and goes on behind it', async () => {
    const state = await kvProvider.open({}, ENVIRONMENT);
    const who = { instanceId: 'i-1', permissions: ['kv:read', 'kv:write'] };
    const name = (index: number): string => `${index}`.padStart(1_024, '0');
    for (let index = 0; index < 300; index += 1) {
      await outcome(state, who, 'set', 'default', name(index), value);
    }
    const first = (await outcome(state, who, 'list', 'default')) as {
      keys: string[];
      cursor: string;
    };
    expect(first.keys).to.have.length(256);
    const second = await outcome(state, who, 'list', 'default', first.cursor);
    expect(second).to.have.property('keys').that.has.length(44);
    expect(second).to.have.property('cursor', undefined);
  });
});

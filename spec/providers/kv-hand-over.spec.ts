import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { type KvState, kvProviderBy } from '../../providers/kv/index.ts';
import { callContext, RecordingEnvironment } from '../contract/call-context.ts';
import { bytes, inUtf8Order, key, runs } from '../contract/kv-arbitraries.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { rejectionOf } from '../thrown.ts';

// Ahead of the first test, because the library makes globals, which mocha takes for a leak.
await import('lmdb');

type Config = Readonly<Record<string, unknown>>;
const context = callContext(['kv:read', 'kv:write', 'kv:delete']);
const one = new Uint8Array([1]);

describe('an update of the key-value provider', () => {
  const clock = new SimulatedClock();
  const provider = kvProviderBy(clock);
  let folder = '';
  let folders = 0;
  const freshPath = (): string => {
    folders += 1;
    return join(folder, String(folders));
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasmatrix-kv-update-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
    expect(clock.pending, 'timers').to.equal(0);
  });

  const open = async (config: Config, inherited?: unknown): Promise<KvState> =>
    provider.open(config, new RecordingEnvironment(inherited));
  const call = async (state: KvState, name: string, ...args: WireValue[]): Promise<WireValue> =>
    provider.operations[name]!.run(['default', ...args], context, state);

  /** As the provider actor does, through a thread: hands over, opens the next life, closes the last. */
  async function update(state: KvState, config: Config): Promise<KvState> {
    const next = await open(config, structuredClone(provider.handOver?.(state)));
    await provider.close?.(state);
    return next;
  }

  async function expectHeld(
    state: KvState,
    held: ReadonlyMap<string, readonly [Uint8Array, number | undefined]>,
  ): Promise<void> {
    const live = [...held].filter(([, [, ttlMs]]) => ttlMs === undefined || ttlMs > 10);
    const listed = (await call(state, 'list')) as { readonly keys: string[] };
    expect(listed.keys).to.deep.equal(inUtf8Order(live.map(([name]) => name)));
    for (const [name, [value]] of live) {
      expect(await call(state, 'get', name)).to.deep.equal(value);
    }
    clock.advance(990);
    const lasting = live.filter(([, [, ttlMs]]) => ttlMs === undefined);
    const left = (await call(state, 'list')) as { readonly keys: string[] };
    expect(left.keys).to.deep.equal(inUtf8Order(lasting.map(([name]) => name)));
  }

  const contents = fc.uniqueArray(
    fc.tuple(key, bytes, fc.option(fc.constantFrom(5, 500, 1_000), { nil: undefined })),
    { maxLength: 8, selector: ([name]) => name },
  );

  for (const backend of ['memory', 'lmdb']) {
    it(`from memory to ${backend} keeps every key, its value and its time to live`, async () => {
      const numRuns = backend === 'memory' ? runs.numRuns : Math.ceil(runs.numRuns / 4);
      await fc.assert(
        fc.asyncProperty(contents, async (entries) => {
          const first = await open({});
          for (const [name, value, ttlMs] of entries) {
            await call(first, 'set', name, value, ttlMs);
          }
          clock.advance(10);
          const config = backend === 'memory' ? {} : { backend, path: freshPath() };
          const second = await update(first, config);
          const held = entries.map(([name, value, ttlMs]) => [name, [value, ttlMs]] as const);
          await expectHeld(second, new Map(held));
          await provider.close?.(second);
        }),
        { numRuns },
      );
    });
  }

  it('lets a listing go on, in memory and into a new folder', async () => {
    for (const config of [{ pageSize: 1 }, { backend: 'lmdb', path: freshPath(), pageSize: 1 }]) {
      const first = await open({ pageSize: 1 });
      for (const name of ['a', 'b']) await call(first, 'set', name, one);
      const { cursor } = (await call(first, 'list')) as { cursor: string };
      const second = await update(first, config);
      expect(await call(second, 'list', cursor)).to.deep.equal({ keys: ['b'], cursor: undefined });
      await provider.close?.(second);
    }
  });

  it('from memory to lmdb writes over what the folder holds, and leaves the rest of it', async () => {
    const config = { backend: 'lmdb', path: freshPath() };
    const durable = await open(config);
    for (const name of ['both', 'durable']) await call(durable, 'set', name, one, 1_000);
    await provider.close?.(durable);
    const first = await open({});
    for (const name of ['both', 'memory']) await call(first, 'set', name, new Uint8Array([2]));
    const second = await update(first, config);
    const names = ['both', 'durable', 'memory'];
    const [both, kept, added] = (await call(second, 'getMany', names)) as Uint8Array[];
    expect([both?.[0], kept?.[0], added?.[0]]).to.deep.equal([2, 1, 2]);
    clock.advance(2_000);
    expect(await call(second, 'exists', 'both')).to.equal(true);
    expect(await call(second, 'exists', 'durable')).to.equal(false);
    await provider.close?.(second);
  });

  it('from lmdb to lmdb on the same path just goes on, whichever is closed first', async () => {
    const config = { backend: 'lmdb', path: freshPath() };
    const first = await open(config);
    await call(first, 'set', 'a', one, 5_000);
    const second = await open(config, provider.handOver?.(first));
    await call(second, 'set', 'b', one);
    await provider.close?.(first);
    await call(second, 'set', 'c', one);
    expect(await call(second, 'list')).to.deep.equal({ keys: ['a', 'b', 'c'], cursor: undefined });
    const third = await update(second, config);
    expect(await call(third, 'getMany', ['a', 'c'])).to.deep.equal([one, one]);
    await provider.close?.(third);
  });

  it('from lmdb to memory is refused unless it may start empty', async () => {
    const first = await open({ backend: 'lmdb', path: freshPath() });
    await call(first, 'set', 'a', one);
    const error = await rejectionOf(open({}, provider.handOver?.(first)));
    expect(error.code).to.equal('INVALID_REQUEST');
    expect(error.details['field']).to.equal('config.backend');
    const second = await update(first, { startEmpty: true });
    expect(await call(second, 'exists', 'a')).to.equal(false);
    await provider.close?.(second);
  });

  it('starts empty where that is asked for', async () => {
    const first = await open({});
    await call(first, 'set', 'a', one);
    const second = await update(first, { startEmpty: true });
    expect(await call(second, 'exists', 'a')).to.equal(false);
    await provider.close?.(second);
  });

  it('is refused where the data do not fit, and the life before goes on', async () => {
    const first = await open({});
    await call(first, 'set', 'a', new Uint8Array(1_000), 5_000);
    const error = await rejectionOf(open({ maxBytes: 500 }, provider.handOver?.(first)));
    expect(error.code).to.equal('RESOURCE_EXHAUSTED');
    expect(await call(first, 'get', 'a')).to.have.length(1_000);
    await provider.close?.(first);
  });

  it('keeps what exceeds a quota that is new, and lets it grow no more', async () => {
    for (const backend of [{}, { backend: 'lmdb', path: freshPath() }]) {
      const first = await open({});
      for (const name of ['a', 'b', 'c']) await call(first, 'set', name, one);
      const second = await update(first, { ...backend, bucketDefaults: { maxKeys: 2 } });
      expect(await call(second, 'getMany', ['a', 'b', 'c'])).to.deep.equal([one, one, one]);
      expect((await rejectionOf(call(second, 'set', 'd', one))).code).to.equal(
        'RESOURCE_EXHAUSTED',
      );
      await call(second, 'set', 'a', one);
      await provider.close?.(second);
    }
  });

  it('P18 · refuses to inherit what no such provider has handed over', async () => {
    const secret = new Uint8Array(32);
    const data = { kind: 'kv', backend: 'memory', secret, buckets: [] };
    const bad = [
      null,
      5,
      {},
      { ...data, kind: 'http' },
      { ...data, backend: 'redis' },
      { ...data, secret: new Uint8Array(31) },
      { ...data, buckets: {} },
      { ...data, buckets: [['b']] },
      { ...data, buckets: [['', []]] },
      { ...data, buckets: [['b', [['k']]]] },
      { ...data, buckets: [['b', [['k', 'text']]]] },
      { ...data, buckets: [['b', [['k'.repeat(1_601), one]]]] },
      { ...data, buckets: [['b', [['k', one, Number.NaN]]]] },
      { ...data, buckets: [['b', [['k', one, -1]]]] },
      { ...data, buckets: [['b', [['k', one, 1e300]]]] },
      { ...data, buckets: [['b', [['k', one, 'soon']]]] },
    ];
    for (const inherited of bad) {
      const error = await rejectionOf(open({}, inherited));
      expect(error.details['field']).to.equal('inherited');
    }
    await provider.close?.(await open({}, data));
  });
});

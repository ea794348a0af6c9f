import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { kvProvider } from '../../providers/kv/index.ts';
import { LmdbStore } from '../../providers/kv/lmdb-store.ts';
import { callContext, ENVIRONMENT } from '../contract/call-context.ts';
import { describeKvBounds } from '../contract/kv-bounds.contract.ts';
import { describeKvProvider } from '../contract/kv-provider.contract.ts';
import { describeKvStore } from '../contract/kv-store.contract.ts';

// Ahead of the first test, because the library makes globals, which mocha takes for a leak.
await import('lmdb');

describe('with folders of their own', () => {
  let folder = '';
  let opened = 0;
  const freshPath = (): string => {
    opened += 1;
    return join(folder, `store.${opened}`);
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasmatrix-kv-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  describeKvStore({
    name: 'LMDB',
    create: async () => LmdbStore.open(freshPath()),
    reopen: async () => LmdbStore.open(join(folder, `store.${opened}`)),
  });

  describeKvBounds({
    name: 'LMDB',
    create: async (options) => LmdbStore.open(freshPath(), options),
  });

  describeKvProvider({
    name: 'LMDB',
    open: async (limits) =>
      kvProvider.open({ ...limits, backend: 'lmdb', path: freshPath() }, ENVIRONMENT),
  });

  it('a listing goes on by its cursor after the LMDB store was closed and opened again', async () => {
    const config = { backend: 'lmdb', path: freshPath(), pageSize: 1 };
    const context = callContext(['kv:read', 'kv:write']);
    const { set, list } = kvProvider.operations;
    const first = await kvProvider.open(config, ENVIRONMENT);
    await set?.run(['default', 'a', new Uint8Array(1)], context, first);
    await set?.run(['default', 'b', new Uint8Array(1)], context, first);
    const page = await list?.run(['default'], context, first);
    await kvProvider.close?.(first);
    const second = await kvProvider.open(config, ENVIRONMENT);
    const { cursor } = page as { cursor: string };
    const next = await list?.run(['default', cursor], context, second);
    await kvProvider.close?.(second);
    expect(next).to.deep.equal({ keys: ['b'], cursor: undefined });
  });

  it('a path that cannot be opened is a STORAGE_ERROR with its cause', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'not a folder');
    const failure: unknown = await LmdbStore.open(file).catch((thrown: unknown) => thrown);
    expect(isWasmatrixError(failure) && failure.code).to.equal('STORAGE_ERROR');
    expect(failure).to.have.property('cause').that.is.instanceOf(Error);
  });
});

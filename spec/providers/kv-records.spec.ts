import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { open } from 'lmdb';
import { type BucketRules, NO_RULES } from '../../providers/kv/bucket-rules.ts';
import { entryKey } from '../../providers/kv/lmdb-keys.ts';
import { LmdbStore } from '../../providers/kv/lmdb-store.ts';
import { MemoryStore } from '../../providers/kv/memory-store.ts';
import { systemClock } from '../../providers/kv/system-clock.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { rejectionOf, settled } from '../thrown.ts';

const INDEX = new URL('../../providers/kv/index.js', import.meta.url);

/** Opens a folder without any of our own code. */
const bare = (path: string) =>
  open<Uint8Array, Buffer>({
    path,
    encoding: 'binary',
    keyEncoding: 'binary',
    noSubdir: false,
    overlappingSync: false,
  });

describe('the records of the LMDB store', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasmatrix-kv-records-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  it('of a version without expiries and counts are read as they are, and counted once written to', async () => {
    const path = join(folder, 'old');
    const old = bare(path);
    const names = Array.from({ length: 3_000 }, (_, index) => `k${index}`);
    await old.transaction(() => {
      for (const name of names) void old.put(entryKey('b', name), new Uint8Array(10));
      void old.put(entryKey('b', 'large'), new Uint8Array(100_000));
      return undefined;
    });
    await old.close();
    const held = names.reduce((sum, name) => sum + name.length + 10, 0) + 5 + 100_000;
    const rules: BucketRules = { ttlMs: 1_000, maxKeys: 3_002, maxBytes: held + 20 };
    const clock = new SimulatedClock();
    const store = await LmdbStore.open(path, { rulesOf: () => rules, clock });
    const set = (name: string, size: number) => store.set('b', name, new Uint8Array(size));
    expect((await rejectionOf(set('new', 18))).details['quota']).to.equal('maxBytes');
    await set('new', 17);
    expect((await rejectionOf(set('other', 0))).details['quota']).to.equal('maxKeys');
    clock.advance(100_000);
    expect(store.exists('b', 'new')).to.equal(false);
    expect(store.get('b', 'large')).to.have.length(100_000);
    expect(store.listAfter('b', undefined, 5_000).keys).to.have.length(3_001);
    await store.close();
    expect(clock.pending).to.equal(0);
  });

  it('count large values by their size, through overwriting and deleting', async () => {
    const rules: BucketRules = { ...NO_RULES, maxBytes: 3_000_001 };
    const store = await LmdbStore.open(join(folder, 'large'), { rulesOf: () => rules });
    const set = (size: number) => store.set('b', 'k', new Uint8Array(size));
    for (const size of [2_000_000, 3_000_000, 10, 3_000_000]) await set(size);
    expect((await rejectionOf(set(3_000_001))).details['quota']).to.equal('maxBytes');
    await store.delete('b', 'k');
    await set(3_000_000);
    await store.close();
  });

  it('are gone once what they are about has expired and was swept, in every bucket', async () => {
    const path = join(folder, 'swept');
    const clock = new SimulatedClock();
    const store = await LmdbStore.open(path, { clock });
    const writes = Array.from({ length: 2_500 }, (_, index) =>
      store.set(`b${index % 7}`, `k${index}`, new Uint8Array(3), 1 + index),
    );
    await Promise.all(writes);
    for (let round = 0; clock.pending > 0; round += 1) {
      expect(round).to.be.below(100);
      clock.advance(1_000);
      // Committed behind what a sweep has begun.
      await store.delete('b0', 'nothing');
      await settled();
    }
    await store.close();
    const database = bare(path);
    const left = Array.from(database.getKeys());
    await database.close();
    expect(left, 'the secret alone').to.have.length(1);
  });
});

describe('the sweep of what has expired', () => {
  it('ends by itself once nothing is left that will expire', () => {
    const clock = new SimulatedClock();
    const store = new MemoryStore({ clock });
    for (let index = 0; index < 2_500; index += 1) {
      store.set(`b${index % 7}`, `k${index}`, new Uint8Array(3), 1 + (index % 5));
    }
    expect(clock.pending, 'one timer for all').to.equal(1);
    clock.advance(2_000);
    expect(clock.pending).to.equal(0);
    expect(store.handOver().buckets).to.deep.equal([]);
    store.set('b', 'k', new Uint8Array(1), 5);
    expect(clock.pending).to.equal(1);
    store.close();
    expect(clock.pending).to.equal(0);
  });

  it('goes on by itself past what was deleted, replaced or expires much later', () => {
    const clock = new SimulatedClock();
    const store = new MemoryStore({ clock, maxBytes: 10_000 });
    store.set('b', 'later', new Uint8Array(1), 315_360_000_000);
    for (let index = 0; index < 500; index += 1) {
      // Each of them would fill the store if what has expired took room.
      store.set('b', `k${index}`, new Uint8Array(9_000), 10);
      if (index % 3 === 0) store.delete('b', `k${index}`);
      if (index % 5 === 0) store.set('b', `k${index}`, new Uint8Array(1), 5);
      clock.advance(10);
    }
    expect(store.listAfter('b', undefined, 9).keys).to.deep.equal(['later']);
    store.close();
  });

  it('keeps no process alive', () => {
    const timer = systemClock.setTimeout(() => undefined, 60_000) as NodeJS.Timeout;
    expect(timer.hasRef()).to.equal(false);
    systemClock.clearTimeout(timer);
  });
});

describe('the key-value provider on memory', () => {
  it('loads no native library, which could be seen where none may be loaded', async () => {
    const outcomeOf = async (config: object): Promise<string> => {
      const program = `
        const { kvProvider } = await import(${JSON.stringify(INDEX)});
        const opened = await kvProvider.open(${JSON.stringify(config)}, {}).then(() => 'opened', ({ code }) => code);
        console.log(opened);`;
      const confined = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'];
      const options = [...confined, '--input-type=module', '--eval', program];
      const { stdout } = await promisify(execFile)(process.execPath, options, {
        cwd: fileURLToPath(new URL('.', import.meta.url)),
      });
      return stdout.trim();
    };
    expect(await outcomeOf({})).to.equal('opened');
    const folder = await mkdtemp(join(tmpdir(), 'wasmatrix-kv-native-'));
    const path = join(folder, 'store');
    expect(await outcomeOf({ backend: 'lmdb', path })).to.equal('STORAGE_ERROR');
    await rm(folder, { recursive: true });
  });
});

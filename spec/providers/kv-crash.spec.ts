import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type BucketRules, NO_RULES } from '../../providers/kv/bucket-rules.ts';
import { LmdbStore } from '../../providers/kv/lmdb-store.ts';
import { rejectionOf } from '../thrown.ts';

// Ahead of the first test, because the library makes globals, which mocha takes for a leak.
await import('lmdb');

const ROUNDS = 20;
const FILLER = fileURLToPath(new URL('../contract/kv-full-disk.js', import.meta.url));
const WRITER = fileURLToPath(new URL('../contract/kv-writer.js', import.meta.url));

/** Runs the writer until it has acknowledged so many writes, kills it, and tells all it said. */
async function killedAfter(
  acknowledgements: number,
  path: string,
  life: number,
): Promise<string[]> {
  const child = spawn(process.execPath, [WRITER, path, String(life)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === acknowledgements) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  expect(signal).to.equal('SIGKILL');
  return said;
}

describe('the LMDB store of a killed process', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasmatrix-kv-crash-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  it(`has every acknowledged write when it is opened again, ${ROUNDS} times over`, async function () {
    this.timeout(60_000);
    const path = join(folder, 'store');
    const written: string[] = [];
    let total = 0;
    for (let life = 0; life < ROUNDS; life += 1) {
      const said = await killedAfter(1 + Math.floor(Math.random() * 200), path, life);
      for (const [what, which] of said.map((line) => line.split(' '))) {
        if (what === 'set' && which !== undefined) written.push(which);
        if (what === 'total') total = Math.max(total, Number(which));
      }
      let rules: BucketRules = NO_RULES;
      const store = await LmdbStore.open(path, { rulesOf: () => rules });
      try {
        for (const key of written) {
          const value = store.get('writes', key);
          expect(value && Buffer.from(value).toString(), key).to.equal(key);
        }
        const kept = store.get('counts', 'total');
        const count = kept === undefined ? 0 : Number(Buffer.from(kept).toString());
        expect(count).to.be.at.least(total);
        const { keys } = store.listAfter('writes', undefined, 100_000);
        expect(keys.length).to.be.at.least(written.length);
        // The count of the bucket is that of its keys: there is room for one more, and no room.
        rules = { ...NO_RULES, maxKeys: keys.length };
        const failure = await rejectionOf(store.set('writes', 'more', new Uint8Array(1)));
        expect(failure.details['quota']).to.equal('maxKeys');
        rules = { ...NO_RULES, maxKeys: keys.length + 1 };
        await store.set('writes', 'more', new Uint8Array(1));
        await store.delete('writes', 'more');
        rules = NO_RULES;
        // Writing still works: no lock was left behind by the dead.
        await store.set('alive', String(life), new Uint8Array(1));
      } finally {
        await store.close();
      }
    }
    expect(written.length).to.be.at.least(ROUNDS / 2);
  });
});

describe('the LMDB store on a full disk', () => {
  it('fails each write with STORAGE_ERROR, still reads, closes, and ends no process', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wasmatrix-kv-full-'));
    try {
      // A limit of 1,000 KiB a file, with its signal ignored, fails writes as a full disk does.
      const limited = 'trap "" XFSZ; ulimit -f 1000; exec "$0" "$@"';
      const run = ['-c', limited, process.execPath, FILLER, join(folder, 'store')];
      const { stdout } = await promisify(execFile)('bash', run);
      expect(JSON.parse(stdout)).to.deep.equal({ codes: ['STORAGE_ERROR'], first: 7 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

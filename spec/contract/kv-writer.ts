import { writeSync } from 'node:fs';
import { LmdbStore } from '../../providers/kv/lmdb-store.ts';

/**
 * A process of its own, made to be killed: writes to the store in the folder that it is given, for
 * ever, and acknowledges each write on standard output once it has settled, a line each.
 */
async function writeForEver(path: string, life: string): Promise<never> {
  const store = await LmdbStore.open(path);
  const writers = Array.from({ length: 4 }, async (_, writer): Promise<never> => {
    for (let count = 0; ; count += 1) {
      const key = `${life}-${writer}-${count}`;
      // Some would live for a time; those are written with more records than one.
      await store.set('writes', key, Buffer.from(key), count % 3 === 0 ? 3_600_000 : undefined);
      writeSync(1, `set ${key}\n`);
      const total = await store.update('counts', 'total', (current) => {
        const next = Number(current === undefined ? 0 : Buffer.from(current).toString()) + 1;
        return { value: Buffer.from(String(next)), result: next };
      });
      writeSync(1, `total ${total}\n`);
    }
  });
  return Promise.race(writers);
}

const [path = '', life = ''] = process.argv.slice(2);
await writeForEver(path, life);

import { isWasmatrixError } from '../../lib/core/errors.ts';
import { LmdbStore } from '../../providers/kv/lmdb-store.ts';

/**
 * A process of its own, whose files may not grow far: writes until that fails, several writes at
 * once, then reads what was written first, and prints the codes of all failures and what it read.
 */
async function fillUp(path: string): Promise<void> {
  const store = await LmdbStore.open(path);
  await store.set('b', 'first', new Uint8Array([7]));
  const codes = new Set<string>();
  for (let round = 0; round < 30; round += 1) {
    const value = new Uint8Array(100_000);
    const settled = await Promise.allSettled([
      store.set('b', `k${round}`, value),
      store.update('b', `u${round}`, () => ({ value, result: 1 })),
      store.set('b', `l${round}`, value),
      store.delete('b', `x${round}`),
    ]);
    for (const each of settled) {
      if (each.status === 'fulfilled') continue;
      codes.add(isWasmatrixError(each.reason) ? each.reason.code : String(each.reason));
    }
  }
  const first = store.get('b', 'first');
  await store.close();
  process.stdout.write(JSON.stringify({ codes: [...codes], first: first?.[0] }));
}

await fillUp(process.argv[2] ?? '');

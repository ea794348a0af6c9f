import type { Clock } from '../../lib/core/clock.ts';
import { invalidField } from '../../lib/core/errors.ts';
import { checkedHandedOver, type HandedData } from './handed-over.ts';
import type { KvConfig } from './kv-config.ts';
import type { KvStore } from './kv-store.ts';
import { MemoryStore } from './memory-store.ts';

/**
 * Opens the store of one life, with what the life before has handed over.
 *
 * @throws `INVALID_REQUEST` where the data would be left behind, `RESOURCE_EXHAUSTED` where they do
 * not fit, `STORAGE_ERROR` where the store does not open.
 * @internal
 */
export async function openStore(
  config: KvConfig,
  inherited: unknown,
  clock: Clock,
): Promise<KvStore> {
  const data = inheritedData(config, inherited);
  const { rulesOf } = config;
  if (config.backend === 'memory') {
    return new MemoryStore({ rulesOf, clock, maxBytes: config.maxBytes }, data);
  }
  // Loaded where it is asked for: with it comes a native library.
  const { LmdbStore } = await import('./lmdb-store.ts');
  return LmdbStore.open(config.path, { rulesOf, clock }, data);
}

function inheritedData(config: KvConfig, inherited: unknown): HandedData | undefined {
  if (inherited === undefined || config.startEmpty) return undefined;
  const handed = checkedHandedOver(inherited);
  if (handed.backend === 'memory') return handed;
  if (config.backend === 'memory') {
    throw invalidField(
      'config.backend',
      'what the lmdb backend holds is not taken into memory; `startEmpty: true` starts without it',
    );
  }
  return undefined;
}

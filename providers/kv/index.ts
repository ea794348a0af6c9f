import type { Clock } from '../../lib/core/clock.ts';
import type { ProviderDefinition, ProviderOperation } from '../../lib/core/provider.ts';
import { deleteMany, getMany, setMany } from './batch-operations.ts';
import { checkAssignment, mappedBucket } from './kv-assignment.ts';
import { parseConfig } from './kv-config.ts';
import type { KvState } from './kv-operation.ts';
import { listKeys } from './list-keys.ts';
import { openStore } from './open-store.ts';
import {
  compareAndSwap,
  deleteKey,
  exists,
  get,
  increment,
  openBucket,
  set,
} from './single-operations.ts';
import { systemClock } from './system-clock.ts';

export type { KvState } from './kv-operation.ts';

/** Without a prototype: the name of an operation comes from the guest. */
const OPERATIONS: Readonly<Record<string, ProviderOperation<KvState>>> = Object.assign(
  Object.create(null) as Record<string, ProviderOperation<KvState>>,
  {
    open: openBucket,
    get,
    set,
    delete: deleteKey,
    exists,
    list: listKeys,
    increment,
    cas: compareAndSwap,
    getMany,
    setMany,
    deleteMany,
  },
);

/**
 * The key-value provider by a clock of one's own.
 *
 * @internal
 */
export function kvProviderBy(clock: Clock): ProviderDefinition<KvState> {
  return {
    type: 'kv',
    operations: OPERATIONS,
    async open(config, { inherited }) {
      const parsed = parseConfig(config);
      const store = await openStore(parsed, inherited, clock);
      return { backend: parsed.backend, store, limits: parsed.limits };
    },
    close: ({ store }) => store.close(),
    metadata: ({ backend, limits }) => ({ backend, ...limits }),
    handOver: ({ store }) => store.handOver(),
    concerns(args, assignment) {
      const [bucket] = args;
      // A malformed name goes on to `permission`, which says what is wrong with it.
      return typeof bucket !== 'string' || mappedBucket(bucket, assignment) !== undefined;
    },
    checkAssignment,
  };
}

/**
 * Key-value storage. Configuration:
 *
 * - `backend`: `memory`, the default, or `lmdb` with `path`, a folder.
 * - `maxKeyBytes` (1,024), `maxValueBytes` (1 MiB), `maxBatchBytes` (4 MiB), `pageSize` (1,000 keys),
 *   for `memory` also `maxBytes` (256 MiB).
 * - `buckets: { <bucket of the store>: { ttlMs?, maxKeys?, maxBytes? } }`, and `bucketDefaults` with
 *   the same fields for what a bucket does not say itself. `ttlMs` (1 to 10 years) is the time to live
 *   of what is written without one of its own. `maxKeys` and `maxBytes` (keys and values together) are
 *   quotas: a write that exceeds one is refused with `RESOURCE_EXHAUSTED` and changes nothing, but one
 *   that takes no more than before passes. What has expired takes no room.
 * - `startEmpty` (false): an update does not take over what the life before has held.
 *
 * `set` and `cas` take a time to live in milliseconds as their last, optional argument, and replace the
 * expiry of the key; `increment` leaves it as it is, and gives a new key the bucket's.
 *
 * An update keeps all data with their expiries, from `memory` to `memory`, and from `memory` to `lmdb`,
 * where they are written over what the folder holds under the same keys: they are the newer. From
 * `lmdb` to `lmdb` the data are those of the folder that is named. From `lmdb` to `memory` is refused
 * with `INVALID_REQUEST` unless `startEmpty` is true: the data would be left behind.
 *
 * @public
 */
export const kvProvider: ProviderDefinition<KvState> = kvProviderBy(systemClock);

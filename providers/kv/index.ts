import type { ProviderDefinition, ProviderOperation } from '../../lib/core/provider.ts';
import { deleteMany, getMany, setMany } from './batch-operations.ts';
import { checkAssignment, mappedBucket } from './kv-assignment.ts';
import { parseConfig } from './kv-config.ts';
import type { KvState } from './kv-operation.ts';
import { listKeys } from './list-keys.ts';
import { LmdbStore } from './lmdb-store.ts';
import { MemoryStore } from './memory-store.ts';
import {
  compareAndSwap,
  deleteKey,
  exists,
  get,
  increment,
  openBucket,
  set,
} from './single-operations.ts';

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
 * Key-value storage. Configuration: `backend` (`memory`, the default, or `lmdb` with `path`),
 * `maxKeyBytes` (1,024), `maxValueBytes` (1 MiB), `maxBatchBytes` (4 MiB), `pageSize` (1,000 keys), for `memory` also `maxBytes` (256 MiB).
 *
 * @public
 */
export const kvProvider: ProviderDefinition<KvState> = {
  type: 'kv',
  operations: OPERATIONS,
  async open(config) {
    const parsed = parseConfig(config);
    const store =
      parsed.backend === 'lmdb'
        ? await LmdbStore.open(parsed.path)
        : new MemoryStore(parsed.maxBytes);
    return { backend: parsed.backend, store, limits: parsed.limits };
  },
  close: ({ store }) => store.close(),
  metadata: ({ backend, limits }) => ({ backend, ...limits }),
  concerns(args, assignment) {
    const [bucket] = args;
    // A malformed name goes on to `permission`, which says what is wrong with it.
    return typeof bucket !== 'string' || mappedBucket(bucket, assignment) !== undefined;
  },
  checkAssignment,
};

import type { CapacityOptions } from '../core/capacity-options.ts';
import { ProcessRegistry } from '../processes/process-registry.ts';
import { Residents } from '../shards/residents.ts';
import { ShardRegistry } from '../shards/shard-registry.ts';
import type { CapacityGovernor } from '../threads/capacity-governor.ts';
import { SharedThreads } from '../threads/shared-threads.ts';
import { ThreadRegistry } from '../threads/thread-registry.ts';
import { GuestCarriers } from './guest-carriers.ts';
import type { ResolvedSupervisorOptions } from './supervisor-options.ts';

/** Threads of one shard: far below what ends an engine with Linux's default `vm.max_map_count`. */
const SHARD_THREADS = 1_000;
/** Shards that demand may bring about; the memory of most machines is used up long before. */
const MOST_SHARDS = 16;

/** Everything that carries guests, as the options want it. */
export function newCarriers(
  options: ResolvedSupervisorOptions,
  governor: CapacityGovernor,
): GuestCarriers {
  const { maxThreads, warmSpares, capacity, logger, onDemand, shards: count } = options;
  const isHere = count === 0 || count === 'auto';
  // What shards have instead is of no use here.
  const threads = new ThreadRegistry({ governor, maxThreads, warmSpares: isHere ? warmSpares : 0 });
  const shards = new ShardRegistry(
    {
      count: count === 'auto' ? 0 : count,
      maxShards: count === 'auto' ? MOST_SHARDS : count,
      config: {
        maxThreads: Math.min(maxThreads, SHARD_THREADS),
        warmSpares,
        capacity: given(capacity),
      },
      logger,
    },
    governor,
  );
  const residents = new Residents(threads, governor, shards, count);
  return new GuestCarriers({
    threads,
    shared: new SharedThreads(threads, governor, onDemand),
    shards,
    residents,
    processes: new ProcessRegistry(options, governor),
  });
}

/** JSON knows no infinity, which is what a limit is that was not given; promises are counted here. */
function given(limits: ResolvedSupervisorOptions['capacity']): CapacityOptions {
  return Object.fromEntries(
    Object.entries(limits).filter(
      ([name, limit]) => name !== 'maxGuestBytes' && Number.isFinite(limit),
    ),
  );
}

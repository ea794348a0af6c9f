import type { CapacityOptions } from '../core/capacity-options.ts';

/** What a shard is told when it is made, as JSON. */
export interface ShardConfig {
  /** Where the admitted modules are. */
  readonly folder: string;
  /** Guest threads at most, spares included. */
  readonly maxThreads: number;
  readonly warmSpares: number;
  /** Limits of the process; only those that were given. */
  readonly capacity: CapacityOptions;
}

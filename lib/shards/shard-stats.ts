/**
 * How a shard is.
 *
 * @public
 */
export type ShardStatus = 'loading' | 'ready' | 'suspect' | 'ended';

/**
 * One of the processes that carry residents.
 *
 * @public
 */
export interface ShardStats {
  /** Absent while another is awaited in the place of one that has ended. */
  readonly pid?: number;
  /** `suspect`: it does not answer for the moment, and gets no new instances. */
  readonly status: ShardStatus;
  /** Instances that live there, or are about to. */
  readonly guests: number;
  /** Guest threads there, spares included. */
  readonly threads: number;
  /** Resident memory of the process, in bytes. */
  readonly residentBytes: number;
}

/**
 * Of a shard that is awaited.
 *
 * @internal
 */
export const NO_SHARD: ShardStats = { status: 'ended', guests: 0, threads: 0, residentBytes: 0 };

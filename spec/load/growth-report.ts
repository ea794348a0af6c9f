import type { Quantiles } from '../bench/quantiles.ts';

/** What calls took, one at a time, of instances drawn by chance. */
export interface CallCosts {
  readonly callMs: Quantiles;
  /** Of the main thread, for each call; absent where Node does not tell. */
  readonly mainCpuUs?: number;
  /** Of the host's whole process, for each call. */
  readonly hostCpuUs: number;
}

/** What was measured with so many residents. */
export interface ResidentsPoint extends CallCosts {
  readonly residents: number;
  /** Started since the last number, and how long that took, several at once. */
  readonly added: number;
  readonly addedSeconds: number;
  /** Of one start among the residents, nothing else going on. */
  readonly startMs: Quantiles;
  /** Starts of these that waited in vain for a spare thread to be ready. */
  readonly withoutSpare: number;
  /** A round trip to a bare thread, at the same time. */
  readonly floorMs: Quantiles;
  readonly hostMiB: number;
  readonly shardsMiB: number;
  /** What host and shards have more than without residents, divided by their number. */
  readonly eachMiB: number;
}

/** What was measured with so many instances on demand. */
export interface RecordsPoint extends CallCosts {
  readonly records: number;
  /** Registered since the last number, one after another. */
  readonly added: number;
  readonly addedSeconds: number;
  readonly registrationMs: Quantiles;
  readonly rssMiB: number;
  /** Of the heap, what there is more than without records, divided by their number. */
  readonly eachBytes: number;
}

/** What was measured while something grew. */
export interface GrowthSeries<Point> {
  readonly points: readonly Point[];
  /** Why it did not grow any further, where the machine had no room. */
  readonly refusal?: string;
}

/** What a run has come to. */
export interface GrowthReport {
  readonly takenAt: string;
  readonly machine: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly wasInterrupted: boolean;
  readonly residents: GrowthSeries<ResidentsPoint>;
  readonly records: GrowthSeries<RecordsPoint>;
  /** Requests that failed, answers that were wrong, and what was left; the first of them. */
  readonly faults: readonly string[];
}

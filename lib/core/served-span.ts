/**
 * A capability call that is over, as whoever has served it tells.
 *
 * @internal
 */
export interface ServedSpan {
  readonly providerType: string;
  readonly operation: string;
  readonly capabilityId?: string | undefined;
  /** Of the system's monotonic clock, which every thread of a machine reads alike. */
  readonly startedMonoMs: number;
  readonly durationMs: number;
  /** Of the error that it failed with. */
  readonly code?: string | undefined;
}

/**
 * What is measured of capability calls where they are served.
 *
 * @internal
 */
export interface CallMeasures {
  /** Whether each is timed. */
  readonly isTimed: boolean;
  /** Whether each is told as a span. */
  readonly isTraced: boolean;
}

/** @internal */
export const NO_MEASURES: CallMeasures = { isTimed: false, isTraced: false };

/**
 * Milliseconds of the system's monotonic clock.
 *
 * @internal
 */
export function monoMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

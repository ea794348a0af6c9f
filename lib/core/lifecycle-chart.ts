/**
 * A state of a lifecycle, as the API tells it.
 *
 * @internal
 */
export interface ChartState {
  /** Where it is in the machine, such as `up.running`. */
  readonly path: string;
  /** The state that it is a part of. */
  readonly parent?: string;
  readonly isInitial: boolean;
  readonly isFinal: boolean;
}

/**
 * A way from one state to another.
 *
 * @internal
 */
export interface ChartTransition {
  readonly source: string;
  readonly target: string;
  /** What has to happen; absent where the way is taken at once. */
  readonly event?: string;
  /** Name of the time after which it is taken. */
  readonly delay?: string;
  /** Name of the condition. */
  readonly guard?: string;
}

/**
 * A lifecycle as it can be drawn.
 *
 * @internal
 */
export interface LifecycleChart {
  readonly id: string;
  readonly states: readonly ChartState[];
  readonly transitions: readonly ChartTransition[];
}

/** How much is measured. */
export interface Effort {
  /** Rounds of hot loops; each has one turn of the floor and one of ours. */
  readonly rounds: number;
  /** Milliseconds of one turn. */
  readonly turnMs: number;
  /** Capability calls that a guest makes within one call. */
  readonly batch: number;
  /** Repetitions of what happens once, such as a start. */
  readonly once: number;
  /** Guests whose deadlines pass at the same moment. */
  readonly storm: number;
  /** Hostile guests beside an innocent one. */
  readonly hostile: number;
  /** Instances, or bare threads, of one memory measure. */
  readonly residents: number;
  /** Instances on demand that are listed. */
  readonly records: number;
  /** Processes of each kind for the memory measure. */
  readonly processes: number;
  /** Bytes of a large component. */
  readonly componentBytes: number;
}

export const FULL_EFFORT: Effort = {
  rounds: 15,
  turnMs: 250,
  batch: 500,
  once: 60,
  storm: 8,
  hostile: 16,
  residents: 100,
  records: 100_000,
  processes: 5,
  componentBytes: 12_582_912,
};

/** Enough to see that everything runs; its figures mean nothing. */
export const QUICK_EFFORT: Effort = {
  rounds: 1,
  turnMs: 20,
  batch: 50,
  once: 1,
  storm: 2,
  hostile: 2,
  residents: 8,
  records: 1_000,
  processes: 1,
  componentBytes: 524_288,
};

/** What every measure is given. */
export interface BenchRun {
  readonly effort: Effort;
  /** Ends the run early and cleanly. */
  readonly signal: AbortSignal;
  /** Tells what is being measured now. */
  readonly progress: (text: string) => void;
}

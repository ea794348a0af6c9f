import type { FuzzTally } from './fuzz-trial.ts';

/** To the watched process: mutants to try, by their numbers. */
export interface FuzzOrder {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
}

/** From the watched process, once for each order. */
export interface FuzzAnswer {
  readonly tally: FuzzTally;
  readonly faults: readonly { readonly index: number; readonly problem: string }[];
}

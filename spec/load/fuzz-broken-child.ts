import type { FuzzOrder } from './fuzz-messages.ts';
import { emptyTally } from './fuzz-trial.ts';

/** Stands for a process that mutants break: one ends it, one makes it hang. */
process.on('message', ({ from, count }: FuzzOrder) => {
  const has = (index: number): boolean => index >= from && index < from + count;
  if (has(33)) process.abort();
  if (!has(77)) process.send?.({ tally: { ...emptyTally(), refused: count }, faults: [] });
});

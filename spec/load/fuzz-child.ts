import { createSupervisor } from '../../lib/create-supervisor.ts';
import { fuzzedGuests } from './fuzz-guests.ts';
import type { FuzzAnswer, FuzzOrder } from './fuzz-messages.ts';
import { chanceOf, mutantOf } from './fuzz-mutants.ts';
import { emptyTally, FuzzTrial } from './fuzz-trial.ts';

// The one that watches decides when it is enough, for an interruption reaches both.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());

const guests = fuzzedGuests();
const trial = new FuzzTrial(await createSupervisor({ maxThreads: 4 }));

async function answerTo({ seed, from, count }: FuzzOrder): Promise<FuzzAnswer> {
  const tally = emptyTally();
  const faults: { readonly index: number; readonly problem: string }[] = [];
  for (let index = from; index < from + count; index++) {
    const problem = await trial.run(mutantOf(guests, chanceOf(seed, index)), index, tally);
    if (problem !== undefined) faults.push({ index, problem });
  }
  return { tally, faults };
}

process.on('message', (order: FuzzOrder) => {
  void answerTo(order).then((answer) => process.send?.(answer));
});

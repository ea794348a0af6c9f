import { FactLog } from '../../lib/core/fact-log.ts';
import { systemClock } from '../../lib/core/system-clock.ts';
import type { BenchRun } from './effort.ts';
import { type Measurement, measurementOf } from './measurement.ts';
import { alternate, scaled } from './rounds.ts';

/** What `maxFacts` is unless something else is given. */
const CAPACITY = 100_000;
const NODE = 'node-1';
const FACT = { instanceId: 'i-1', details: { life: 1 } };

/** As many frozen objects with what a fact has, on an array that begins anew when it is full. */
function barePush(): (times: number) => Promise<void> {
  let kept: unknown[] = [];
  let seq = 0;
  return async (times) => {
    for (let index = 0; index < times; index += 1) {
      if (kept.length === CAPACITY) kept = [];
      seq += 1;
      const timestamp = new Date().toISOString();
      const details = Object.freeze({ ...FACT.details });
      const { instanceId } = FACT;
      const type = 'instance_started';
      kept.push(Object.freeze({ seq, type, instanceId, nodeId: NODE, timestamp, details }));
    }
  };
}

/** Records facts; resolves when the reader, if there is one, has had the last of them. */
async function append(
  log: FactLog,
  reader: AsyncIterator<unknown> | undefined,
  times: number,
): Promise<void> {
  for (let index = 0; index < times; index += 1) log.append('instance_started', FACT);
  if (reader === undefined) return;
  for (let index = 0; index < times; index += 1) {
    const { done } = await reader.next();
    if (done === true) throw new Error('the subscription has ended');
  }
}

async function measure(run: BenchRun, isHeard: boolean): Promise<Measurement> {
  const name = isHeard ? 'event append, a subscriber' : 'event append';
  run.progress(name);
  const log = new FactLog({ capacity: CAPACITY, nodeId: NODE, clock: systemClock });
  const over = new AbortController();
  const reader = isHeard ? log.subscribe({}, over.signal) : undefined;
  const { batch } = run.effort;
  const push = barePush();
  try {
    const rounds = await alternate(
      run,
      () => push(batch),
      () => append(log, reader, batch),
    );
    return measurementOf(
      {
        name,
        what: `one fact put into the log that keeps ${CAPACITY.toLocaleString('en')}${isHeard ? ', and read by one subscriber' : ', nobody subscribed'}: ${batch} of them, divided by ${batch}`,
        floor:
          'a frozen object with the same fields, the time as text included, pushed on an array that nobody reads',
        unit: 'µs',
      },
      scaled(rounds, 1_000 / batch),
    );
  } finally {
    over.abort();
    log.close();
  }
}

/** What it costs to record that something happened. */
export async function benchFacts(run: BenchRun): Promise<Measurement[]> {
  return [await measure(run, false), await measure(run, true)];
}

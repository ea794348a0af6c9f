import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { quantilesOf } from '../bench/quantiles.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { callCosts } from './growth-calls.ts';
import type { GrowthSeries, RecordsPoint } from './growth-report.ts';
import type { GrowthRun } from './growth-run.ts';
import { garbageCollector } from './soak-sample.ts';

const MIB = 1_048_576;
const WARM_UP = 100;

/** Instances on demand of one supervisor that get more and more. */
class Records {
  readonly #run: GrowthRun;
  readonly #supervisor: Supervisor;
  readonly #module = guestBytes('core');
  readonly #ids: string[] = [];
  readonly #collect = garbageCollector();
  #emptyBytes = 0;

  constructor(run: GrowthRun, supervisor: Supervisor) {
    this.#run = run;
    this.#supervisor = supervisor;
  }

  /** Has everything loaded and compiled before the first number, and weighs what there is without records. */
  async warmUp(): Promise<void> {
    const ids: string[] = [];
    for (let index = 0; index < WARM_UP; index += 1) {
      const id = await this.#start();
      await this.#supervisor.invoke(id, 'add', [index, 1]);
      ids.push(id);
    }
    for (const id of ids) await this.#supervisor.stopInstance(id);
    this.#emptyBytes = this.#heapBytes();
  }

  #start(): Promise<string> {
    return this.#supervisor.startInstance({ module: this.#module, residency: 'on-demand' });
  }

  #heapBytes(): number {
    this.#collect();
    return process.memoryUsage().heapUsed;
  }

  async measure(count: number): Promise<RecordsPoint> {
    const samples: number[] = [];
    const added = count - this.#ids.length;
    const begunAtMs = performance.now();
    await this.#run.repeat(`${count} records`, added, async () => {
      const startedAtMs = performance.now();
      this.#ids.push(await this.#start());
      samples.push(performance.now() - startedAtMs);
    });
    const addedSeconds = (performance.now() - begunAtMs) / 1_000;
    const registrationMs = quantilesOf(samples);
    samples.length = 0;
    const eachBytes = (this.#heapBytes() - this.#emptyBytes) / count;
    const rssMiB = process.memoryUsage.rss() / MIB;
    const calls = await callCosts(this.#run, this.#supervisor, this.#ids, `calls of ${count}`);
    return { records: count, added, addedSeconds, registrationMs, rssMiB, eachBytes, ...calls };
  }
}

/** Measures with more and more instances on demand, all in one supervisor. */
export async function growRecords(run: GrowthRun): Promise<GrowthSeries<RecordsPoint>> {
  const { records: counts } = run.options;
  if (counts.length === 0 || run.signal.aborted) return { points: [] };
  const supervisor = await createSupervisor({
    // Whoever has answered sleeps at once, so that every call wakes its instance.
    onDemand: { idleMs: 0, maxThreads: 2, maxInstances: Math.max(...counts) + WARM_UP },
    maxFacts: 1_000,
    maxEnded: 0,
  });
  try {
    const records = new Records(run, supervisor);
    let isWarm = false;
    return await run.series(counts, async (count) => {
      if (!isWarm) await records.warmUp();
      isWarm = true;
      return records.measure(count);
    });
  } finally {
    await supervisor.destroy();
  }
}

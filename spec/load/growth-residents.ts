import { availableParallelism } from 'node:os';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { type BareThread, echoThread } from '../bench/bare-threads.ts';
import { type Quantiles, quantilesOf } from '../bench/quantiles.ts';
import { pause } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { callCosts } from './growth-calls.ts';
import type { GrowthSeries, ResidentsPoint } from './growth-report.ts';
import type { GrowthRun } from './growth-run.ts';

const MIB = 1_048_576;
const LANES = 4 * availableParallelism();
const FLOOR_CALLS = 300;
const WARM_UP_STARTS = 20;
/** What starts leave behind is done by then. */
const SETTLE_MS = 500;
/** Where there is little room left no spares are made. */
const SPARE_DEADLINE_MS = 1_000;
/** A thread is counted before it has loaded. */
const SPARE_LOADS_MS = 40;

/** Residents of one supervisor that get more and more. */
class Residents {
  readonly #run: GrowthRun;
  readonly #supervisor: Supervisor;
  readonly #echo: BareThread;
  readonly #module = guestBytes('core');
  readonly #ids: string[] = [];
  #emptyMiB = 0;

  constructor(run: GrowthRun, supervisor: Supervisor, echo: BareThread) {
    this.#run = run;
    this.#supervisor = supervisor;
    this.#echo = echo;
  }

  /** Has everything loaded and compiled before the first number, and weighs what there is without residents. */
  async warmUp(): Promise<void> {
    await this.#starts('warm-up', Math.min(WARM_UP_STARTS, this.#run.options.starts));
    await pause(SETTLE_MS);
    const { host, shards } = await this.#memoryMiB();
    this.#emptyMiB = host + shards;
  }

  async measure(count: number): Promise<ResidentsPoint> {
    const added = count - this.#ids.length;
    const begunAtMs = performance.now();
    await this.#run.repeat(`${count} residents`, added, () => this.#add(), LANES);
    const addedSeconds = (performance.now() - begunAtMs) / 1_000;
    await pause(SETTLE_MS);
    const { host, shards } = await this.#memoryMiB();
    const starts = await this.#starts(`starts among ${count}`, this.#run.options.starts);
    const calls = await callCosts(this.#run, this.#supervisor, this.#ids, `calls among ${count}`);
    return {
      residents: count,
      added,
      addedSeconds,
      ...starts,
      ...calls,
      floorMs: await this.#floor(),
      hostMiB: host,
      shardsMiB: shards,
      eachMiB: (host + shards - this.#emptyMiB) / count,
    };
  }

  async #add(): Promise<void> {
    this.#ids.push(await this.#supervisor.startInstance({ module: this.#module }));
  }

  async #memoryMiB(): Promise<{ readonly host: number; readonly shards: number }> {
    const { shards } = await this.#supervisor.stats();
    const bytes = shards.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
    return { host: process.memoryUsage.rss() / MIB, shards: bytes / MIB };
  }

  /** One start and its stop after another. */
  async #starts(
    phase: string,
    times: number,
  ): Promise<{ readonly startMs: Quantiles; readonly withoutSpare: number }> {
    const samples: number[] = [];
    let withoutSpare = 0;
    await this.#run.repeat(phase, times, async () => {
      if (!(await this.#spareReady())) withoutSpare += 1;
      const begunAtMs = performance.now();
      const id = await this.#supervisor.startInstance({ module: this.#module });
      samples.push(performance.now() - begunAtMs);
      await this.#supervisor.stopInstance(id, { graceMs: 0 });
    });
    return { startMs: quantilesOf(samples), withoutSpare };
  }

  /** Waits until every process that carries residents has its spares. */
  async #spareReady(): Promise<boolean> {
    const { spares } = this.#run.options;
    const untilMs = performance.now() + SPARE_DEADLINE_MS;
    for (;;) {
      const { threads, shards } = await this.#supervisor.stats();
      const isReady =
        shards.length === 0
          ? threads.spares >= spares
          : shards.every(
              (shard) => shard.status === 'ready' && shard.threads - shard.guests >= spares,
            );
      if (isReady || performance.now() >= untilMs) {
        await pause(SPARE_LOADS_MS);
        return isReady && spares > 0;
      }
      await pause(5);
    }
  }

  /** What the machine needs at this moment for the least that a call could be. */
  async #floor(): Promise<Quantiles> {
    const samples: number[] = [];
    for (let index = 0; index < FLOOR_CALLS; index += 1) {
      const begunAtMs = performance.now();
      await this.#echo.ask({ id: 1, args: [index, 7] });
      samples.push(performance.now() - begunAtMs);
    }
    return quantilesOf(samples);
  }
}

/** Measures with more and more residents, all in one supervisor. */
export async function growResidents(run: GrowthRun): Promise<GrowthSeries<ResidentsPoint>> {
  const { residents: counts, shards, spares: warmSpares } = run.options;
  if (counts.length === 0 || run.signal.aborted) return { points: [] };
  const maxThreads = Math.max(1_500, Math.max(...counts) + 100);
  const options = { shards, warmSpares, maxThreads, maxFacts: 1_000, maxEnded: 0 };
  const supervisor = await createSupervisor(options);
  const echo = await echoThread();
  try {
    const residents = new Residents(run, supervisor, echo);
    let isWarm = false;
    return await run.series(counts, async (count) => {
      if (!isWarm) await residents.warmUp();
      isWarm = true;
      return residents.measure(count);
    });
  } finally {
    await Promise.all([echo.end(), supervisor.destroy()]);
  }
}

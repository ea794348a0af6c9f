import { pause } from '../e2e/fixtures.ts';
import type { Episode } from './episodes/episode.ts';
import { LIVES } from './episodes/lives.ts';
import { PROCESSES } from './episodes/processes.ts';
import { GRANTS, PROVIDERS } from './episodes/providers.ts';
import { FaultList } from './fault-list.ts';
import { leftOver } from './left-over.ts';
import type { SoakReport } from './soak-report.ts';
import { garbageCollector, type SoakSample, soakSample } from './soak-sample.ts';
import { growthsOf } from './soak-verdict.ts';
import { SoakWorld } from './soak-world.ts';

const EPISODES: readonly Episode[] = [...LIVES, ...GRANTS, ...PROVIDERS, ...PROCESSES];
/** Episodes under way at once. */
const LANES = 6;
const PROGRESS_MS = 2_000;
const LONGEST_CHURN_MS = 3_000;
/** Rests that a run has, unless it is so long that they come more often. */
const RESTS = 60;
/** What closes after the supervisor has this long, in milliseconds. */
const LEAVING_MS = 2_000;

/** How a soak is run. */
export interface SoakRunOptions {
  readonly minutes: number;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** Churns, rests and measures, churns again, until the time is over. */
export class SoakRun {
  readonly #options: SoakRunOptions;
  #beganAtMs = performance.now();
  readonly #collectGarbage = garbageCollector();
  readonly #played = new Map<string, number>(EPISODES.map(({ name }) => [name, 0]));
  readonly #samples: SoakSample[] = [];
  readonly #faults = new FaultList();
  #next = 0;
  #isChurning = false;

  constructor(options: SoakRunOptions) {
    this.#options = options;
  }

  async measure(): Promise<SoakReport> {
    // What Node and packages make once in a process, and keep, is nobody's leak.
    await (await SoakWorld.open()).close();
    const before = await soakSample(0);
    const world = await SoakWorld.open();
    this.#beganAtMs = performance.now();
    const ticker = this.#startTicker(world);
    try {
      while (!this.#isOver) {
        await this.#churn(world);
        await this.#rest(world);
      }
    } finally {
      clearInterval(ticker);
      await this.#faults.attempt('close', () => world.close());
    }
    const { after, faults } = await leftOver(before, () => soakSample(this.#minutes), {
      figures: ['handles', 'threads', 'files', 'children'],
      deadlineMs: LEAVING_MS,
      when: 'after close',
    });
    for (const fault of faults) this.#faults.add(fault);
    return {
      wasInterrupted: this.#options.signal.aborted,
      minutes: this.#minutes,
      played: Object.fromEntries(this.#played),
      facts: world.facts.count,
      samples: this.#samples,
      growths: growthsOf(this.#samples),
      before,
      after,
      faults: this.#faults.all,
    };
  }

  get #minutes(): number {
    return (performance.now() - this.#beganAtMs) / 60_000;
  }

  get #isOver(): boolean {
    const { minutes, signal } = this.#options;
    return signal.aborted || this.#faults.isFull || this.#minutes >= minutes;
  }

  async #churn(world: SoakWorld): Promise<void> {
    const churnMs = Math.min(LONGEST_CHURN_MS, (this.#options.minutes * 60_000) / RESTS);
    this.#isChurning = true;
    const timer = setTimeout(() => {
      this.#isChurning = false;
    }, churnMs);
    await Promise.all(Array.from({ length: LANES }, () => this.#lane(world)));
    clearTimeout(timer);
  }

  async #lane(world: SoakWorld): Promise<void> {
    do {
      const episode = EPISODES[this.#next++ % EPISODES.length] as Episode;
      await this.#faults.attempt(episode.name, () => episode.play(world));
      this.#played.set(episode.name, (this.#played.get(episode.name) ?? 0) + 1);
    } while (this.#isChurning && !this.#isOver);
  }

  /** Nothing is under way now: whatever is there beyond the residents should not be. */
  async #rest(world: SoakWorld): Promise<void> {
    await this.#faults.attempt('rest', async () => {
      await world.settle();
      await world.check();
    });
    this.#collectGarbage();
    // What finalizers give back.
    await pause(10);
    this.#collectGarbage();
    this.#samples.push(await soakSample(this.#minutes));
  }

  #startTicker(world: SoakWorld): NodeJS.Timeout {
    let before = 0;
    let beforeMs = performance.now();
    return setInterval(() => {
      void (async () => {
        const { rssBytes, threads, handles, children } = await soakSample(0);
        const { calls } = await world.supervisor.stats();
        const nowMs = performance.now();
        const rate = ((calls.begun - before) * 1_000) / (nowMs - beforeMs);
        before = calls.begun;
        beforeMs = nowMs;
        const leftMinutes = Math.max(0, this.#options.minutes - this.#minutes);
        const mib = (rssBytes / 1_048_576).toFixed(0);
        this.#options.progress(
          `${leftMinutes.toFixed(1)} min left, ${rate.toFixed(0)} calls/s, ${mib} MiB, ${threads} threads, ${handles} handles, ${children} processes, ${this.#faults.all.length} faults`,
        );
      })().catch(() => undefined);
    }, PROGRESS_MS);
  }
}

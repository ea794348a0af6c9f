import { setTimeout as passing } from 'node:timers/promises';
import { machineFacts, machineLine } from '../bench/machine-facts.ts';
import { type ChurnReport, COUNTED } from './churn-report.ts';
import type { ChurnSample, HostSample } from './churn-sample.ts';
import { churnGrowths } from './churn-verdict.ts';
import { ChurnWorld, SETTLING_MS } from './churn-world.ts';
import { CALLERS, type HostedWorld } from './episodes/callers.ts';
import type { Episode } from './episodes/episode.ts';
import { LIVES } from './episodes/lives.ts';
import { GRANTS } from './episodes/providers.ts';
import { FaultList } from './fault-list.ts';
import { GaplessFacts } from './gapless-facts.ts';
import { inLanes } from './in-lanes.ts';
import { leftOver } from './left-over.ts';
import { ReaderCrowd } from './reader-crowd.ts';

const EPISODES: readonly Episode<HostedWorld>[] = [...LIVES, ...GRANTS, ...CALLERS];
/** Episodes under way at once. */
const LANES = 4;
/** Between two episodes of a lane: a host that is busy to the full measures its queue. */
const LONGEST_PAUSE_MS = 200;
const SAMPLE_MS = 1_000;
const PROGRESS_SAMPLES = 2;

/** How a churn is run. */
export interface ChurnRunOptions {
  readonly minutes: number;
  /** Readers of events at a time. */
  readonly readers: number;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** Lets callers and readers come and go until the time is over, and looks at the host each second. */
export class ChurnRun {
  readonly #options: ChurnRunOptions;
  readonly #faults = new FaultList();
  readonly #played = new Map<string, number>(EPISODES.map(({ name }) => [name, 0]));
  readonly #samples: ChurnSample[] = [];
  readonly #over = new AbortController();
  #beganAtMs = performance.now();
  #next = 0;

  constructor(options: ChurnRunOptions) {
    this.#options = options;
  }

  async measure(): Promise<ChurnReport> {
    await using world = await ChurnWorld.open();
    await this.#warmUp(world);
    const restBefore = await this.#calmOf(world);
    this.#beganAtMs = performance.now();
    const { facts, crowd, calls } = await this.#churn(world);
    const minutes = this.#minutes;
    const { after: restAfter, faults } = await leftOver(restBefore, () => this.#restOf(world), {
      figures: COUNTED,
      deadlineMs: SETTLING_MS,
      when: 'after all had gone',
    });
    for (const fault of faults) this.#faults.add(fault);
    const { before } = world.host.greeting;
    const after = await this.#close(world, before);
    return {
      machine: machineLine(machineFacts()),
      wasInterrupted: this.#options.signal.aborted,
      minutes,
      played: Object.fromEntries(this.#played),
      facts,
      readers: crowd.tally,
      calls,
      samples: this.#samples,
      growths: churnGrowths(this.#samples),
      restBefore,
      restAfter,
      before,
      after,
      faults: this.#faults.all,
    };
  }

  get #minutes(): number {
    return (performance.now() - this.#beganAtMs) / 60_000;
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted || this.#faults.isFull;
  }

  /** Each episode once: threads and caches that the first of its kind makes are there afterwards. */
  async #warmUp(world: ChurnWorld): Promise<void> {
    await using caller = await world.caller();
    await inLanes(LANES, EPISODES, ({ name, play }) =>
      this.#faults.attempt(`${name}, the first time`, () => play(caller)),
    );
  }

  async #restOf(world: ChurnWorld): Promise<HostSample> {
    return world.host.sample(this.#minutes);
  }

  /** At rest, when also the connections of the warm-up are gone. */
  async #calmOf(world: ChurnWorld): Promise<HostSample> {
    const { after, faults } = await leftOver(
      { ...(await this.#restOf(world)), connections: 0 },
      () => this.#restOf(world),
      { figures: ['connections'], deadlineMs: SETTLING_MS, when: 'after the warm-up' },
    );
    for (const fault of faults) this.#faults.add(fault);
    return after;
  }

  async #churn(world: ChurnWorld) {
    const { minutes, readers, signal } = this.#options;
    const end = AbortSignal.any([signal, AbortSignal.timeout(minutes * 60_000)]);
    end.addEventListener('abort', () => this.#over.abort(), { once: true });
    if (end.aborted) this.#over.abort();
    await using caller = await world.caller();
    const facts = new GaplessFacts(caller.supervisor);
    const crowd = new ReaderCrowd(world.url, this.#faults, this.#over.signal);
    await Promise.all([
      crowd.run(readers),
      this.#watch(world, crowd),
      ...Array.from({ length: LANES }, () => this.#lane(caller)),
    ]);
    const { calls } = await caller.supervisor.stats();
    if (facts.fault !== undefined) this.#faults.add(facts.fault);
    if (facts.count === 0) this.#faults.add('the listener has heard nothing');
    await facts.close();
    return { facts: facts.count, crowd, calls: calls.begun };
  }

  async #lane(caller: HostedWorld): Promise<void> {
    do {
      const episode = EPISODES[this.#next++ % EPISODES.length] as Episode<HostedWorld>;
      await this.#faults.attempt(episode.name, () => episode.play(caller));
      this.#played.set(episode.name, (this.#played.get(episode.name) ?? 0) + 1);
      await this.#pause(Math.random() * LONGEST_PAUSE_MS);
    } while (!this.#isOver);
  }

  async #watch(world: ChurnWorld, crowd: ReaderCrowd): Promise<void> {
    do {
      await Promise.all([this.#pause(SAMPLE_MS), this.#look(world)]);
      if (this.#samples.length % PROGRESS_SAMPLES === 0) this.#tell(crowd);
    } while (!this.#isOver);
    this.#over.abort();
  }

  async #look(world: ChurnWorld): Promise<void> {
    await this.#faults.attempt('sample', async () => {
      this.#samples.push(await world.sample(this.#minutes));
    });
  }

  #tell({ tally }: ReaderCrowd): void {
    const sample = this.#samples.at(-1);
    if (sample === undefined) return;
    const { rssBytes, heapBytes, threads, files, handles, eventStreams, connections } = sample;
    const mib = (bytes: number): string => (bytes / 1_048_576).toFixed(0);
    const left = Math.max(0, this.#options.minutes - this.#minutes).toFixed(1);
    this.#options.progress(
      `${left} min left, ${mib(rssBytes)} MiB, heap ${mib(heapBytes)}, ${threads} threads, ${files} files, ${handles} handles, ${eventStreams} streams, ${connections} connections, ${tally.came} readers came, ${this.#faultText}`,
    );
  }

  get #faultText(): string {
    const { all } = this.#faults;
    return all.length === 0 ? '0 faults' : `${all.length} faults, the last: ${all.at(-1)}`;
  }

  async #pause(ms: number): Promise<void> {
    await passing(ms, undefined, { signal: this.#over.signal }).catch(() => undefined);
  }

  async #close(world: ChurnWorld, before: HostSample): Promise<HostSample | undefined> {
    let after: HostSample | undefined;
    await this.#faults.attempt('close', async () => {
      after = await world.host.close(this.#minutes);
      await world.host.ended();
    });
    for (const figure of COUNTED) {
      const left = after?.[figure] ?? 0;
      if (left > before[figure]) {
        this.#faults.add(`after close: ${left} ${figure}, ${before[figure]} before`);
      }
    }
    if (world.host.stderr !== '') this.#faults.add(`the host says: ${world.host.stderr}`);
    return after;
  }
}

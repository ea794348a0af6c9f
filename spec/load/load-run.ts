import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { machineFacts, machineLine } from '../bench/machine-facts.ts';
import { quantilesOf } from '../bench/quantiles.ts';
import { pause } from '../e2e/fixtures.ts';
import { loadFigures } from './load-figures.ts';
import type { LoadOptions } from './load-options.ts';
import { type LoadWork, loadPhases } from './load-phases.ts';
import type { LoadPhase, LoadReport, LoadSample } from './load-report.ts';
import { progressBar } from './progress-bar.ts';

const SAMPLE_MS = 500;
const MOST_FAULTS_TOLD = 10;
/** What has ended is gone soon after. */
const SETTLE_MS = 10_000;

/** One load, from the first start to the last byte given back. */
export class LoadRun {
  readonly #options: LoadOptions;
  readonly #signal: AbortSignal;
  readonly #beganAtMs = performance.now();
  readonly #phases: LoadPhase[] = [];
  readonly #samples: LoadSample[] = [];
  readonly #faults = new Set<string>();
  #faultCount = 0;
  #now: { readonly name: string; done: number } = { name: '', done: 0 };

  constructor(options: LoadOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = AbortSignal.any([
      signal,
      AbortSignal.timeout(Math.ceil(options.minutes * 60_000)),
    ]);
  }

  async measure(): Promise<LoadReport> {
    const { isHelp: _, ...options } = this.#options;
    const residents = this.#options.residency === 'resident' ? this.#options.instances : 0;
    const maxThreads = Math.min(100_000, Math.max(1_500, residents + 100));
    const supervisor = await createSupervisor({
      maxThreads,
      maxFacts: 1_000,
      shards: this.#options.shards,
    });
    const ticker = setInterval(() => void this.#sample(supervisor), SAMPLE_MS);
    try {
      for (const work of await loadPhases(supervisor, this.#options)) {
        const isCleanUp = work.name.startsWith('stop');
        if (this.#signal.aborted && !isCleanUp) continue;
        await this.#phase(supervisor, work, isCleanUp);
      }
      await this.#checkNothingLeft(supervisor);
    } finally {
      clearInterval(ticker);
      await supervisor.destroy();
    }
    return {
      options,
      machine: machineLine(machineFacts()),
      wasInterrupted: this.#signal.aborted,
      phases: this.#phases,
      samples: this.#samples,
      faults: [...this.#faults],
      faultCount: this.#faultCount,
    };
  }

  async #phase(
    supervisor: Supervisor,
    { name, times: howOften, act }: LoadWork,
    isCleanUp: boolean,
  ): Promise<void> {
    const times = howOften();
    const beganAtMs = performance.now();
    const samples: number[] = [];
    this.#now = { name, done: 0 };
    let next = 0;
    const bar = progressBar();
    bar?.start(times, 0, { phase: name.padEnd(14), rate: 0 });
    const mayGoOn = (): boolean => isCleanUp || !this.#signal.aborted;
    const lane = async (): Promise<void> => {
      while (next < times && mayGoOn()) {
        const index = next++;
        const begunAtMs = performance.now();
        try {
          await act(index);
        } catch (error) {
          this.#fault(`${name}: ${String(error)}`);
        }
        samples.push(performance.now() - begunAtMs);
        this.#now.done += 1;
        const rate = Math.round((samples.length * 1_000) / (performance.now() - beganAtMs));
        bar?.update(samples.length, { rate });
      }
    };
    await Promise.all(Array.from({ length: this.#options.lanes }, lane));
    bar?.stop();
    this.#phases.push({
      name,
      done: samples.length,
      wanted: times,
      seconds: (performance.now() - beganAtMs) / 1_000,
      ...(samples.length === 0 ? {} : { ms: quantilesOf(samples) }),
      ...(await loadFigures(supervisor)),
    });
  }

  #fault(text: string): void {
    this.#faultCount += 1;
    if (this.#faults.size < MOST_FAULTS_TOLD) this.#faults.add(text);
  }

  async #sample(supervisor: Supervisor): Promise<void> {
    const { rssMiB, threads } = await loadFigures(supervisor).catch(() => ({
      rssMiB: 0,
      threads: 0,
    }));
    const seconds = (performance.now() - this.#beganAtMs) / 1_000;
    const { name, done } = this.#now;
    if (rssMiB > 0) this.#samples.push({ seconds, phase: name, done, rssMiB, threads });
  }

  /** After an interruption there may be instances that nobody has stopped. */
  async #checkNothingLeft(supervisor: Supervisor): Promise<void> {
    if (this.#signal.aborted) return;
    const left = await supervisor.listInstances();
    const alive = left.filter(({ status }) => status !== 'stopped');
    if (alive.length > 0) this.#fault(`${alive.length} instances are left`);
    const untilMs = performance.now() + SETTLE_MS;
    for (;;) {
      const { threads, onDemand } = await supervisor.stats();
      // A spare on its way is none of theirs, and soon there.
      const guests = threads.total - threads.spares - onDemand.idleThreads;
      if (guests <= 0) return;
      if (performance.now() > untilMs) {
        this.#fault(`${guests} threads are left`);
        return;
      }
      await pause(20);
    }
  }
}

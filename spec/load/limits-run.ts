import type { Supervisor, SupervisorStats } from '../../lib/actors/supervisor.ts';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { guestBytes } from '../guests/guest-file.ts';
import type { LimitsPhase, LimitsReport } from './limits-report.ts';

const PROGRESS_MS = 2_000;
const MOST_FAULTS = 20;

/** How the load is put on. */
export interface LimitsRunOptions {
  readonly max: number;
  readonly shards: number;
  /** Starts under way at once. */
  readonly width: number;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** Fills a process with residents up to its limits, and looks whether it bears that. */
export class LimitsRun {
  readonly #options: LimitsRunOptions;
  readonly #ids: string[] = [];
  readonly #phases: LimitsPhase[] = [];
  readonly #refusals: Readonly<Record<string, unknown>>[] = [];
  readonly #faults: string[] = [];

  constructor(options: LimitsRunOptions) {
    this.#options = options;
  }

  async measure(): Promise<LimitsReport> {
    const { shards } = this.#options;
    const some = { maxThreads: 100_000, warmSpares: 0, maxEnded: 0 };
    const supervisor = await createSupervisor({ ...some, shards });
    try {
      await this.#phase(supervisor, 'start', () => this.#fill(supervisor));
      const full = this.#ids.length;
      await this.#phase(supervisor, 'ask', () => this.#askAll(supervisor));
      await this.#phase(supervisor, 'stop half', () => this.#stop(supervisor, full / 2));
      await this.#phase(supervisor, 'start again', () => this.#fill(supervisor));
      await this.#phase(supervisor, 'ask', () => this.#askAll(supervisor));
      // What ended threads leave is used again, so nearly as many have to fit as did.
      if (!this.#options.signal.aborted && this.#ids.length < full * 0.9) {
        this.#fault(`only ${this.#ids.length} of ${full} were running again`);
      }
      await this.#phase(supervisor, 'stop all', () => this.#stop(supervisor, Infinity));
      const { threads, shards: left } = await supervisor.stats();
      if (threads.total > 0) this.#fault(`${threads.total} threads are left`);
      const guests = left.reduce((sum, shard) => sum + shard.guests, 0);
      if (guests > 0) this.#fault(`${guests} guests of shards are left`);
    } finally {
      await supervisor.destroy();
    }
    return {
      wasInterrupted: this.#options.signal.aborted,
      phases: this.#phases,
      refusals: this.#refusals,
      faults: this.#faults,
    };
  }

  #fault(text: string): void {
    if (this.#faults.length < MOST_FAULTS) this.#faults.push(text);
  }

  async #phase(
    supervisor: Supervisor,
    phase: LimitsPhase['phase'],
    work: () => Promise<void>,
  ): Promise<void> {
    const beganAtMs = performance.now();
    let before = this.#ids.length;
    const timer = setInterval(() => {
      void supervisor.stats().then((stats) => {
        const { mappings = 0 } = stats;
        const rate = Math.round(((this.#ids.length - before) * 1_000) / PROGRESS_MS);
        before = this.#ids.length;
        const mib = (residentBytesOf(stats) / 1_048_576).toFixed(0);
        this.#options.progress(
          `${phase}: ${before} instances, ${rate}/s, ${mappings} mappings, ${mib} MiB`,
        );
      });
    }, PROGRESS_MS);
    try {
      await work();
    } finally {
      clearInterval(timer);
    }
    const seconds = (performance.now() - beganAtMs) / 1_000;
    const stats = await supervisor.stats();
    const { mappings = 0 } = stats;
    const rssBytes = residentBytesOf(stats);
    this.#phases.push({ phase, instances: this.#ids.length, seconds, mappings, rssBytes });
  }

  /** Starts residents until one is refused, or there are enough. */
  async #fill(supervisor: Supervisor): Promise<void> {
    const { max, width, signal } = this.#options;
    const module = guestBytes('core');
    let isFull = false;
    let coming = 0;
    const startOn = async (): Promise<void> => {
      while (!isFull && !signal.aborted && this.#ids.length + coming < max) {
        coming += 1;
        try {
          this.#ids.push(await supervisor.startInstance({ module }));
        } catch (error) {
          this.#noteRefusal(error, isFull);
          isFull = true;
        } finally {
          coming -= 1;
        }
      }
    };
    await Promise.all(Array.from({ length: width }, startOn));
  }

  #noteRefusal(error: unknown, isKnown: boolean): void {
    if (!isWasmatrixError(error) || error.code !== 'RESOURCE_EXHAUSTED') {
      this.#fault(`a start failed: ${String(error)}`);
    } else if (!isKnown) {
      this.#refusals.push(error.details);
    }
  }

  async #askAll(supervisor: Supervisor): Promise<void> {
    for (const [index, id] of this.#ids.entries()) {
      if (this.#options.signal.aborted) return;
      try {
        const sum = await supervisor.invoke(id, 'add', [index, 1]);
        if (sum !== index + 1) this.#fault(`${id} answered ${String(sum)}`);
      } catch (error) {
        this.#fault(`${id} did not answer: ${String(error)}`);
      }
    }
  }

  async #stop(supervisor: Supervisor, count: number): Promise<void> {
    const ids = this.#ids.splice(0, Math.min(this.#ids.length, Math.floor(count)));
    for (const outcome of await Promise.allSettled(ids.map((id) => supervisor.stopInstance(id)))) {
      if (outcome.status === 'rejected') this.#fault(`a stop failed: ${String(outcome.reason)}`);
    }
  }
}

/** Of this process and of all that it has forked to carry residents. */
function residentBytesOf({ memory, shards }: SupervisorStats): number {
  return shards.reduce((sum, { residentBytes }) => sum + residentBytes, memory.rssBytes);
}

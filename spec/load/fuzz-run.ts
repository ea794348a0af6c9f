import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fuzzedGuests } from './fuzz-guests.ts';
import { chanceOf, mutantOf } from './fuzz-mutants.ts';
import { emptyTally, type FuzzTally } from './fuzz-trial.ts';
import { WatchedProcess } from './fuzz-watch.ts';

const BATCH = 50;
/** After so many something is wrong with more than mutants. */
const MOST_FAULTS = 20;

/** What is run. */
export interface FuzzPlan {
  readonly seed: number;
  readonly count: number;
  readonly forMs: number;
  readonly folder: string;
  /** The script of the process that is watched. */
  readonly script: string;
  /** Without an answer about a batch for so long, the process is taken to hang. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** A mutant that something was wrong with. */
export interface FuzzFault {
  readonly index: number;
  readonly problem: string;
  /** The mutant itself. */
  readonly file: string;
}

export interface FuzzReport {
  readonly seed: number;
  readonly mutants: number;
  readonly seconds: number;
  readonly wasInterrupted: boolean;
  readonly tally: FuzzTally;
  readonly faults: readonly FuzzFault[];
}

/** Tries mutants by their numbers, and finds out which of them breaks what. */
export class FuzzRun {
  readonly #plan: FuzzPlan;
  readonly #tally = emptyTally();
  readonly #faults: FuzzFault[] = [];
  #mutants = 0;

  constructor(plan: FuzzPlan) {
    this.#plan = plan;
  }

  async run(): Promise<FuzzReport> {
    const { seed, count, forMs, script, deadlineMs, signal } = this.#plan;
    const beganAtMs = performance.now();
    const secondsGone = (): number => (performance.now() - beganAtMs) / 1_000;
    await using process = new WatchedProcess(script, deadlineMs);
    let toldAt = 0;
    while (this.#mutants < count && !signal.aborted && secondsGone() * 1_000 < forMs) {
      if (this.#faults.length >= MOST_FAULTS) break;
      await this.#try(process, this.#mutants, Math.min(BATCH, count - this.#mutants));
      if (secondsGone() - toldAt < 2) continue;
      toldAt = secondsGone();
      this.#plan.progress(`${this.#line()}, ${Math.round(this.#mutants / toldAt)}/s`);
    }
    return {
      seed,
      mutants: this.#mutants,
      seconds: secondsGone(),
      wasInterrupted: signal.aborted,
      tally: this.#tally,
      faults: this.#faults,
    };
  }

  #line(): string {
    const { compiled, started, answered } = this.#tally;
    const faults = `${this.#faults.length} faults`;
    return `${this.#mutants} mutants: ${compiled} compiled, ${started} started, ${answered} answered, ${faults}`;
  }

  /** Tries a batch; if it ends the process, its mutants one by one. */
  async #try(process: WatchedProcess, from: number, count: number): Promise<void> {
    const answer = await process.ask({ seed: this.#plan.seed, from, count });
    if (typeof answer !== 'string') {
      this.#mutants += count;
      for (const key of Object.keys(answer.tally) as (keyof FuzzTally)[]) {
        this.#tally[key] += answer.tally[key];
      }
      for (const { index, problem } of answer.faults) await this.#note(index, problem);
      return;
    }
    if (count === 1) {
      this.#mutants += 1;
      await this.#note(from, answer);
      return;
    }
    const before = this.#faults.length;
    for (let index = from; index < from + count; index++) await this.#try(process, index, 1);
    // No mutant alone does it, but all of them together, which must not be either.
    if (this.#faults.length === before) await this.#note(from, `${count} together: ${answer}`);
  }

  async #note(index: number, problem: string): Promise<void> {
    const { seed, folder } = this.#plan;
    const file = join(folder, `${seed}-${index}.wasm`);
    await mkdir(folder, { recursive: true });
    await writeFile(file, mutantOf(fuzzedGuests(), chanceOf(seed, index)));
    this.#faults.push({ index, problem, file });
    this.#plan.progress(`FAULT in mutant ${index}: ${problem}`);
  }
}

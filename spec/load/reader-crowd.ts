import { setTimeout as passing } from 'node:timers/promises';
import { EventReader, type Leaving } from './event-reader.ts';
import type { FaultList } from './fault-list.ts';

const SHORTEST_STAY_MS = 1_000;
const LONGEST_STAY_MS = 20_000;
/** The longest that one that comes again stays away. */
const LONGEST_AWAY_MS = 500;
/** One that takes nothing goes by itself after so long, if it was not cut before. */
const SILENT_STAY_MS = 240_000;
/** What is still on the way to one that begins to read at last. */
const CATCH_UP_MS = 1_000;
const LEAVINGS: readonly Leaving[] = ['close', 'reset', 'half-close'];

/** What a crowd of readers has come to. */
export interface CrowdTally {
  readonly came: number;
  readonly resumed: number;
  readonly left: Readonly<Record<Leaving, number>>;
  /** Facts heard by all of them, each once and in order. */
  readonly heard: number;
  /** How often the one that reads nothing was cut. */
  readonly cuts: number;
}

/** Readers of events that come, stay for a while and go, each time as many at once. */
export class ReaderCrowd {
  readonly #url: string;
  readonly #faults: FaultList;
  readonly #signal: AbortSignal;
  readonly #left: Record<Leaving, number> = { close: 0, reset: 0, 'half-close': 0 };
  #came = 0;
  #resumed = 0;
  #heard = 0;
  #cuts = 0;

  /** @param signal - they all go when it is aborted. */
  constructor(url: string, faults: FaultList, signal: AbortSignal) {
    this.#url = url;
    this.#faults = faults;
    this.#signal = signal;
  }

  get tally(): CrowdTally {
    return {
      came: this.#came,
      resumed: this.#resumed,
      left: { ...this.#left },
      heard: this.#heard,
      cuts: this.#cuts,
    };
  }

  /** Lets so many come, and one more that reads nothing; resolves when all are gone. Never rejects. */
  async run(count: number): Promise<void> {
    const places = Array.from({ length: count }, () => this.#place());
    await Promise.all([...places, this.#silentPlace()]);
  }

  get #isOver(): boolean {
    return this.#signal.aborted || this.#faults.isFull;
  }

  /** Waits, unless the run ends before. */
  async #stay(ms: number): Promise<void> {
    await passing(ms, undefined, { signal: this.#signal }).catch(() => undefined);
  }

  async #place(): Promise<void> {
    let resumed: string | undefined;
    while (!this.#isOver) {
      await this.#faults.attempt('reader', async () => {
        resumed = await this.#visit(resumed);
      });
      await this.#stay(Math.random() * LONGEST_AWAY_MS);
    }
  }

  /** One reader from its coming to its going. @returns where another may go on. */
  async #visit(resumed: string | undefined): Promise<string | undefined> {
    const reader = await EventReader.open(this.#url, resumed === undefined ? {} : { resumed });
    const how = LEAVINGS[this.#came % LEAVINGS.length] as Leaving;
    this.#came += 1;
    if (resumed !== undefined) this.#resumed += 1;
    await this.#stay(SHORTEST_STAY_MS + Math.random() * (LONGEST_STAY_MS - SHORTEST_STAY_MS));
    this.#left[how] += 1;
    await reader.leave(how);
    this.#heard += reader.heard;
    const { fault, last } = reader;
    if (fault !== undefined) throw new Error(fault);
    if (last !== undefined) throw new Error(`told ${last}, of which there is no cause`);
    return Math.random() < 0.5 ? reader.lastId : undefined;
  }

  async #silentPlace(): Promise<void> {
    while (!this.#isOver) {
      const deadlineMs = 2 * SILENT_STAY_MS;
      await this.#faults.attempt('silent reader', () => this.#silentVisit(), deadlineMs);
    }
  }

  async #silentVisit(): Promise<void> {
    const reader = await EventReader.open(this.#url, { query: '?sinceSeq=0', reads: false });
    await Promise.race([this.#stay(SILENT_STAY_MS), reader.closed]);
    reader.readOn();
    await Promise.race([reader.closed, passing(CATCH_UP_MS)]);
    await reader.leave('close');
    if (reader.fault !== undefined) throw new Error(reader.fault);
    if (reader.last === 'cut') this.#cuts += 1;
  }
}

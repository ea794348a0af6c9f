import { type CapacityAmounts, type CapacityBound, narrowed, refusalOf } from '../core/capacity.ts';
import {
  type GuestDemand,
  guestCost,
  PROCESS_COST,
  PROVIDER_COST,
  SPARE_COST,
  type ThreadOrigin,
} from '../core/capacity-cost.ts';
import type { CapacityTicket } from '../core/capacity-ledger.ts';
import { type CapacityOptions, ownBound, ownBounds } from '../core/capacity-options.ts';
import type { MachineFigures } from '../core/machine-figures.ts';
import { noRoom } from '../core/no-room.ts';
import { PROCESS_CAPACITY, type ProcessCapacity } from './process-capacity.ts';

/** While less than this share of the room is taken, nobody waits for figures, and spares are made. */
const COMFORT = 0.8;
/** A second look is for those whose room came free while the first was under way. */
const MAX_LOOKS = 2;

/** What one start may take. */
export interface CapacityClaim {
  /**
   * To be asked when its turn comes to make its thread.
   *
   * @throws `RESOURCE_EXHAUSTED` if what others took was more than could be known.
   */
  launch(): Promise<void>;
  /** What it takes is taken. Idempotent. */
  settle(): void;
  /** What it took is given back. Idempotent. */
  end(): void;
}

/** Decides for one supervisor whether there is room for another thread. */
export class CapacityGovernor {
  readonly #options: Required<CapacityOptions>;
  readonly #maxThreads: number;
  readonly #process: ProcessCapacity;
  #threads = 0;
  #promisedBytes = 0;

  constructor(
    maxThreads: number,
    options: Required<CapacityOptions>,
    process: ProcessCapacity = PROCESS_CAPACITY,
  ) {
    this.#maxThreads = maxThreads;
    this.#options = options;
    this.#process = process;
  }

  /** What the supervisor counts by itself: guests' threads, and the memory that they were promised. */
  get held(): readonly CapacityBound[] {
    return [
      ...ownBound('threads', this.#threads, this.#maxThreads, 'maxThreads'),
      ...ownBound(
        'guest-memory',
        this.#promisedBytes,
        this.#options.maxGuestBytes,
        'capacity.maxGuestBytes',
      ),
    ];
  }

  /** Bounds of the supervisor's own on what the process uses. */
  get #own(): readonly CapacityBound[] {
    return ownBounds(this.#options, this.#process.gauge.figures ?? {});
  }

  /** What the last look has seen. */
  get figures(): MachineFigures | undefined {
    return this.#process.gauge.figures;
  }

  /** Every bound there is, as the process is now. */
  async bounds(): Promise<readonly CapacityBound[]> {
    await this.#process.gauge.look(true);
    return [...this.held, ...this.#own, ...this.#process.ledger.bounds];
  }

  /** Whether there are figures to decide by. */
  get isInformed(): boolean {
    return this.#process.ledger.isInformed;
  }

  /** Takes the first figures, before anybody waits for them. */
  async open(): Promise<void> {
    if (!this.isInformed) await this.#process.gauge.look();
  }

  /**
   * Counts the memory of a guest whose thread is not this process's.
   *
   * @returns gives it up, once.
   * @throws `RESOURCE_EXHAUSTED` where all memory has been promised.
   */
  promise(memoryBytes: number): () => void {
    const refusal = refusalOf(this.held, {}, { 'guest-memory': memoryBytes });
    if (refusal !== undefined) throw noRoom(refusal);
    this.#promisedBytes += memoryBytes;
    return () => {
      this.#promisedBytes -= memoryBytes;
    };
  }

  /**
   * Counts a guest in before anything is made for it: a flood of starts then costs and waits for nothing.
   *
   * @returns gives it up, once.
   * @throws `RESOURCE_EXHAUSTED` where all threads are taken, or all memory has been promised.
   */
  reserve(memoryBytes: number): () => void {
    const refusal = refusalOf(this.held, {}, { threads: 1, 'guest-memory': memoryBytes });
    if (refusal !== undefined) throw noRoom(refusal);
    this.#threads += 1;
    this.#promisedBytes += memoryBytes;
    return () => {
      this.#threads -= 1;
      this.#promisedBytes -= memoryBytes;
    };
  }

  /**
   * Room for a guest and its thread.
   *
   * @param hasSpare - whether its thread is there already.
   * @throws `RESOURCE_EXHAUSTED` with the numbers in its details.
   */
  async claimGuest(demand: GuestDemand, hasSpare: boolean): Promise<CapacityClaim> {
    // Whoever waits for figures counts already, so that no more can wait than could be let in.
    const letGo = this.reserve(demand.memoryBytes);
    try {
      return this.#claim(await this.#admit(demand, hasSpare), letGo);
    } catch (error) {
      letGo();
      throw error;
    }
  }

  async #admit(demand: GuestDemand, hasSpare: boolean): Promise<CapacityTicket> {
    const { gauge, ledger, remains } = this.#process;
    for (let looks = 0; ; looks++) {
      const origin = hasSpare ? 'spare' : this.#newThread();
      const needs = guestCost(demand, origin);
      const refusal = ledger.refusal(needs, this.#own);
      const isOutdated = gauge.isDue || !ledger.isInformed;
      const isComfortable = this.#isComfortable(needs);
      if (refusal === undefined && (isComfortable || !isOutdated)) {
        if (isOutdated) this.#lookAround();
        if (origin === 'reused') remains.take();
        return ledger.begin(needs);
      }
      const mayHaveChanged = isOutdated || ledger.hasEnded;
      if (refusal !== undefined && (!mayHaveChanged || looks === MAX_LOOKS)) throw noRoom(refusal);
      await gauge.look();
    }
  }

  #newThread(): ThreadOrigin {
    return this.#process.remains.has(performance.now()) ? 'reused' : 'new';
  }

  #isComfortable(needs: CapacityAmounts): boolean {
    const { ledger } = this.#process;
    return ledger.isInformed && ledger.refusal(needs, this.#own, COMFORT) === undefined;
  }

  /** Whether there is plenty of room here for what each process has for itself; memory is not. */
  get hasPlenty(): boolean {
    const { gauge, ledger } = this.#process;
    if (gauge.isDue) this.#lookAround();
    const bounds = [...this.held, ...this.#own, ...ledger.bounds];
    const { mappings = 0, descriptors = 0 } = SPARE_COST;
    const needs = { threads: 1, mappings, descriptors };
    return refusalOf(narrowed(bounds, COMFORT), ledger.begun, needs) === undefined;
  }

  /** For those who come after. */
  #lookAround(): void {
    void this.#process.gauge.look().catch(() => undefined);
  }

  #claim(ticket: CapacityTicket, onEnd?: () => void): CapacityClaim {
    let isOver = false;
    return {
      launch: async () => {
        const { gauge } = this.#process;
        if (gauge.isDue && !this.#isComfortable(ticket.needs)) await gauge.look();
        const refusal = ticket.launch(this.#own);
        if (refusal !== undefined) throw noRoom(refusal);
      },
      settle: () => ticket.settle(),
      end: () => {
        if (isOver) return;
        isOver = true;
        ticket.end();
        onEnd?.();
      },
    };
  }

  /** Room for a thread that nobody waits for; none unless there is plenty. */
  claimSpare(): CapacityClaim | undefined {
    const { gauge, ledger, remains } = this.#process;
    const isComfortable = this.#isComfortable(SPARE_COST);
    if (gauge.isDue) this.#lookAround();
    if (!isComfortable) return undefined;
    remains.take();
    return this.#claim(ledger.begin(SPARE_COST));
  }

  /** A guest's thread is gone; what it has left is for the next ones. */
  threadEnded(): void {
    this.#process.remains.note(performance.now());
  }

  /**
   * Room for the thread of a provider, decided by what is known now.
   *
   * @throws `RESOURCE_EXHAUSTED` with the numbers in its details.
   */
  claimProvider(): CapacityClaim {
    return this.#claimAtOnce(PROVIDER_COST);
  }

  /**
   * Room for a process that carries guests, decided by what is known now.
   *
   * @throws `RESOURCE_EXHAUSTED` with the numbers in its details.
   */
  claimProcess(): CapacityClaim {
    return this.#claimAtOnce(PROCESS_COST);
  }

  #claimAtOnce(cost: CapacityAmounts): CapacityClaim {
    const { gauge, ledger } = this.#process;
    const refusal = ledger.refusal(cost, this.#own);
    if (gauge.isDue) this.#lookAround();
    if (refusal !== undefined) throw noRoom(refusal);
    const ticket = ledger.begin(cost);
    // It is made at once, whatever else has begun to be.
    ticket.launch();
    return this.#claim(ticket);
  }

  /** Resolves when nothing is being read any more. */
  async destroy(): Promise<void> {
    await this.#process.gauge.idle();
  }
}

import { availableParallelism } from 'node:os';
import { WasmatrixError } from '../core/errors.ts';
import type { ProcessDemand } from '../protocol/process-messages.ts';
import type { CapacityGovernor } from '../threads/capacity-governor.ts';
import { TaskGate } from '../threads/task-gate.ts';
import { notLoaded } from '../threads/thread-end.ts';
import { GuestProcess } from './guest-process.ts';
import type { ProcessGuest } from './process-guest.ts';

/** A process that has not loaded by then never will. */
const LOAD_DEADLINE_MS = 30_000;

/** How many processes there may be, and how many guests in each. */
export interface ProcessLimits {
  readonly maxProcesses: number;
  readonly guestsPerProcess: number;
}

/** Owns every guest process from its first to its last moment. */
export class ProcessRegistry {
  readonly #limits: ProcessLimits;
  readonly #governor: CapacityGovernor;
  readonly #processes = new Set<GuestProcess>();
  readonly #gate = new TaskGate(2 * availableParallelism());
  #waiting = 0;
  #isClosed = false;

  constructor(limits: ProcessLimits, governor: CapacityGovernor) {
    this.#limits = limits;
    this.#governor = governor;
  }

  /** Processes that exist. */
  get size(): number {
    return this.#processes.size;
  }

  /**
   * A fresh thread for one guest, in a process of its own or, where guests share them, in one that has
   * room.
   *
   * @throws `RESOURCE_EXHAUSTED` at the limit of processes; `ThreadGone` if it died while loading.
   */
  async lease(demand: ProcessDemand): Promise<ProcessGuest> {
    this.#assertOpen();
    this.#assertRoom();
    const letGo = this.#governor.promise(demand.memoryBytes);
    this.#waiting += 1;
    let isCounted = true;
    const leave = (): void => {
      if (isCounted) this.#waiting -= 1;
      isCounted = false;
    };
    try {
      const guest = await this.#gate.run(() => this.#opened(demand, leave));
      void guest.ended.then(letGo);
      return guest;
    } catch (error) {
      letGo();
      throw error;
    } finally {
      leave();
    }
  }

  async #opened(demand: ProcessDemand, onOpen: () => void): Promise<ProcessGuest> {
    this.#assertOpen();
    const guest = this.#processWithRoom().open(demand);
    // From now on it counts with its process.
    onOpen();
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      void guest.terminate();
    }, LOAD_DEADLINE_MS);
    try {
      await guest.opened;
    } catch (error) {
      throw isLate ? notLoaded(LOAD_DEADLINE_MS) : error;
    } finally {
      clearTimeout(deadline);
    }
    return guest;
  }

  #processWithRoom(): GuestProcess {
    for (const each of this.#processes) {
      if (each.isAlive && each.size > 0 && each.size < this.#limits.guestsPerProcess) return each;
    }
    if (this.#processes.size >= this.#limits.maxProcesses) throw this.#exhausted(this.#guests);
    const claim = this.#governor.claimProcess();
    const made = new GuestProcess();
    this.#processes.add(made);
    void made.loaded.then(() => claim.settle()).catch(() => undefined);
    void made.ended.then(() => {
      claim.end();
      this.#processes.delete(made);
    });
    return made;
  }

  /** Those that wait count: whoever finds no room is told so at once, and no queue grows. */
  #assertRoom(): void {
    const { maxProcesses, guestsPerProcess } = this.#limits;
    const guests = this.#waiting + this.#guests;
    if (guests >= maxProcesses * guestsPerProcess) throw this.#exhausted(guests);
  }

  get #guests(): number {
    let guests = 0;
    for (const { size } of this.#processes) guests += size;
    return guests;
  }

  /** In guests, because processes may be shared. */
  #exhausted(used: number): WasmatrixError {
    const { maxProcesses, guestsPerProcess } = this.#limits;
    return new WasmatrixError('RESOURCE_EXHAUSTED', 'no process is free for another instance', {
      resource: 'processes',
      limit: maxProcesses * guestsPerProcess,
      used,
      needed: 1,
      raise: 'raise the option maxProcesses',
    });
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new WasmatrixError('INVALID_REQUEST', 'the supervisor is closed');
  }

  /** Ends every process and refuses new ones. Idempotent; resolves when all are gone. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#processes].map((each) => each.kill()));
  }
}

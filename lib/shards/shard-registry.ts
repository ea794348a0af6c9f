import { availableParallelism } from 'node:os';
import { isWasmatrixError, WasmatrixError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { settlesWithin } from '../core/settles-within.ts';
import { systemClock } from '../core/system-clock.ts';
import type { ProcessGuest } from '../processes/process-guest.ts';
import type { ProcessDemand } from '../protocol/process-messages.ts';
import type { ShardConfig } from '../protocol/shard-config.ts';
import type { CapacityGovernor } from '../threads/capacity-governor.ts';
import { TaskGate } from '../threads/task-gate.ts';
import { ModuleFiles } from './module-files.ts';
import type { Shard } from './shard.ts';
import type { ShardModule } from './shard-modules.ts';
import { ShardSlot } from './shard-slot.ts';
import { NO_SHARD, type ShardStats } from './shard-stats.ts';

/** How long a start waits for a shard that is being forked anew, or does not answer for the moment. */
const WAIT_MS = 30_000;
/** A shard that grew with the demand and has been without guests for so long is ended. */
const IDLE_MS = 60_000;
/** Resources of which each process has its own. */
const ONE_PROCESS: ReadonlySet<unknown> = new Set(['threads', 'mappings', 'descriptors']);
/** A start that has cost so many shards is given up: it may be what they die of. */
const MAX_LOST = 3;

/** How many shards there may be, and what each may hold. */
export interface ShardOptions {
  /** Shards to begin with. */
  readonly count: number;
  /** Shards at most. */
  readonly maxShards: number;
  readonly config: Omit<ShardConfig, 'folder'>;
  readonly logger: Logger;
}

/** Owns every shard, and finds for each guest the one where it is to live. */
export class ShardRegistry {
  readonly #options: ShardOptions;
  readonly #governor: CapacityGovernor;
  readonly #slots: ShardSlot[] = [];
  /** Each shard bounds its own; together they have no more processors than one of them alone. */
  readonly #gate = new TaskGate(4 * availableParallelism());
  #files: Promise<ModuleFiles> | undefined;
  #growing: Promise<void> | undefined;
  #held = 0;
  #waiting: (() => void)[] = [];
  #isClosed = false;

  constructor(options: ShardOptions, governor: CapacityGovernor) {
    this.#options = options;
    this.#governor = governor;
  }

  /** Forks the first shards; resolves without waiting until they have loaded. */
  async open(): Promise<void> {
    for (let each = 0; each < this.#options.count; each++) await this.#addSlot();
  }

  /** One more for all who find no room at this moment. */
  #grow(): Promise<void> {
    this.#growing ??= this.#addSlot().finally(() => {
      this.#growing = undefined;
    });
    return this.#growing;
  }

  async #addSlot(): Promise<void> {
    this.#files ??= ModuleFiles.open();
    const files = await this.#files;
    if (this.#isClosed) return;
    const { config, logger } = this.#options;
    this.#slots.push(
      new ShardSlot({
        config: { ...config, folder: files.folder },
        files,
        logger,
        governor: this.#governor,
        onChange: () => this.#changed(),
      }),
    );
  }

  #changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Guests at most. */
  get #capacity(): number {
    return this.#options.maxShards * this.#options.config.maxThreads;
  }

  /**
   * Counts a guest in before anything is made for it.
   *
   * @returns gives it up, once.
   * @throws `RESOURCE_EXHAUSTED`
   */
  reserve(memoryBytes: number): () => void {
    if (this.#held >= this.#capacity) throw this.#exhausted();
    const letGo = this.#governor.promise(memoryBytes);
    this.#held += 1;
    return () => {
      this.#held -= 1;
      letGo();
    };
  }

  /**
   * A fresh thread for one guest, in the shard that has the fewest and has room.
   *
   * @throws `RESOURCE_EXHAUSTED` where no shard has room; `TIMEOUT`; `ThreadGone` if it died while loading.
   */
  async lease(demand: ProcessDemand, module: ShardModule): Promise<ProcessGuest> {
    this.#assertOpen();
    const letGo = this.reserve(demand.memoryBytes);
    try {
      const guest = await this.#gate.run(() => this.#placed(demand, module));
      void guest.ended.then(() => {
        letGo();
        this.#endIdleSoon();
      });
      return guest;
    } catch (error) {
      letGo();
      throw error;
    }
  }

  async #placed(demand: ProcessDemand, module: ShardModule): Promise<ProcessGuest> {
    const refusals = new Map<Shard, WasmatrixError>();
    const deadlineMs = performance.now() + WAIT_MS;
    let lost = 0;
    for (;;) {
      this.#assertOpen();
      // Counted in at once: nobody else may choose by the same numbers.
      const shard = this.#emptiest(refusals);
      if (shard === undefined) {
        await this.#change([...refusals.values()].at(-1), deadlineMs);
        continue;
      }
      try {
        return await shard.lease(demand, module);
      } catch (error) {
        this.#assertOpen();
        if (isRefusal(error)) refusals.set(shard, error);
        // Nothing of the guest has been begun there, so another shard may have it.
        else if (shard.isOpen || ++lost === MAX_LOST) throw error;
      }
    }
  }

  /**
   * Waits until there may be room, where that can be.
   *
   * @param refusal - of the shard that was asked last.
   * @throws `RESOURCE_EXHAUSTED`
   */
  async #change(refusal: WasmatrixError | undefined, deadlineMs: number): Promise<void> {
    // Where one is awaited already, there was no room for it.
    const mayGrow =
      this.#slots.length < this.#options.maxShards &&
      this.#slots.every(({ shard }) => shard !== undefined);
    if (mayGrow && isOfOneProcess(refusal)) {
      await this.#grow();
      return;
    }
    const leftMs = deadlineMs - performance.now();
    if (!this.#mayComeBack || leftMs <= 0) throw refusal ?? this.#exhausted();
    const changed = new Promise<void>((resolve) => this.#waiting.push(resolve));
    await settlesWithin(changed, leftMs, systemClock);
  }

  #emptiest(refusals: ReadonlyMap<Shard, WasmatrixError>): Shard | undefined {
    let found: Shard | undefined;
    for (const { shard } of this.#slots) {
      if (shard === undefined || !shard.isOpen || refusals.has(shard)) continue;
      if (shard.guests >= this.#options.config.maxThreads) continue;
      if (found === undefined || shard.guests < found.guests) found = shard;
    }
    return found;
  }

  /** Whether some shard is not there for the moment. */
  get #mayComeBack(): boolean {
    return this.#slots.some(({ shard }) => shard?.isOpen !== true);
  }

  #exhausted(): WasmatrixError {
    return new WasmatrixError('RESOURCE_EXHAUSTED', 'no shard is free for another instance', {
      resource: 'shards',
      limit: this.#capacity,
      used: this.#held,
      needed: 1,
      raise: 'raise the option shards, or maxThreads where it is below 1,000',
      executed: 'no',
    });
  }

  /** Shards beyond those to begin with go when they have nothing to do any more. */
  #endIdleSoon(): void {
    if (this.#slots.length <= this.#options.count || this.#isClosed) return;
    const idle = new Set(this.#slots.filter(({ shard }) => shard?.guests === 0));
    if (idle.size === 0) return;
    const timer = setTimeout(() => {
      for (const slot of idle) {
        if (slot.shard?.guests !== 0 || this.#slots.length <= this.#options.count) continue;
        this.#slots.splice(this.#slots.indexOf(slot), 1);
        void slot.close();
      }
    }, IDLE_MS);
    timer.unref();
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new WasmatrixError('INVALID_REQUEST', 'the supervisor is closed');
  }

  /** What there is at this moment. */
  stats(): Promise<ShardStats[]> {
    return Promise.all(this.#slots.map(async ({ shard }) => shard?.stats() ?? NO_SHARD));
  }

  /** Ends every shard and refuses new ones. Idempotent; resolves when all are gone, and their files. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    this.#changed();
    const files = await this.#files?.catch(() => undefined);
    await Promise.all(this.#slots.map((slot) => slot.close()));
    await files?.destroy();
  }
}

function isRefusal(error: unknown): error is WasmatrixError {
  return isWasmatrixError(error) && error.code === 'RESOURCE_EXHAUSTED';
}

/** Whether another process would have what one has not: the machine's memory is the same for all. */
function isOfOneProcess(refusal: WasmatrixError | undefined): boolean {
  return refusal === undefined || ONE_PROCESS.has(refusal.details['resource']);
}

import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { CapacityGovernor } from '../threads/capacity-governor.ts';
import { ForkPatience } from './fork-patience.ts';
import { Shard, type ShardParts } from './shard.ts';

/** Until the host itself may have room for a process again. */
const NO_ROOM_WAIT_MS = 1_000;

/** What a place for a shard needs. */
export interface SlotParts extends ShardParts {
  readonly governor: CapacityGovernor;
  readonly logger: Logger;
}

/** A place where one shard is to be: when it dies, another is forked. */
export class ShardSlot {
  readonly #parts: SlotParts;
  readonly #patience = new ForkPatience();
  /** Those that have ended, while the system still takes them down. */
  readonly #former = new Set<Shard>();
  #shard: Shard | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: SlotParts) {
    this.#parts = parts;
    this.#fork();
  }

  /** The shard; nothing while another is awaited. */
  get shard(): Shard | undefined {
    return this.#shard;
  }

  #fork(): void {
    const { governor, onChange } = this.#parts;
    let claim: ReturnType<CapacityGovernor['claimProcess']>;
    try {
      claim = governor.claimProcess();
    } catch (error) {
      this.#parts.logger.warn({ err: messageOf(error) }, 'there is no room for a shard');
      this.#forkAfter(NO_ROOM_WAIT_MS);
      return;
    }
    const bornAtMs = performance.now();
    const shard = new Shard(this.#parts);
    this.#shard = shard;
    shard.loaded.then(
      () => claim.settle(),
      () => undefined,
    );
    void shard.gone.then(() => {
      claim.end();
      this.#former.delete(shard);
    });
    void shard.ended.then(({ message }) => {
      this.#former.add(shard);
      this.#shard = undefined;
      if (!this.#isClosed) {
        this.#parts.logger.warn({ pid: shard.pid, err: message }, 'a shard has ended');
        this.#forkAfter(this.#patience.waitMs(performance.now() - bornAtMs));
      }
      onChange();
    });
  }

  #forkAfter(waitMs: number): void {
    // Never at once: to fork takes some milliseconds, and there are those who have yet to hear.
    this.#timer = setTimeout(() => {
      this.#fork();
      this.#parts.onChange();
    }, waitMs);
    this.#timer.unref();
  }

  /** Ends the shard for good. Idempotent; resolves when it is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const shards = this.#shard === undefined ? [] : [this.#shard];
    await Promise.all([...shards, ...this.#former].map((shard) => shard.kill()));
  }
}

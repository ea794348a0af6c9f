import {
  CAPACITY_RESOURCES,
  type CapacityAmounts,
  type CapacityBound,
  type CapacityRefusal,
  type CapacityResource,
  narrowed,
  refusalOf,
} from './capacity.ts';

/**
 * One start that has been let in.
 *
 * @internal
 */
export interface CapacityTicket {
  readonly needs: CapacityAmounts;
  /**
   * It is this one's turn to take what it needs.
   *
   * @returns why there is no room any more: others have taken more than was expected of them.
   */
  launch(own?: readonly CapacityBound[]): CapacityRefusal | undefined;
  /** All that it takes is taken: whoever looks from now on sees it. Idempotent. */
  settle(): void;
  /** What it took is given back, or was never taken. Idempotent. */
  end(): void;
}

type Sums = Partial<Record<CapacityResource, number>>;

interface Entry {
  readonly needs: CapacityAmounts;
  isLaunched: boolean;
  /** Number of the look before which it was settled. */
  settledAt: number;
}

/**
 * What a process has room for: bounds as they were seen at the last look, and what has been begun since
 * and cannot have been seen. A look takes time, so it counts as seen only what was settled before it
 * began. Nothing here reads a clock or a file.
 *
 * @internal
 */
export class CapacityLedger {
  #bounds: readonly CapacityBound[] = [];
  readonly #begun: Sums = {};
  /** Those of them whose turn has come. */
  readonly #launched: Sums = {};
  readonly #unseen = new Set<Entry>();
  #looks = 0;
  #seen = 0;
  #hasEnded = false;

  /** Whether there has been a look at all. */
  get isInformed(): boolean {
    return this.#seen > 0;
  }

  /** Whether something has ended that the last look may still have seen. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** What has been begun and cannot be seen yet. */
  get begun(): CapacityAmounts {
    return this.#begun;
  }

  /** What the last look has seen. */
  get bounds(): readonly CapacityBound[] {
    return this.#bounds;
  }

  /**
   * Why a start would not fit now.
   *
   * @param own - bounds of the asker's own, beside those that were seen.
   * @param share - of every bound's room, in [0, 1].
   */
  refusal(
    needs: CapacityAmounts,
    own: readonly CapacityBound[] = [],
    share = 1,
  ): CapacityRefusal | undefined {
    const bounds = [...own, ...this.#bounds];
    return refusalOf(share === 1 ? bounds : narrowed(bounds, share), this.#begun, needs);
  }

  /** Counts a start in, whether it fits or not: that is asked before. */
  begin(needs: CapacityAmounts): CapacityTicket {
    const entry: Entry = { needs, isLaunched: false, settledAt: Infinity };
    this.#unseen.add(entry);
    add(this.#begun, needs, 1);
    let isOver = false;
    return {
      needs,
      launch: (own) => this.#launch(entry, own),
      settle: () => {
        entry.settledAt = Math.min(entry.settledAt, this.#looks);
      },
      end: () => {
        if (isOver) return;
        isOver = true;
        this.#hasEnded = true;
        this.#forget(entry);
      },
    };
  }

  #launch(entry: Entry, own: readonly CapacityBound[] = []): CapacityRefusal | undefined {
    const refusal = refusalOf([...own, ...this.#bounds], this.#launched, entry.needs);
    if (refusal === undefined && !entry.isLaunched && this.#unseen.has(entry)) {
      entry.isLaunched = true;
      add(this.#launched, entry.needs, 1);
    }
    return refusal;
  }

  #forget(entry: Entry): void {
    if (!this.#unseen.delete(entry)) return;
    add(this.#begun, entry.needs, -1);
    if (entry.isLaunched) add(this.#launched, entry.needs, -1);
  }

  /**
   * A look begins.
   *
   * @returns its number, for `learn`.
   */
  look(): number {
    this.#hasEnded = false;
    return ++this.#looks;
  }

  /** What that look has seen; nothing if a later one has been heard of already. */
  learn(look: number, bounds: readonly CapacityBound[]): void {
    if (look < this.#seen) return;
    this.#seen = look;
    this.#bounds = bounds;
    for (const entry of this.#unseen) {
      if (entry.settledAt < look) this.#forget(entry);
    }
  }
}

function add(sums: Sums, amounts: CapacityAmounts, sign: 1 | -1): void {
  for (const resource of CAPACITY_RESOURCES) {
    const amount = amounts[resource];
    if (amount !== undefined) sums[resource] = (sums[resource] ?? 0) + sign * amount;
  }
}

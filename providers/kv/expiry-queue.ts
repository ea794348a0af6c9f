/**
 * What a queue orders. The queue alone changes these two.
 *
 * @internal
 */
export interface Expiring {
  /** When it is due, in milliseconds since the epoch; `Infinity`: never, and then it is in no queue. */
  dueMs: number;
  /** Its place in the queue; -1 outside. */
  slot: number;
}

/**
 * Finds what is due first. A binary heap whose items know their places, so that one which is written
 * again or taken away leaves nothing behind: the queue is never longer than what it stands for.
 *
 * @internal
 */
export class ExpiryQueue<Item extends Expiring> {
  readonly #heap: Item[] = [];

  /** What is due first. */
  get first(): Item | undefined {
    return this.#heap[0];
  }

  /** Adds an item, moves it, or takes it out if it is due never. */
  place(item: Item, dueMs: number): void {
    item.dueMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) {
      this.#takeOut(item);
      return;
    }
    if (item.slot === -1) this.#put(item, this.#heap.length);
    this.#sink(item, this.#rise(item));
  }

  #takeOut(item: Item): void {
    if (item.slot === -1) return;
    const { slot } = item;
    item.slot = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === item) return;
    this.#put(last, slot);
    this.#sink(last, this.#rise(last));
  }

  #put(item: Item, slot: number): void {
    this.#heap[slot] = item;
    item.slot = slot;
  }

  #rise(item: Item): number {
    let { slot } = item;
    while (slot > 0) {
      const parentSlot = (slot - 1) >>> 1;
      const parent = this.#heap[parentSlot];
      if (parent === undefined || parent.dueMs <= item.dueMs) break;
      this.#put(parent, slot);
      slot = parentSlot;
    }
    this.#put(item, slot);
    return slot;
  }

  #sink(item: Item, from: number): void {
    let slot = from;
    for (;;) {
      const left = this.#heap[2 * slot + 1];
      const right = this.#heap[2 * slot + 2];
      const child =
        right !== undefined && left !== undefined && right.dueMs < left.dueMs ? right : left;
      if (child === undefined || child.dueMs >= item.dueMs) break;
      const childSlot = child.slot;
      this.#put(child, slot);
      slot = childSlot;
    }
    this.#put(item, slot);
  }
}

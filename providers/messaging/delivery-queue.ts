import type { DeliveredMessage } from '../../lib/core/provider.ts';
import type { PendingRequest } from './pending-request.ts';

/**
 * A message on its way to one subscriber.
 *
 * @internal
 */
export interface QueuedMessage {
  readonly message: DeliveredMessage;
  /** What it takes while it waits. */
  readonly bytes: number;
  /** The request that it asks, whose reply may come from whom it is delivered to. */
  readonly request?: PendingRequest;
}

/** Places in front that are given back together. */
const COMPACT_AT = 64;

/**
 * Messages in the order they came, bounded in number and bytes. It decides nothing: it tells how many
 * of its oldest are in the way of another.
 *
 * @internal
 */
export class DeliveryQueue {
  readonly #limit: number;
  readonly #maxBytes: number;
  #entries: (QueuedMessage | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  constructor(bounds: { readonly limit: number; readonly maxBytes: number }) {
    this.#limit = bounds.limit;
    this.#maxBytes = bounds.maxBytes;
  }

  get length(): number {
    return this.#entries.length - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How many of the oldest have to go before so many bytes fit; undefined if they never do. */
  surplusFor(bytes: number): { readonly count: number; readonly bytes: number } | undefined {
    if (bytes > this.#maxBytes) return undefined;
    let count = 0;
    let freed = 0;
    while (this.length - count >= this.#limit || this.#bytes - freed + bytes > this.#maxBytes) {
      freed += this.#entries[this.#first + count]?.bytes ?? 0;
      count += 1;
    }
    return { count, bytes: freed };
  }

  push(entry: QueuedMessage): void {
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
  }

  /** Takes the oldest out. */
  shift(): QueuedMessage | undefined {
    const entry = this.#entries[this.#first];
    if (entry === undefined) return undefined;
    this.#entries[this.#first] = undefined;
    this.#first += 1;
    this.#bytes -= entry.bytes;
    if (this.#first >= COMPACT_AT && this.#first * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return entry;
  }
}

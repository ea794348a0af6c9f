import { otherError } from './keyvalue-calls.ts';

/** A guest that walks through a bucket needs one; the others are for walks that were given up. */
const MAX_CURSORS = 64;

interface NumberedCursor {
  readonly bucket: string;
  readonly cursor: string;
}

/**
 * Numbers for a provider's cursors, where the interface has no other. The newest are kept.
 *
 * @internal
 */
export class NumberedCursors {
  readonly #kept = new Map<bigint, NumberedCursor>();
  #lastNumber = 0n;

  numberOf(bucket: string, cursor: string): bigint {
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size >= MAX_CURSORS) this.#kept.delete(oldest);
    this.#lastNumber += 1n;
    this.#kept.set(this.#lastNumber, { bucket, cursor });
    return this.#lastNumber;
  }

  /**
   * @throws `HostResultError` with a `StoreError` for a number that is forgotten, of another bucket,
   * or was never given out.
   */
  cursorOf(bucket: string, number: bigint): string {
    const kept = this.#kept.get(number);
    if (kept?.bucket !== bucket) throw otherError('the cursor is unknown to this bucket');
    return kept.cursor;
  }
}

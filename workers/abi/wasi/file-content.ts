import { fail } from './errno.ts';
import type { ScratchQuota } from './scratch-quota.ts';

const NOTHING = new Uint8Array(0);

/**
 * The bytes of one file. Initial content is shared with whoever gave it until the first write. The
 * capacity that is held, not the size that is seen, is charged to the quota, beyond as many bytes as
 * the file had initially; hence a shrunk file cannot keep memory for nothing.
 *
 * @internal
 */
export class FileContent {
  readonly #quota: ScratchQuota;
  readonly #freeOfCharge: number;
  #buffer: Uint8Array;
  #size: number;
  #isShared: boolean;

  constructor(quota: ScratchQuota, initial: Uint8Array = NOTHING) {
    this.#quota = quota;
    this.#buffer = initial;
    this.#size = initial.length;
    this.#freeOfCharge = initial.length;
    this.#isShared = true;
  }

  get size(): number {
    return this.#size;
  }

  /** Copies out as much as there is from `offset` on and returns how much that was. */
  read(into: Uint8Array, offset: number): number {
    const end = Math.min(this.#size, offset + into.length);
    if (offset >= end) return 0;
    into.set(this.#buffer.subarray(offset, end));
    return end - offset;
  }

  /** @throws `WasiFailure` nospc, nothing written. */
  write(bytes: Uint8Array, offset: number): void {
    const end = offset + bytes.length;
    if (end > this.#size) this.resize(end);
    else this.#own();
    this.#buffer.set(bytes, offset);
  }

  /** Cuts off, or fills up with zeros. @throws `WasiFailure` nospc, size unchanged. */
  resize(size: number): void {
    if (size > this.#buffer.length) this.#reallocate(this.#roomyCapacity(size));
    else if (size < this.#buffer.length / 4) this.#reallocate(size);
    else this.#own();
    if (size > this.#size) this.#buffer.fill(0, this.#size, size);
    this.#size = size;
  }

  /** Gives back what growing in steps allocated in advance. */
  trim(): void {
    if (!this.#isShared && this.#size < this.#buffer.length) this.#reallocate(this.#size);
  }

  /** Gives everything back; the content is gone. */
  release(): void {
    this.#size = 0;
    this.#reallocate(0);
  }

  #own(): void {
    if (this.#isShared) this.#reallocate(this.#buffer.length);
  }

  /** Half as much again, as far as the quota reaches; appending stays linear in the bytes appended. */
  #roomyCapacity(size: number): number {
    const affordable = Math.max(this.#buffer.length, this.#freeOfCharge) + this.#quota.freeBytes;
    if (size > affordable) fail('nospc');
    return Math.max(size, Math.min(affordable, Math.floor(this.#buffer.length * 1.5)));
  }

  #reallocate(capacity: number): void {
    const before = this.#charged(this.#buffer.length);
    const after = this.#charged(capacity);
    if (after > before) this.#quota.chargeBytes(after - before);
    const buffer = capacity === 0 ? NOTHING : new Uint8Array(capacity);
    buffer.set(this.#buffer.subarray(0, Math.min(this.#size, capacity)));
    this.#buffer = buffer;
    this.#isShared = false;
    if (before > after) this.#quota.refundBytes(before - after);
  }

  #charged(capacity: number): number {
    return Math.max(0, capacity - this.#freeOfCharge);
  }
}

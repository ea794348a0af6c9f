import { tooMany } from './core-refusals.ts';
import { unsignedLeb } from './unsigned-leb.ts';

/** A length that is known only afterwards takes as many bytes as the longest one. */
const LENGTH_BYTES = 5;

/**
 * Copies bytes with changes in between. What it writes is bounded, however often a guest makes it
 * write more than it reads.
 *
 * @internal
 */
export class ByteSplicer {
  readonly #source: Uint8Array;
  readonly #maxBytes: number;
  #target: Uint8Array<ArrayBuffer>;
  #length = 0;
  /** Everything of the source before it has been copied, or left out. */
  #read = 0;

  /** @param maxBytes - most bytes that may be written in all. */
  constructor(source: Uint8Array, maxBytes: number) {
    this.#source = source;
    this.#maxBytes = maxBytes;
    this.#target = new Uint8Array(
      Math.min(maxBytes, source.length + (source.length >>> 2) + 1_024),
    );
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * Copies the source up to an offset.
   *
   * @throws `VALIDATION_ERROR` if there is more than may be written.
   */
  copyTo(offset: number): void {
    const count = offset - this.#read;
    if (count <= 0) return;
    this.#reserve(count);
    this.#target.set(this.#source.subarray(this.#read, offset), this.#length);
    this.#length += count;
    this.#read = offset;
  }

  /** Leaves the source out up to an offset. */
  skipTo(offset: number): void {
    this.#read = offset;
  }

  /** @throws `VALIDATION_ERROR` if there is more than may be written. */
  write(bytes: ArrayLike<number>): void {
    this.#reserve(bytes.length);
    this.#target.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Writes an unsigned LEB128. */
  writeU32(value: number): void {
    this.write(unsignedLeb(value));
  }

  /** Leaves room for a length. @returns where it is, for `endLength`. */
  beginLength(): number {
    this.#reserve(LENGTH_BYTES);
    this.#length += LENGTH_BYTES;
    return this.#length - LENGTH_BYTES;
  }

  /** Fills in how much has been written behind that room. @returns the length. */
  endLength(at: number): number {
    const bytes = this.#length - at - LENGTH_BYTES;
    this.patch(at, bytes, LENGTH_BYTES);
    return bytes;
  }

  /** Puts a number in the place of one written before, as an LEB128 of exactly that many bytes. */
  patch(at: number, value: number, width: number): void {
    let rest = value;
    for (let index = 0; index < width; index++) {
      const isLast = index === width - 1;
      this.#target[at + index] = (rest % 0x80) + (isLast ? 0 : 0x80);
      rest = Math.floor(rest / 0x80);
    }
  }

  /** Everything that has been written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#target.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#target.length) return;
    if (needed > this.#maxBytes) throw tooMany('bytes once it is metered', needed, this.#maxBytes);
    const larger = new Uint8Array(Math.min(this.#maxBytes, needed + (needed >>> 1)));
    larger.set(this.#target.subarray(0, this.#length));
    this.#target = larger;
  }
}

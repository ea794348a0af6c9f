/** What an empty queue keeps for its next bytes. */
const KEPT_BYTES = 16_384;

/**
 * Bytes on their way through, in one piece of memory: thousands of tiny chunks cost no more than
 * their bytes, and pin nothing of where they came from.
 *
 * @internal
 */
export class ByteQueue {
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #start = 0;
  #end = 0;

  /** Bytes in the queue. */
  get size(): number {
    return this.#end - this.#start;
  }

  /** Copies some bytes to the end of the queue. */
  push(bytes: Uint8Array): void {
    this.#makeRoom(bytes.byteLength);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.byteLength;
  }

  /** Takes bytes from the front, as many as there are and no more than `most`. */
  take(most: number): Uint8Array<ArrayBuffer> {
    const taken = this.#buffer.slice(this.#start, Math.min(this.#end, this.#start + most));
    this.#start += taken.byteLength;
    if (this.#start === this.#end) this.#empty();
    return taken;
  }

  /** Forgets everything. */
  clear(): void {
    this.#empty();
  }

  #empty(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#buffer.byteLength > KEPT_BYTES) this.#buffer = new Uint8Array(0);
  }

  #makeRoom(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.byteLength) return;
    const needed = this.size + bytes;
    const held = this.#buffer.subarray(this.#start, this.#end);
    if (needed > this.#buffer.byteLength) {
      this.#buffer = new Uint8Array(Math.max(needed, 2 * this.#buffer.byteLength));
      this.#buffer.set(held);
    } else {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    }
    this.#end -= this.#start;
    this.#start = 0;
  }
}

/** The heap of a plug-in starts with as much as most calls need. */
const FIRST_BYTES = 65_536;
/** An address below is none, so that a small number is never taken for a handle. */
const FIRST_OFFSET = 1_024;
/** Each block costs the host some hundred bytes besides its content. */
const MAX_BLOCKS = 65_536;
/** Between calls no more than this is kept. */
const KEPT_BYTES = 262_144;
const NO_ROOM = 0;

interface Block {
  /** Bytes that were asked for. */
  readonly length: number;
  /** Bytes that it takes. */
  readonly room: number;
}

/**
 * The memory that a plug-in shares with its host: one linear space, in which the plug-in allocates
 * blocks and does arithmetic with their offsets. It belongs to one plug-in and one call, thus every
 * offset in use is open to it. Offsets and lengths are whatever a guest gives, as doubles: what cannot
 * be counted is out of range.
 *
 * @internal
 */
export class KernelHeap {
  readonly #capacity: number;
  readonly #blocks = new Map<number, Block>();
  /** Offsets of freed blocks by the room that they have. */
  readonly #free = new Map<number, number[]>();
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #top = FIRST_OFFSET;
  /** The highest that the top has been: what was freed can be read until something takes its place. */
  #reached = FIRST_OFFSET;

  /** @param capacity - bytes that it may grow to. */
  constructor(capacity: number) {
    this.#capacity = Math.max(FIRST_BYTES, capacity);
  }

  /** Bytes that the host holds for it. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  /** Makes a block of zeros. @returns its handle; 0 if it is empty or there is no room. */
  allocate(length: number): number {
    if (!(length > 0) || length > this.#capacity || this.#blocks.size >= MAX_BLOCKS) return NO_ROOM;
    const wanted = roomFor(length);
    const reused = this.#free.get(wanted)?.pop();
    if (reused !== undefined) return this.#begin(reused, length, wanted);
    const offset = this.#extend(wanted);
    return offset === NO_ROOM ? this.#takeLarger(length) : this.#begin(offset, length, wanted);
  }

  /** Makes a block of these bytes. @returns as `allocate`. */
  store(content: Uint8Array): number {
    const offset = this.allocate(content.length);
    if (offset !== NO_ROOM) this.#bytes.set(content, offset);
    return offset;
  }

  /** Gives a block back; anything else is no block and nothing happens. */
  free(offset: number): void {
    const block = this.#blocks.get(offset);
    if (block === undefined) return;
    this.#blocks.delete(offset);
    if (offset + block.room === this.#top) {
      this.#top = offset;
      return;
    }
    const others = this.#free.get(block.room);
    if (others === undefined) this.#free.set(block.room, [offset]);
    else others.push(offset);
  }

  /** The length of a block, or 0 for what is none. */
  lengthOf(offset: number): number {
    return this.#blocks.get(offset)?.length ?? 0;
  }

  /** The bytes of a block, not copied; the handle 0 has none. @returns `undefined` for what is no block. */
  block(offset: number): Uint8Array | undefined {
    if (offset === 0) return this.#bytes.subarray(0, 0);
    const block = this.#blocks.get(offset);
    return block === undefined ? undefined : this.#bytes.subarray(offset, offset + block.length);
  }

  /** Whether all of a range is, or has been, in use. */
  contains(offset: number, length: number): boolean {
    return offset >= FIRST_OFFSET && length >= 0 && offset + length <= this.#reached;
  }

  /** The bytes of such a range, not copied. @returns `undefined` for any other. */
  range(offset: number, length: number): Uint8Array | undefined {
    return this.contains(offset, length)
      ? this.#bytes.subarray(offset, offset + length)
      : undefined;
  }

  loadByte(offset: number): number {
    return this.contains(offset, 1) ? this.#view.getUint8(offset) : 0;
  }

  loadWord(offset: number): bigint {
    return this.contains(offset, 8) ? this.#view.getBigUint64(offset, true) : 0n;
  }

  storeByte(offset: number, value: number): void {
    if (this.contains(offset, 1)) this.#view.setUint8(offset, value);
  }

  storeWord(offset: number, value: bigint): void {
    if (this.contains(offset, 8)) this.#view.setBigUint64(offset, value, true);
  }

  /** Forgets every block and what was in it. */
  clear(): void {
    this.#blocks.clear();
    this.#free.clear();
    if (this.#bytes.length > KEPT_BYTES) this.#replace(new Uint8Array(FIRST_BYTES));
    else this.#bytes.fill(0, FIRST_OFFSET, this.#reached);
    this.#top = FIRST_OFFSET;
    this.#reached = FIRST_OFFSET;
  }

  #begin(offset: number, length: number, room: number): number {
    this.#bytes.fill(0, offset, offset + room);
    this.#blocks.set(offset, { length, room });
    return offset;
  }

  /** When there is no other way: there are never more than some hundred sizes to look at. */
  #takeLarger(length: number): number {
    const rooms = [...this.#free].filter(([room, offsets]) => room >= length && offsets.length > 0);
    const room = Math.min(...rooms.map(([each]) => each));
    const offset = this.#free.get(room)?.pop();
    return offset === undefined ? NO_ROOM : this.#begin(offset, length, room);
  }

  #extend(room: number): number {
    const offset = this.#top;
    const end = offset + room;
    if (end > this.#capacity) return NO_ROOM;
    if (end > this.#bytes.length && !this.#grow(end)) return NO_ROOM;
    this.#top = end;
    this.#reached = Math.max(this.#reached, end);
    return offset;
  }

  #grow(least: number): boolean {
    const length = Math.min(this.#capacity, Math.max(least, this.#bytes.length * 2));
    try {
      const larger = new Uint8Array(length);
      larger.set(this.#bytes.subarray(0, this.#reached));
      this.#replace(larger);
      return true;
    } catch (error) {
      // The machine itself has no more memory to give.
      if (error instanceof RangeError) return false;
      throw error;
    }
  }

  #replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** Up to an eighth more than asked for, so that blocks of about one size can take each other's place. */
function roomFor(length: number): number {
  const step = Math.max(8, 2 ** (Math.floor(Math.log2(length)) - 3));
  return Math.ceil(length / step) * step;
}

import { GuestTrap } from '../../../guest-failure.ts';
import { HostResource, HostResultError } from '../host-imports.ts';

/**
 * Most bytes that one read answers or one write takes.
 *
 * @internal
 */
export const STREAM_PIECE_BYTES = 65_536;

/** Why a stream answers no more. */
interface Closed {
  readonly tag: 'closed';
}

/**
 * Bytes that are read once, by however many streams.
 *
 * @internal
 */
export class ByteSource {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get bytesLeft(): number {
    return this.#bytes.length - this.#position;
  }

  take(count: number): Uint8Array {
    const from = this.#position;
    this.skip(count);
    return this.#bytes.slice(from, this.#position);
  }

  skip(count: number): void {
    this.#position += count;
  }
}

/**
 * `input-stream`. Nothing ever blocks: all bytes are there, and after the last the stream is closed.
 *
 * @internal
 */
export class InputStream extends HostResource {
  readonly #source: ByteSource;
  readonly #pieceBytes: number;

  /**
   * @param pieceBytes - most bytes that one read answers.
   */
  constructor(source: ByteSource, pieceBytes: number) {
    super();
    this.#source = source;
    this.#pieceBytes = pieceBytes;
  }

  /**
   * @throws `HostResultError` at the end.
   */
  read(length: bigint): Uint8Array {
    return this.#source.take(this.#available(length, this.#pieceBytes));
  }

  /**
   * @throws `HostResultError` at the end.
   */
  skip(length: bigint): bigint {
    const count = this.#available(length, Number.MAX_SAFE_INTEGER);
    this.#source.skip(count);
    return BigInt(count);
  }

  #available(length: bigint, limit: number): number {
    const { bytesLeft } = this.#source;
    if (bytesLeft === 0) throw new HostResultError({ tag: 'closed' } satisfies Closed);
    return Math.min(bytesLeft, limit, Number(length));
  }
}

/**
 * `output-stream` into something that takes bytes at once and never fails.
 *
 * @internal
 */
export class OutputStream extends HostResource {
  readonly #take: (bytes: Uint8Array) => void;

  constructor(take: (bytes: Uint8Array) => void) {
    super();
    this.#take = take;
  }

  /**
   * @throws `GuestTrap` for more bytes than `check-write` allows, as the interface demands.
   */
  write(bytes: Uint8Array): void {
    checkPermitted(bytes.length);
    this.#take(bytes);
  }

  /**
   * @throws `GuestTrap` as `write` does, before anything is allocated.
   */
  writeZeroes(length: bigint): void {
    checkPermitted(length);
    this.#take(new Uint8Array(Number(length)));
  }
}

function checkPermitted(length: number | bigint): void {
  if (length > STREAM_PIECE_BYTES) {
    throw new GuestTrap(`a write of more than the ${STREAM_PIECE_BYTES} permitted bytes`);
  }
}

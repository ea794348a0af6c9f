import { GuestTrap } from '../../../guest-failure.ts';
import { HostResource, HostResultError } from '../host-imports.ts';
import type { IoError } from './io-error.ts';
import type { Condition } from './pollable.ts';

/**
 * Most bytes that one read answers or one write takes.
 *
 * @internal
 */
export const STREAM_PIECE_BYTES = 65_536;

/** `variant stream-error`. */
type StreamError =
  | { readonly tag: 'last-operation-failed'; readonly val: IoError }
  | { readonly tag: 'closed' };

/**
 * Why a stream answers no more, or, with an error, why this operation failed.
 *
 * @internal
 */
export function streamError(error?: IoError): HostResultError {
  const payload: StreamError =
    error === undefined ? { tag: 'closed' } : { tag: 'last-operation-failed', val: error };
  return new HostResultError(payload);
}

/**
 * Where the bytes of an input stream come from.
 *
 * @internal
 */
export interface InputSource {
  /** What a guest waits for before it reads; undefined if all bytes are there. */
  readonly condition?: Condition;
  /**
   * Bytes from the source. None are an answer only where there are none yet.
   *
   * @param limit - most bytes that may be answered.
   * @param isBlocking - waits for the first byte.
   * @throws `HostResultError` with a stream error at the end and after it.
   */
  read(limit: number, isBlocking: boolean): Uint8Array;
  /** As `read`, but answers only how many bytes were passed over. */
  skip(limit: number, isBlocking: boolean): number;
  /** The guest has dropped the stream. */
  close?(): void;
}

/**
 * Where the bytes of an output stream go.
 *
 * @internal
 */
export interface OutputSink {
  /** What a guest waits for while there is no room; undefined if there always is. */
  readonly condition?: Condition;
  /**
   * Bytes that may be written now.
   *
   * @throws `HostResultError` with a stream error once nothing is taken any more.
   */
  room(): number;
  /**
   * Takes the bytes, all or none.
   *
   * @throws `HostResultError` with a stream error.
   */
  write(bytes: Uint8Array): void;
  /** The guest has dropped the stream. */
  close?(): void;
}

/**
 * Bytes that are read once, by however many streams. After the last the source is closed.
 *
 * @internal
 */
export class ByteSource implements InputSource {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(limit: number): Uint8Array {
    const from = this.#position;
    this.skip(limit);
    return this.#bytes.slice(from, this.#position);
  }

  skip(limit: number): number {
    const bytesLeft = this.#bytes.length - this.#position;
    if (bytesLeft === 0) throw streamError();
    const count = Math.min(bytesLeft, limit);
    this.#position += count;
    return count;
  }
}

/**
 * Takes bytes at once and never fails.
 *
 * @internal
 */
export class ByteSink implements OutputSink {
  readonly #take: (bytes: Uint8Array) => void;

  constructor(take: (bytes: Uint8Array) => void) {
    this.#take = take;
  }

  room(): number {
    return STREAM_PIECE_BYTES;
  }

  write(bytes: Uint8Array): void {
    this.#take(bytes);
  }
}

/**
 * `input-stream`.
 *
 * @internal
 */
export class InputStream extends HostResource implements Disposable {
  readonly #source: InputSource;
  readonly #pieceBytes: number;

  /**
   * @param pieceBytes - most bytes that one read answers.
   */
  constructor(source: InputSource, pieceBytes: number) {
    super();
    this.#source = source;
    this.#pieceBytes = pieceBytes;
  }

  get condition(): Condition | undefined {
    return this.#source.condition;
  }

  /**
   * @throws `HostResultError` at the end or when the source fails.
   */
  read(length: bigint, isBlocking: boolean): Uint8Array {
    return this.#source.read(Math.min(this.#pieceBytes, Number(length)), isBlocking);
  }

  /**
   * @throws `HostResultError` as `read` does.
   */
  skip(length: bigint, isBlocking: boolean): bigint {
    const limit = Math.min(Number.MAX_SAFE_INTEGER, Number(length));
    return BigInt(this.#source.skip(limit, isBlocking));
  }

  [Symbol.dispose](): void {
    this.#source.close?.();
  }
}

/**
 * `output-stream`.
 *
 * @internal
 */
export class OutputStream extends HostResource implements Disposable {
  readonly #sink: OutputSink;

  constructor(sink: OutputSink) {
    super();
    this.#sink = sink;
  }

  get condition(): Condition | undefined {
    return this.#sink.condition;
  }

  /**
   * Bytes that the next write may have.
   *
   * @throws `HostResultError` once the stream is closed or has failed.
   */
  room(): number {
    return Math.min(STREAM_PIECE_BYTES, this.#sink.room());
  }

  /**
   * @param isBlocking - then there may be less room than bytes, up to a piece.
   * @throws `GuestTrap` for more bytes than `check-write` allows, as the interface demands.
   * @throws `HostResultError` once the stream is closed or has failed.
   */
  write(bytes: Uint8Array, isBlocking: boolean): void {
    this.#checkPermitted(bytes.length, isBlocking);
    this.#sink.write(bytes);
  }

  /**
   * @throws as `write` does, before anything is allocated.
   */
  writeZeroes(length: bigint, isBlocking: boolean): void {
    this.#checkPermitted(length, isBlocking);
    this.#sink.write(new Uint8Array(Number(length)));
  }

  #checkPermitted(length: number | bigint, isBlocking: boolean): void {
    const permitted = isBlocking ? STREAM_PIECE_BYTES : this.room();
    if (length > permitted) {
      throw new GuestTrap(`a write of more than the ${permitted} permitted bytes`);
    }
  }

  [Symbol.dispose](): void {
    this.#sink.close?.();
  }
}

import { GrowingBytes } from './growing-bytes.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { BodyContent } from './http-body-content.ts';
import {
  type ErrorCode,
  errorCode,
  HttpFailure,
  HttpStreamError,
  responseSizeError,
} from './http-error-code.ts';
import type { HeaderEntry } from './http-header-list.ts';
import { STREAM_PIECE_BYTES, streamError } from './streams.ts';

/**
 * The content of a response that a guest answers with. It is collected, since the caller is given it as
 * a whole; so there is always room, until it is more than a caller is ever given.
 *
 * @internal
 */
export class ResponseContent implements BodyContent {
  readonly condition = undefined;
  readonly #held: HeldBytes;
  readonly #limitBytes: number;
  readonly #announcedBytes: number | undefined;
  readonly #collected = new GrowingBytes();
  #failure: ErrorCode | undefined;
  #trailers: readonly HeaderEntry[] | undefined;
  #isTooLarge = false;
  #hasToldFailure = false;

  /**
   * @param held - what all responses of an instance hold together.
   * @param limitBytes - most bytes of this one.
   * @param announcedBytes - what the header `content-length` says.
   */
  constructor(held: HeldBytes, limitBytes: number, announcedBytes: number | undefined) {
    this.#held = held;
    this.#limitBytes = limitBytes;
    this.#announcedBytes = announcedBytes;
  }

  /** Why it cannot be given to anybody. */
  get failure(): ErrorCode | undefined {
    return this.#failure;
  }

  /** Whether there was more of it than a caller is given. */
  get isTooLarge(): boolean {
    return this.#isTooLarge;
  }

  /** Absent as long as the guest has not said that there will be no more. */
  get trailers(): readonly HeaderEntry[] | undefined {
    return this.#trailers;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#collected.bytes.slice();
  }

  room(): number {
    this.#assertOpen();
    return STREAM_PIECE_BYTES;
  }

  write(bytes: Uint8Array): void {
    this.#assertOpen();
    const total = this.#collected.length + bytes.length;
    const isTooLong = this.#announcedBytes !== undefined && total > this.#announcedBytes;
    this.#isTooLarge = total > this.#limitBytes || !this.#held.tryHold(bytes.length);
    if (isTooLong || this.#isTooLarge) {
      this.giveUp(responseSizeError(total));
      this.#assertOpen();
    }
    this.#collected.append(bytes);
  }

  complete(trailers: readonly HeaderEntry[]): void {
    if (this.#failure !== undefined) throw new HttpFailure(this.#failure);
    const { length } = this.#collected;
    // None at all may be right: whoever answers it knows whether the request was one for the head only.
    if (this.#announcedBytes !== undefined && length > 0 && length !== this.#announcedBytes) {
      const code = responseSizeError(length);
      this.giveUp(code);
      throw new HttpFailure(code);
    }
    this.#trailers = trailers;
  }

  giveUp(code: ErrorCode): void {
    this.#failure ??= code;
    this.#held.release(this.#collected.length);
    this.#collected.clear();
  }

  abandon(): void {
    this.giveUp(errorCode('HTTP-response-incomplete'));
  }

  forget(): void {
    this.giveUp(errorCode('connection-terminated'));
  }

  #assertOpen(): void {
    const failure = this.#failure;
    if (failure !== undefined && !this.#hasToldFailure) {
      this.#hasToldFailure = true;
      throw streamError(new HttpStreamError(failure));
    }
    if (failure !== undefined || this.#trailers !== undefined) throw streamError();
  }
}

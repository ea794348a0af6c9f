import { GrowingBytes } from './growing-bytes.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { BodyContent } from './http-body-content.ts';
import {
  bodySizeError,
  type ErrorCode,
  errorCode,
  HttpFailure,
  HttpStreamError,
  internalError,
} from './http-error-code.ts';
import type { HeaderEntry } from './http-header-list.ts';
import type { Transfer } from './http-transfer.ts';
import type { Condition } from './pollable.ts';
import { STREAM_PIECE_BYTES, streamError } from './streams.ts';

/** What has become of a body. */
type Destination =
  | { readonly kind: 'held' }
  | { readonly kind: 'sent'; readonly transfer: Transfer }
  | { readonly kind: 'given-up'; readonly code: ErrorCode };

/**
 * The content of a body that a guest writes: held until the request is sent, and then sent as it comes.
 *
 * @internal
 */
export class OutgoingContent implements BodyContent {
  readonly condition: Condition;
  readonly #held: HeldBytes;
  readonly #pieceBytes: number;
  readonly #announcedBytes: number | undefined;
  #destination: Destination = { kind: 'held' };
  readonly #buffer = new GrowingBytes();
  #writtenBytes = 0;
  #isComplete = false;
  #hasToldFailure = false;

  /**
   * @param held - what all bodies together hold until they are sent.
   * @param pieceBytes - most bytes of one call of the provider.
   * @param announcedBytes - what the header `content-length` says.
   */
  constructor(held: HeldBytes, pieceBytes: number, announcedBytes: number | undefined) {
    this.#held = held;
    this.#pieceBytes = pieceBytes;
    this.#announcedBytes = announcedBytes;
    this.condition = {
      // Before the request is sent, nobody but the guest makes room; then every write waits for it.
      group: undefined,
      isKnown: () => this.#destination.kind !== 'held' || this.#held.bytesLeft > 0,
      ask: () => [],
    };
  }

  /** Whether the whole body is there already and has no bytes. */
  get isEmpty(): boolean {
    return this.#isComplete && this.#writtenBytes === 0;
  }

  /** Why it cannot be sent as it was meant. */
  get failure(): ErrorCode | undefined {
    const destination = this.#destination;
    if (destination.kind === 'given-up') return destination.code;
    return destination.kind === 'sent' ? destination.transfer.sendFailure : undefined;
  }

  #assertOpen(): void {
    const { failure } = this;
    if (failure !== undefined && !this.#hasToldFailure) {
      this.#hasToldFailure = true;
      throw streamError(new HttpStreamError(failure));
    }
    const destination = this.#destination;
    const isCancelled = destination.kind === 'sent' && destination.transfer.isOver;
    if (failure !== undefined || isCancelled || this.#isComplete) throw streamError();
  }

  room(): number {
    this.#assertOpen();
    return this.#destination.kind === 'held' ? this.#held.bytesLeft : STREAM_PIECE_BYTES;
  }

  write(bytes: Uint8Array): void {
    this.#assertOpen();
    const total = this.#writtenBytes + bytes.length;
    const isHeld = this.#destination.kind === 'held';
    const isTooLong = this.#announcedBytes !== undefined && total > this.#announcedBytes;
    if (isTooLong || (isHeld && !this.#held.tryHold(bytes.length))) {
      this.giveUp(bodySizeError(total));
      this.#assertOpen();
    }
    this.#writtenBytes = total;
    if (this.#destination.kind !== 'sent') {
      this.#buffer.append(bytes);
      return;
    }
    try {
      this.#send(this.#destination.transfer, bytes);
    } catch (thrown) {
      if (!(thrown instanceof HttpFailure)) throw thrown;
      this.#assertOpen();
    }
  }

  #send(transfer: Transfer, bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += this.#pieceBytes) {
      transfer.write(bytes.subarray(from, from + this.#pieceBytes));
    }
  }

  /**
   * Sends what was held, and from now on what is written. A failure stays with the transfer.
   */
  sendTo(transfer: Transfer): void {
    const content = this.#buffer.bytes;
    this.#release();
    this.#destination = { kind: 'sent', transfer };
    try {
      this.#send(transfer, content);
      if (this.#isComplete && !this.isEmpty) transfer.finish();
    } catch (thrown) {
      if (!(thrown instanceof HttpFailure)) throw thrown;
    }
  }

  /**
   * The provider has no operation for trailers. To lose some silently would be worse than to fail.
   *
   * @throws `HttpFailure` if it is not as long as announced, or was not taken.
   */
  complete(trailers: readonly HeaderEntry[]): void {
    if (trailers.length > 0) this.giveUp(internalError('trailers cannot be sent'));
    const { failure } = this;
    if (failure !== undefined) throw new HttpFailure(failure);
    if (this.#announcedBytes !== undefined && this.#announcedBytes !== this.#writtenBytes) {
      const code = bodySizeError(this.#writtenBytes);
      this.giveUp(code);
      throw new HttpFailure(code);
    }
    this.#isComplete = true;
    if (this.#destination.kind === 'sent') this.#destination.transfer.finish();
  }

  giveUp(code: ErrorCode): void {
    if (this.#destination.kind === 'sent') this.#destination.transfer.fail(code);
    else this.#destination = { kind: 'given-up', code };
    this.#release();
  }

  abandon(): void {
    this.giveUp(internalError('the body was dropped before it was finished'));
  }

  /** Nobody will ever send it; a complete one is not missed. */
  forget(): void {
    if (this.#destination.kind === 'held') this.giveUp(errorCode('connection-terminated'));
  }

  #release(): void {
    this.#held.release(this.#buffer.length);
    this.#buffer.clear();
  }
}

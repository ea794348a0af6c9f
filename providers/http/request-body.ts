import { Readable } from 'node:stream';
import type { Bell } from './bell.ts';
import { PIECE_BYTES } from './http-limits.ts';

/**
 * The body of a request that comes piece by piece. It holds what the connection does not take yet:
 * 64 KiB and one piece at most, if its writer waits for room.
 *
 * @internal
 */
export class RequestBody {
  readonly stream: Readable;
  #hasRoom = true;
  #isFinished = false;

  /** @param bell - rung when there is room again. */
  constructor(bell: Bell) {
    this.stream = new Readable({
      highWaterMark: PIECE_BYTES,
      read: () => {
        this.#hasRoom = true;
        bell.ring();
      },
    });
    // A connection that is lost destroys the stream; the exchange tells why.
    this.stream.on('error', () => undefined);
  }

  /** Whether another piece is welcome. What nobody will read is taken, too, and forgotten. */
  get hasRoom(): boolean {
    return this.#hasRoom || this.stream.destroyed;
  }

  /** Whether all of it was written. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  write(bytes: Uint8Array): void {
    if (this.stream.destroyed || this.#isFinished || bytes.byteLength === 0) return;
    // Copied: the caller's memory is its own again when the call is over.
    this.#hasRoom = this.stream.push(Buffer.from(bytes));
  }

  finish(): void {
    if (this.#isFinished || this.stream.destroyed) return;
    this.#isFinished = true;
    this.stream.push(null);
  }

  /** Nobody will read it any more. */
  discard(): void {
    this.stream.destroy();
  }
}

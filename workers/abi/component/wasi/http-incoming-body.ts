import { GuestTrap } from '../../../guest-failure.ts';
import { HostResource, HostResultError } from '../host-imports.ts';
import { type ErrorCode, HttpFailure, HttpStreamError } from './http-error-code.ts';
import type { Transfer } from './http-transfer.ts';
import { type InputSource, InputStream, streamError } from './streams.ts';

/** The content of a response, as a stream sees it: a failure is told once, then it is closed. */
class BodySource implements InputSource {
  readonly condition;
  readonly close: () => void;
  readonly #transfer: Transfer;
  readonly #pieceBytes: number;
  #hasToldFailure = false;

  constructor(transfer: Transfer, pieceBytes: number, close: () => void) {
    this.#transfer = transfer;
    this.#pieceBytes = pieceBytes;
    this.condition = transfer.hasBody;
    this.close = close;
  }

  read(limit: number, isBlocking: boolean): Uint8Array {
    const transfer = this.#transfer;
    if (transfer.isReceived || this.#hasToldFailure) throw streamError();
    // Nothing is wanted: whether there would be something is not asked.
    if (limit === 0) return new Uint8Array();
    try {
      const bytes = transfer.read(limit, isBlocking);
      if (bytes.length === 0 && transfer.isReceived) throw streamError();
      return bytes;
    } catch (thrown) {
      if (!(thrown instanceof HttpFailure)) throw thrown;
      this.#hasToldFailure = true;
      throw streamError(new HttpStreamError(thrown.code));
    }
  }

  skip(limit: number, isBlocking: boolean): number {
    return this.read(Math.min(limit, this.#pieceBytes), isBlocking).length;
  }
}

/**
 * `incoming-body`: the body of a response, read once.
 *
 * @internal
 */
export class IncomingBody extends HostResource implements Disposable {
  readonly #transfer: Transfer;
  readonly #pieceBytes: number;
  #stream: 'none' | 'open' | 'dropped' = 'none';
  #isFinished = false;

  constructor(transfer: Transfer, pieceBytes: number) {
    super();
    this.#transfer = transfer;
    this.#pieceBytes = pieceBytes;
  }

  /**
   * @throws `HostResultError` the second time.
   */
  stream(): InputStream {
    if (this.#stream !== 'none' || this.#isFinished) throw new HostResultError(undefined);
    this.#stream = 'open';
    const source = new BodySource(this.#transfer, this.#pieceBytes, () => {
      this.#stream = 'dropped';
    });
    return new InputStream(source, this.#pieceBytes);
  }

  /**
   * What was not read is not waited for, since no trailers will follow it.
   *
   * @throws `GuestTrap` while the stream is there, as the interface demands.
   */
  finish(): FutureTrailers {
    if (this.#stream === 'open')
      throw new GuestTrap('a body ends before its input-stream is dropped');
    if (this.#isFinished) throw new GuestTrap('a body that was finished is used again');
    const { failure } = this.#transfer;
    this[Symbol.dispose]();
    return new FutureTrailers(failure);
  }

  /** A stream that is still there is closed. */
  [Symbol.dispose](): void {
    this.#isFinished = true;
    this.#transfer.endReceiving();
  }
}

/**
 * `future-trailers`: there never are any; only whether the body arrived is known, and at once.
 *
 * @internal
 */
export class FutureTrailers extends HostResource {
  readonly #failure: ErrorCode | undefined;
  #isTaken = false;

  constructor(failure: ErrorCode | undefined) {
    super();
    this.#failure = failure;
  }

  /** An `option<result<result<option<trailers>, error-code>>>`. */
  get(): unknown {
    if (this.#isTaken) return { tag: 'err', val: undefined };
    this.#isTaken = true;
    const failure = this.#failure;
    const outcome =
      failure === undefined ? { tag: 'ok', val: undefined } : { tag: 'err', val: failure };
    return { tag: 'ok', val: outcome };
  }
}

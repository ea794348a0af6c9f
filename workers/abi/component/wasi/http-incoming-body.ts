import { GuestTrap } from '../../../guest-failure.ts';
import { HostResource, HostResultError } from '../host-imports.ts';
import { type ErrorCode, HttpFailure, HttpStreamError } from './http-error-code.ts';
import type { Condition } from './pollable.ts';
import { type InputSource, InputStream, streamError } from './streams.ts';

/**
 * Where the content of a body comes from that a guest reads.
 *
 * @internal
 */
export interface IncomingContent {
  /** What is waited for before it is read; undefined if all of it is there. */
  readonly hasBody: Condition | undefined;
  /** Why no more of it will come. */
  readonly failure: ErrorCode | undefined;
  /** Whether it has ended, or will not be read any more. */
  readonly isReceived: boolean;
  /**
   * More of it; empty if there is none yet, or none any more.
   *
   * @throws `HttpFailure`
   */
  read(maxBytes: number, isBlocking: boolean): Uint8Array;
  /** The guest has read it, or wants no more of it. */
  endReceiving(): void;
}

/** The content of a body, as a stream sees it: a failure is told once, then it is closed. */
class BodySource implements InputSource {
  readonly condition?: Condition;
  readonly close: () => void;
  readonly #content: IncomingContent;
  readonly #pieceBytes: number;
  #hasToldFailure = false;

  constructor(content: IncomingContent, pieceBytes: number, close: () => void) {
    this.#content = content;
    this.#pieceBytes = pieceBytes;
    if (content.hasBody !== undefined) this.condition = content.hasBody;
    this.close = close;
  }

  read(limit: number, isBlocking: boolean): Uint8Array {
    const content = this.#content;
    if (content.isReceived || this.#hasToldFailure) throw streamError();
    // Nothing is wanted: whether there would be something is not asked.
    if (limit === 0) return new Uint8Array();
    try {
      const bytes = content.read(limit, isBlocking);
      if (bytes.length === 0 && content.isReceived) throw streamError();
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
 * `incoming-body`: the body of a response or of a request, read once.
 *
 * @internal
 */
export class IncomingBody extends HostResource implements Disposable {
  readonly #content: IncomingContent;
  readonly #pieceBytes: number;
  #stream: 'none' | 'open' | 'dropped' = 'none';
  #isFinished = false;

  constructor(content: IncomingContent, pieceBytes: number) {
    super();
    this.#content = content;
    this.#pieceBytes = pieceBytes;
  }

  /**
   * @throws `HostResultError` the second time.
   */
  stream(): InputStream {
    if (this.#stream !== 'none' || this.#isFinished) throw new HostResultError(undefined);
    this.#stream = 'open';
    const source = new BodySource(this.#content, this.#pieceBytes, () => {
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
    const { failure } = this.#content;
    this[Symbol.dispose]();
    return new FutureTrailers(failure);
  }

  /** A stream that is still there is closed. */
  [Symbol.dispose](): void {
    this.#isFinished = true;
    this.#content.endReceiving();
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

import type { Clock } from '../../lib/core/clock.ts';
import type { Bell } from './bell.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Lease } from './connection-pool.ts';
import { Deadlines } from './deadlines.ts';
import { isHopHeader } from './hop-headers.ts';
import { HttpFailure } from './http-failure.ts';
import { MAX_HEADERS, PIECE_BYTES } from './http-limits.ts';
import type { RequestBody } from './request-body.ts';
import type { Flow, WireListener, WireRequest } from './undici-connection.ts';
import { wireFailure } from './wire-failure.ts';

/**
 * The head of a response.
 *
 * @internal
 */
export interface ResponseHead {
  readonly status: number;
  /** Names in lower case, in the server's order, without those that are about the connection. */
  readonly headers: readonly (readonly [string, Uint8Array])[];
}

/**
 * What an exchange depends on.
 *
 * @internal
 */
export interface ExchangeParts {
  readonly clock: Clock;
  /** Rung whenever there is news. */
  readonly bell: Bell;
  readonly lease: Lease;
  /** The body, where it comes piece by piece. */
  readonly body: RequestBody | undefined;
  readonly maxResponseBytes: number;
  readonly firstByteTimeoutMs: number;
  readonly betweenBytesTimeoutMs: number;
  /** Counts bytes of the response's body. */
  readonly countIn: (bytes: number) => void;
  /** Called once, when it is complete or has failed. */
  readonly onDone: () => void;
}

/**
 * One request and its response on one connection. It holds no more of the response than 64 KiB and
 * what the socket has read already; the server has to wait then.
 *
 * @internal
 */
export class Exchange implements WireListener {
  /** Resolves with the head, rejects with an `HttpFailure` if there never is one. */
  readonly head: Promise<ResponseHead>;
  readonly #parts: ExchangeParts;
  readonly #deadlines: Deadlines<'first-byte' | 'between-bytes'>;
  readonly #queue = new ByteQueue();
  readonly #settleHead: PromiseWithResolvers<ResponseHead> = Promise.withResolvers();
  #flow: Flow | undefined;
  #isPaused = false;
  #isEnded = false;
  #hasHead = false;
  #received = 0;
  #failure: HttpFailure | undefined;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.head = this.#settleHead.promise;
    // Whoever waits for the head hears of the failure; nobody has to.
    this.head.catch(() => undefined);
    this.#deadlines = new Deadlines(parts.clock, (name) =>
      this.fail(
        name === 'first-byte'
          ? new HttpFailure('HTTP-response-timeout', 'no answer in time')
          : new HttpFailure('connection-read-timeout', 'the response stands still'),
      ),
    );
  }

  get failure(): HttpFailure | undefined {
    return this.#failure;
  }

  /** Bytes of the body that can be taken now. */
  get available(): number {
    return this.#queue.size;
  }

  /** Whether the body is complete, taken or not. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  send(request: WireRequest): void {
    this.#parts.lease.connection.send(request, this);
  }

  /** The whole request is written: from now on it is the server's turn. */
  requestFinished(): void {
    if (this.#hasHead || this.#isDone) return;
    this.#deadlines.set('first-byte', this.#parts.firstByteTimeoutMs);
  }

  /** The request's body goes on, so a server that says nothing does not stand still. */
  progressed(): void {
    if (this.#hasHead && !this.#isPaused && !this.#isDone) this.#expectMore();
  }

  take(most: number): Uint8Array {
    const taken = this.#queue.take(most);
    if (this.#isPaused && this.#queue.size <= PIECE_BYTES / 2) this.#resume();
    return taken;
  }

  /** Ends it, whatever it is at; the connection is closed. Idempotent. */
  fail(failure: HttpFailure): void {
    if (this.#isDone) return;
    this.#failure = failure;
    this.#queue.clear();
    this.#finish(false);
    this.#settleHead.reject(failure);
  }

  onSent(): void {
    if (this.#parts.body?.isFinished !== false) this.requestFinished();
  }

  onHead(status: number, headers: ResponseHead['headers'], flow: Flow): void {
    if (this.#isDone) return;
    if (headers.length > MAX_HEADERS) {
      const message = `more than ${MAX_HEADERS} headers`;
      return this.fail(new HttpFailure('HTTP-response-header-section-size', message));
    }
    this.#flow = flow;
    this.#hasHead = true;
    this.#deadlines.clear('first-byte');
    this.#expectMore();
    const kept = headers.filter(([name]) => !isHopHeader(name));
    this.#settleHead.resolve({ status, headers: kept });
    this.#parts.bell.ring();
  }

  onData(bytes: Uint8Array): void {
    if (this.#isDone) return;
    this.#received += bytes.byteLength;
    this.#parts.countIn(bytes.byteLength);
    if (this.#received > this.#parts.maxResponseBytes) {
      const message = `more than ${this.#parts.maxResponseBytes} bytes`;
      return this.fail(new HttpFailure('HTTP-response-body-size', message));
    }
    this.#queue.push(bytes);
    if (this.#queue.size >= PIECE_BYTES) {
      this.#isPaused = true;
      this.#flow?.pause();
      // It is the guest that everything waits for now.
      this.#deadlines.clear('between-bytes');
    } else {
      this.#expectMore();
    }
    this.#parts.bell.ring();
  }

  onEnd(): void {
    if (this.#isDone) return;
    this.#isEnded = true;
    this.#finish(this.#parts.body?.isFinished !== false);
  }

  onFailure(error: unknown): void {
    const failure = wireFailure(error);
    const isCutOff = this.#hasHead && failure.tag === 'connection-terminated';
    this.fail(
      isCutOff
        ? new HttpFailure('HTTP-response-incomplete', failure.message, { cause: error })
        : failure,
    );
  }

  get #isDone(): boolean {
    return this.#isEnded || this.#failure !== undefined;
  }

  #resume(): void {
    this.#isPaused = false;
    if (this.#isDone) return;
    this.#expectMore();
    this.#flow?.resume();
  }

  #expectMore(): void {
    this.#deadlines.set('between-bytes', this.#parts.betweenBytesTimeoutMs);
  }

  #finish(isReusable: boolean): void {
    this.#deadlines.clearAll();
    this.#parts.body?.discard();
    this.#parts.lease.end(isReusable);
    this.#parts.onDone();
    this.#parts.bell.ring();
  }
}

import { WasmatrixError } from '../../lib/core/errors.ts';
import type { CallContext } from '../../lib/core/provider.ts';
import { Bell } from './bell.ts';
import { Deadlines } from './deadlines.ts';
import { Exchange, type ResponseHead } from './exchange.ts';
import { HttpFailure } from './http-failure.ts';
import { MAX_REDIRECTS } from './http-limits.ts';
import type { HttpParts } from './http-parts.ts';
import { lookUp } from './look-up.ts';
import type { PreparedRequest } from './prepared-request.ts';
import { type Hop, locationOf, nextHop } from './redirect.ts';
import { RequestBody } from './request-body.ts';
import { isIdempotent } from './request-method.ts';
import { type CheckedTarget, checkTarget, permissionsOf } from './target-check.ts';
import type { TargetUrl } from './target-url.ts';

type Failure = HttpFailure | WasmatrixError;

/**
 * A request of a guest, redirects included, up to the last byte of the response. It fails once, and
 * from then on everybody who asks is told so.
 *
 * @internal
 */
export class Transfer {
  /** Rung whenever something has changed. */
  readonly bell: Bell = new Bell();
  readonly #provider: HttpParts;
  readonly #context: CallContext;
  readonly #request: PreparedRequest;
  readonly #deadlines: Deadlines<'total' | 'write'>;
  readonly #body: RequestBody | undefined;
  #exchange: Exchange | undefined;
  #head: ResponseHead | undefined;
  #failure: Failure | undefined;
  #written = 0;

  constructor(provider: HttpParts, context: CallContext, request: PreparedRequest) {
    this.#provider = provider;
    this.#context = context;
    this.#request = request;
    this.#body = request.hop.body === 'stream' ? new RequestBody(this.bell) : undefined;
    this.#deadlines = new Deadlines(provider.clock, (name) =>
      this.#fail(
        name === 'total'
          ? new HttpFailure('HTTP-response-timeout', 'the request took too long')
          : new HttpFailure('connection-write-timeout', 'the request body stands still'),
      ),
    );
    this.#deadlines.set('total', request.times.totalTimeoutMs);
  }

  /** What it failed of. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** The head of the response that is not followed any further, once it is there. */
  get head(): ResponseHead | undefined {
    return this.#head;
  }

  get hasHead(): boolean {
    return this.#head !== undefined || this.#failure !== undefined;
  }

  /** Whether `take` has something to tell: bytes, the end or a failure. */
  get hasBody(): boolean {
    if (this.#failure !== undefined) return true;
    if (this.#head === undefined || this.#exchange === undefined) return false;
    return this.#exchange.available > 0 || this.#exchange.isEnded;
  }

  /** Whether the request's body may go on. */
  get hasRoom(): boolean {
    return this.#failure !== undefined || this.#body?.hasRoom !== false;
  }

  /** Whether a body may be written: there is one, and it is not finished. */
  get isWritable(): boolean {
    return this.#body?.isFinished === false;
  }

  /**
   * Checks where the request goes, and sends it; what becomes of it is heard by the bell.
   *
   * @throws `PERMISSION_DENIED` or `HttpFailure`, and then nothing was sent.
   */
  async begin(): Promise<void> {
    try {
      const target = await this.#check(this.#request.hop.target);
      if (this.#failure !== undefined) throw this.#failure;
      void this.#run(target);
    } catch (error) {
      this.#fail(asFailure(error));
      // Where it was given up before, that is the reason.
      throw this.#failure ?? error;
    }
  }

  /** @throws the failure */
  write(bytes: Uint8Array): void {
    this.#written += bytes.byteLength;
    const { maxRequestBytes } = this.#provider.limits;
    if (this.#written > maxRequestBytes) {
      this.#fail(new HttpFailure('HTTP-request-body-size', `more than ${maxRequestBytes} bytes`));
    }
    if (this.#failure !== undefined) throw this.#failure;
    this.#body?.write(bytes);
    this.#provider.counts.bytesOut += bytes.byteLength;
    this.#exchange?.progressed();
    if (!this.hasRoom) this.#watchWriting();
  }

  /**
   * The request's body is complete.
   *
   * @throws the failure
   */
  finish(): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#body?.finish();
    this.#exchange?.requestFinished();
  }

  /**
   * Takes bytes of the response's body.
   *
   * @throws the failure
   */
  take(most: number): { readonly bytes: Uint8Array; readonly isEnd: boolean } {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.hasBody || this.#exchange === undefined) {
      return { bytes: new Uint8Array(0), isEnd: false };
    }
    const bytes = this.#exchange.take(most);
    return { bytes, isEnd: this.#exchange.isEnded && this.#exchange.available === 0 };
  }

  /** Gives up what is under way, because nobody wants it any more. Idempotent. */
  giveUp(reason: Failure): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    this.#deadlines.clearAll();
    this.#body?.discard();
    this.#exchange?.fail(new HttpFailure('connection-terminated', 'the request was given up'));
    this.bell.ring();
  }

  #fail(failure: Failure): void {
    if (this.#failure === undefined) this.#provider.counts.failures += 1;
    this.giveUp(failure);
  }

  /** Never rejects. */
  async #run(target: CheckedTarget): Promise<void> {
    try {
      this.#head = await this.#follow(target);
      // The exchange may have come to its end while nobody looked.
      this.#exchangeDone();
    } catch (error) {
      this.#fail(asFailure(error));
    }
    this.bell.ring();
  }

  async #follow(firstTarget: CheckedTarget): Promise<ResponseHead> {
    let { hop } = this.#request;
    let target = firstTarget;
    for (let redirects = 0; ; redirects += 1) {
      const head = await this.#headOf(hop, target);
      const next = this.#request.follows
        ? nextHop(hop, head.status, locationOf(head.headers))
        : undefined;
      if (next === undefined) return head;
      this.#exchange?.fail(new HttpFailure('connection-terminated', 'a redirect is followed'));
      if (redirects === MAX_REDIRECTS) {
        throw new HttpFailure('loop-detected', `more than ${MAX_REDIRECTS} redirects`);
      }
      this.#checkGrant(next);
      target = await this.#check(next.target);
      hop = next;
    }
  }

  #checkGrant(hop: Hop): void {
    for (const needed of permissionsOf(hop.method, hop.target)) {
      if (!this.#context.allows(needed)) {
        const message = 'no grant covers where a redirect leads';
        throw new WasmatrixError('PERMISSION_DENIED', message, { permission: needed.action });
      }
    }
  }

  #check(target: TargetUrl): Promise<CheckedTarget> {
    const { judge } = this.#provider;
    const resolve = (name: string): Promise<readonly string[]> =>
      lookUp(name, {
        provider: this.#provider,
        instanceId: this.#context.instanceId,
        timeoutMs: this.#request.times.connectTimeoutMs,
        bell: this.bell,
        isGivenUp: () => this.#failure !== undefined,
      });
    return checkTarget(target, this.#context, { resolve, judge });
  }

  async #headOf(hop: Hop, target: CheckedTarget): Promise<ResponseHead> {
    const { exchange, isUsed } = await this.#send(hop, target, false);
    try {
      return await exchange.head;
    } catch (error) {
      // The server had left the connection by the time it was used again: that says nothing about it.
      const isStale =
        isUsed && error instanceof HttpFailure && error.tag === 'connection-terminated';
      if (!isStale || hop.body === 'stream' || !isIdempotent(hop.method)) throw error;
    }
    return (await this.#send(hop, target, true)).exchange.head;
  }

  async #send(
    hop: Hop,
    target: CheckedTarget,
    isNew: boolean,
  ): Promise<{ readonly exchange: Exchange; readonly isUsed: boolean }> {
    await this.#provider.pool.ready();
    // It may have been given up meanwhile, or while the target was looked up.
    if (this.#failure !== undefined) throw this.#failure;
    const { pool, clock, limits, counts } = this.#provider;
    const { times } = this.#request;
    const body = hop.body === 'stream' ? this.#body : undefined;
    const lease = pool.lease(this.#context, target, times.connectTimeoutMs, isNew);
    const exchange = new Exchange({
      ...times,
      clock,
      bell: this.bell,
      lease,
      body,
      maxResponseBytes: limits.maxResponseBytes,
      countIn: (bytes) => {
        counts.bytesIn += bytes;
      },
      onDone: () => this.#exchangeDone(),
    });
    this.#exchange = exchange;
    const bytes = hop.body === 'stream' ? undefined : hop.body;
    counts.bytesOut += bytes?.byteLength ?? 0;
    const { method, headers } = hop;
    exchange.send({ method, path: target.path, headers, body: body?.stream ?? bytes ?? null });
    return { exchange, isUsed: lease.isUsed };
  }

  /** Before the head is published, whoever awaits that hears of it. */
  #exchangeDone(): void {
    if (this.#head === undefined || this.#exchange === undefined) return;
    if (this.#exchange.failure !== undefined) this.#fail(this.#exchange.failure);
    else if (this.#exchange.isEnded) this.#deadlines.clearAll();
  }

  /** A body that stands still for too long ends the request. */
  #watchWriting(): void {
    this.#deadlines.set('write', this.#request.times.betweenBytesTimeoutMs);
    const leave = this.bell.listen(() => {
      if (!this.hasRoom) return;
      this.#deadlines.clear('write');
      leave();
    });
  }
}

function asFailure(error: unknown): Failure {
  if (error instanceof HttpFailure || error instanceof WasmatrixError) return error;
  return new HttpFailure('internal-error', 'the request failed', { cause: error });
}

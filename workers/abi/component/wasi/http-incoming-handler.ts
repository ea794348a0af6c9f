import type { GuestHost } from '../../../guest.ts';
import { HeldBytes } from './held-bytes.ts';
import { IncomingRequest } from './http-incoming-request.ts';
import { servedRequest } from './http-request-argument.ts';
import { ResponseOutparam, type ServedResponse } from './http-response-outparam.ts';

/** Headers of the request, and of copies that a guest makes of them, in payloads. */
const MAX_HEAD_PAYLOADS = 4;
/** So that the smallest limit still lets an ordinary request through. */
const LEAST_HELD_BYTES = 65_536;

/**
 * One request for `wasi:http/incoming-handler`, made of what a caller outside gives.
 *
 * @internal
 */
export class HttpExchange {
  /** What the handler takes. */
  readonly args: readonly [IncomingRequest, ResponseOutparam];
  readonly #payloadBytes: number;

  /**
   * @throws `BadArguments` naming the field; `PayloadTooLarge`.
   */
  constructor(argument: unknown, { limits: { payloadBytes } }: GuestHost) {
    const held = new HeldBytes(MAX_HEAD_PAYLOADS * payloadBytes + LEAST_HELD_BYTES, 'headers');
    const request = servedRequest(argument, payloadBytes, held);
    const isForHead = request.method.tag === 'head';
    this.args = [new IncomingRequest(request), new ResponseOutparam(isForHead)];
    this.#payloadBytes = payloadBytes;
  }

  /**
   * What came of it, once the handler has returned.
   *
   * @throws `GuestError` with an error code; `PayloadTooLarge`.
   */
  outcome(): ServedResponse {
    const headBytes = Math.max(this.#payloadBytes, LEAST_HELD_BYTES);
    return this.args[1].outcome(this.#payloadBytes, headBytes);
  }
}

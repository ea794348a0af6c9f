import { HTTP_HEADERS_BYTES } from '../../../../lib/core/http-request-fields.ts';
import type { GuestHost } from '../../../guest.ts';
import { HeldBytes } from './held-bytes.ts';
import { IncomingRequest } from './http-incoming-request.ts';
import { servedRequest } from './http-request-argument.ts';
import { ResponseOutparam, type ServedResponse } from './http-response-outparam.ts';

/** Headers of the request, of the response and of copies, each as large as they may be. */
const MAX_HEADS = 4;

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
    const held = new HeldBytes(MAX_HEADS * (payloadBytes + HTTP_HEADERS_BYTES), 'headers');
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
    const headBytes = Math.max(this.#payloadBytes, HTTP_HEADERS_BYTES);
    return this.args[1].outcome(this.#payloadBytes, headBytes);
  }
}

import type { WireValue } from '../../../../lib/core/provider.ts';
import { GuestTrap } from '../../../guest-failure.ts';
import { HostResultError } from '../host-imports.ts';
import type { HttpCalls } from './http-calls.ts';
import {
  bodySizeError,
  type ErrorCode,
  errorCode,
  HttpFailure,
  headerSectionError,
} from './http-error-code.ts';
import { FutureIncomingResponse } from './http-incoming-response.ts';
import type { MessageMemory } from './http-message.ts';
import type { OutgoingRequest } from './http-outgoing-request.ts';
import type { RequestOptions } from './http-request-options.ts';
import { Transfer } from './http-transfer.ts';

/** What can be said against a request before anybody is asked. */
function problemOf(request: OutgoingRequest, headBytes: number): ErrorCode | undefined {
  const { headers, announcedBytes, content } = request;
  if (headers.bytes > headBytes) return headerSectionError('request', headers.bytes);
  if (Number.isNaN(announcedBytes)) return errorCode('HTTP-protocol-error');
  if (content === undefined && (announcedBytes ?? 0) > 0) return bodySizeError(0);
  return content?.failure;
}

/**
 * Sends requests as `outgoing-handler` has it.
 *
 * @internal
 */
export class OutgoingHandler {
  readonly #calls: HttpCalls;
  readonly #memory: MessageMemory;
  readonly #headBytes: number;

  constructor(calls: HttpCalls, memory: MessageMemory, headBytes: number) {
    this.#calls = calls;
    this.#memory = memory;
    this.#headBytes = headBytes;
  }

  /**
   * Takes the request over and begins it; what was written of its body already is sent, the rest as it
   * is written.
   *
   * @throws `HostResultError` with an error code for what cannot be sent or is not allowed.
   */
  handle(request: OutgoingRequest, options: RequestOptions | undefined): FutureIncomingResponse {
    if (request.isReleased) throw new GuestTrap('a request that was given away is used again');
    const timeouts = options?.give() ?? {};
    try {
      const transfer = this.#begun(request, timeouts);
      request.content?.sendTo(transfer);
      return new FutureIncomingResponse(transfer, this.#memory);
    } catch (thrown) {
      if (!(thrown instanceof HttpFailure)) throw thrown;
      request.content?.giveUp(thrown.code);
      throw new HostResultError(thrown.code);
    } finally {
      request.release();
    }
  }

  #begun(request: OutgoingRequest, timeouts: Readonly<Record<string, WireValue>>): Transfer {
    const { url, content, methodName, headers } = request;
    if (url === undefined) throw new HttpFailure(errorCode('HTTP-request-URI-invalid'));
    const problem = problemOf(request, this.#headBytes);
    if (problem !== undefined) throw new HttpFailure(problem);
    const hasBody = content !== undefined && !content.isEmpty;
    const begun = { method: methodName, url, headers: headers.entries(), hasBody, ...timeouts };
    return new Transfer(this.#calls, this.#calls.begin(begun), hasBody);
  }
}

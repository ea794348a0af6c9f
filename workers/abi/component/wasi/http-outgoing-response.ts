import { HostResultError } from '../host-imports.ts';
import type { Fields } from './http-fields.ts';
import { type MessageMemory, OutgoingMessage } from './http-message.ts';
import { ResponseContent } from './http-response-content.ts';

/**
 * `outgoing-response`: what a guest answers a request with.
 *
 * @internal
 */
export class OutgoingResponse extends OutgoingMessage<ResponseContent> {
  readonly #memory: MessageMemory;
  #status = 200;

  constructor(headers: Fields, memory: MessageMemory) {
    super(headers);
    this.#memory = memory;
  }

  get status(): number {
    return this.#status;
  }

  /**
   * @throws `HostResultError` for what is no status, and for those that only announce another response.
   */
  setStatus(status: number): void {
    if (status < 200 || status > 999) throw new HostResultError(undefined);
    this.#status = status;
  }

  protected override newContent(): ResponseContent {
    const { responses, responseBytes } = this.#memory;
    return new ResponseContent(responses, responseBytes, this.announcedBytes);
  }
}

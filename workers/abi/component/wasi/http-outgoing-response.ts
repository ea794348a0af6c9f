import { HostResultError } from '../host-imports.ts';
import { OutgoingMessage } from './http-message.ts';

/**
 * `outgoing-response`. Nobody asks for it yet, so that it goes nowhere.
 *
 * @internal
 */
export class OutgoingResponse extends OutgoingMessage {
  #status = 200;

  get status(): number {
    return this.#status;
  }

  /**
   * @throws `HostResultError` for what is no status.
   */
  setStatus(status: number): void {
    if (status < 100 || status > 999) throw new HostResultError(undefined);
    this.#status = status;
  }
}

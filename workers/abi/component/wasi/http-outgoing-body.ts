import { GuestTrap } from '../../../guest-failure.ts';
import { HostResource, HostResultError } from '../host-imports.ts';
import { HttpFailure, internalError } from './http-error-code.ts';
import type { Fields } from './http-fields.ts';
import type { OutgoingContent } from './http-outgoing-content.ts';
import { OutputStream } from './streams.ts';

/**
 * `outgoing-body`: writes the content and says when it is complete.
 *
 * @internal
 */
export class OutgoingBody extends HostResource implements Disposable {
  readonly #content: OutgoingContent;
  #stream: 'none' | 'open' | 'dropped' = 'none';
  #isFinished = false;

  constructor(content: OutgoingContent) {
    super();
    this.#content = content;
  }

  /**
   * @throws `HostResultError` the second time.
   */
  write(): OutputStream {
    if (this.#stream !== 'none' || this.#isFinished) throw new HostResultError(undefined);
    this.#stream = 'open';
    const content = this.#content;
    return new OutputStream({
      condition: content.condition,
      room: () => content.room(),
      write: (bytes) => {
        content.write(bytes);
      },
      close: () => {
        this.#stream = 'dropped';
      },
    });
  }

  /**
   * The provider has no operation for trailers. To lose some silently would be worse than to fail.
   *
   * @throws `HostResultError` with an error code; then the request has failed.
   */
  finish(trailers: Fields | undefined): void {
    this.#end();
    const count = trailers?.list.entries().length ?? 0;
    trailers?.[Symbol.dispose]();
    try {
      if (count > 0) {
        const code = internalError('trailers cannot be sent');
        this.#content.giveUp(code);
        throw new HttpFailure(code);
      }
      this.#content.complete();
    } catch (thrown) {
      if (thrown instanceof HttpFailure) throw new HostResultError(thrown.code);
      throw thrown;
    }
  }

  #end(): void {
    if (this.#stream === 'open')
      throw new GuestTrap('a body ends before its output-stream is dropped');
    if (this.#isFinished) throw new GuestTrap('a body that was finished is used again');
    this.#isFinished = true;
  }

  /** What was written so far must not pass for the whole. */
  [Symbol.dispose](): void {
    this.#end();
    this.#content.giveUp(internalError('the body was dropped before it was finished'));
  }
}

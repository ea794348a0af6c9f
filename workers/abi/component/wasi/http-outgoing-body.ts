import { GuestTrap } from '../../../guest-failure.ts';
import { HostResource, HostResultError } from '../host-imports.ts';
import type { BodyContent } from './http-body-content.ts';
import { HttpFailure } from './http-error-code.ts';
import type { Fields } from './http-fields.ts';
import { OutputStream } from './streams.ts';

/**
 * `outgoing-body`: writes the content and says when it is complete.
 *
 * @internal
 */
export class OutgoingBody extends HostResource implements Disposable {
  readonly #content: BodyContent;
  #stream: 'none' | 'open' | 'dropped' = 'none';
  #isFinished = false;

  constructor(content: BodyContent) {
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
      ...(content.condition !== undefined && { condition: content.condition }),
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
   * @throws `HostResultError` with an error code; then the message has failed.
   */
  finish(trailers: Fields | undefined): void {
    this.#end();
    const entries = trailers?.list.entries() ?? [];
    trailers?.[Symbol.dispose]();
    try {
      this.#content.complete(entries);
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
    this.#content.abandon();
  }
}

import type { ErrorCode } from './http-error-code.ts';
import type { HeaderEntry } from './http-header-list.ts';
import type { OutputSink } from './streams.ts';

/**
 * Where the content of a body goes that a guest writes.
 *
 * @internal
 */
export interface BodyContent extends Omit<OutputSink, 'condition'> {
  /** What a guest waits for while there is no room; undefined if there always is. */
  readonly condition: OutputSink['condition'] | undefined;
  /**
   * There will be no more of it.
   *
   * @throws `HttpFailure` if it is not as long as announced, or was not taken.
   */
  complete(trailers: readonly HeaderEntry[]): void;
  /** What was written must not be taken for a body. */
  giveUp(code: ErrorCode): void;
  /** The guest has dropped the body before it said that there would be no more. */
  abandon(): void;
  /** The message is gone; a content that nobody has taken over goes with it. */
  forget(): void;
}

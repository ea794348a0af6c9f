import { HostResource, HostResultError } from '../host-imports.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { BodyContent } from './http-body-content.ts';
import { Fields } from './http-fields.ts';
import type { HeaderList } from './http-header-list.ts';
import { OutgoingBody } from './http-outgoing-body.ts';

/** A body of more bytes than a number can count is as impossible as one of a negative length. */
const CONTENT_LENGTH = /^\d{1,15}$/;
const ascii = new TextDecoder('latin1');

/**
 * Memory of the host's that one guest's messages may take.
 *
 * @internal
 */
export interface MessageMemory {
  /** For headers, paths and the like. */
  readonly heads: HeldBytes;
  /** For bodies of requests that are not sent yet. */
  readonly bodies: HeldBytes;
  /** For bodies of responses that the guest answers with. */
  readonly responses: HeldBytes;
  /** Most bytes of one such body. */
  readonly responseBytes: number;
  /** Most bytes of one call of the provider. */
  readonly pieceBytes: number;
}

/**
 * What the header `content-length` says: undefined without one, NaN for nonsense.
 */
function announcedLength(headers: HeaderList): number | undefined {
  const [first, ...others] = headers.get('content-length').map((value) => ascii.decode(value));
  if (first === undefined) return undefined;
  const isClear = CONTENT_LENGTH.test(first) && others.every((other) => other === first);
  return isClear ? Number(first) : Number.NaN;
}

/**
 * What requests and responses that a guest makes have in common.
 *
 * @internal
 */
export abstract class OutgoingMessage<Content extends BodyContent>
  extends HostResource
  implements Disposable
{
  readonly headers: HeaderList;
  /** Bytes of the body as announced; NaN for nonsense. */
  readonly announcedBytes: number | undefined;
  #content: Content | undefined;
  #isReleased = false;

  constructor(headers: Fields) {
    super();
    this.headers = headers.give();
    this.announcedBytes = announcedLength(this.headers);
  }

  /** The body's content, if the guest asked for the body. */
  get content(): Content | undefined {
    return this.#content;
  }

  /** Whether it was handed over or dropped. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  viewHeaders(): Fields {
    return Fields.view(this.headers);
  }

  /**
   * @throws `HostResultError` the second time, or if nobody can tell how long it is to be.
   */
  body(): OutgoingBody {
    if (this.#content !== undefined || Number.isNaN(this.announcedBytes)) {
      throw new HostResultError(undefined);
    }
    this.#content = this.newContent();
    return new OutgoingBody(this.#content);
  }

  protected abstract newContent(): Content;

  /** Gives back what the message itself holds; its body may live on. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.headers.release();
  }

  [Symbol.dispose](): void {
    this.release();
    this.#content?.forget();
  }
}

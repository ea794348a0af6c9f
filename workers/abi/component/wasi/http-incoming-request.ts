import { HostResource, HostResultError } from '../host-imports.ts';
import { Fields } from './http-fields.ts';
import { GivenContent } from './http-given-content.ts';
import type { HeaderList } from './http-header-list.ts';
import { IncomingBody } from './http-incoming-body.ts';
import type { Named } from './http-outgoing-request.ts';
import { STREAM_PIECE_BYTES } from './streams.ts';

/**
 * What a caller asks a guest, checked.
 *
 * @internal
 */
export interface ServedRequest {
  readonly method: Named;
  readonly scheme: Named | undefined;
  readonly authority: string | undefined;
  readonly pathWithQuery: string | undefined;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

/**
 * `incoming-request`.
 *
 * @internal
 */
export class IncomingRequest extends HostResource implements Disposable {
  readonly method: Named;
  readonly scheme: Named | undefined;
  readonly authority: string | undefined;
  readonly pathWithQuery: string | undefined;
  readonly #headers: HeaderList;
  #body: Uint8Array | undefined;

  constructor({ method, scheme, authority, pathWithQuery, headers, body }: ServedRequest) {
    super();
    this.method = method;
    this.scheme = scheme;
    this.authority = authority;
    this.pathWithQuery = pathWithQuery;
    this.#headers = headers;
    this.#body = body;
  }

  viewHeaders(): Fields {
    return Fields.view(this.#headers);
  }

  /**
   * @throws `HostResultError` the second time.
   */
  consume(): IncomingBody {
    const body = this.#body;
    if (body === undefined) throw new HostResultError(undefined);
    this.#body = undefined;
    return new IncomingBody(new GivenContent(body), STREAM_PIECE_BYTES);
  }

  [Symbol.dispose](): void {
    this.#headers.release();
    this.#body = undefined;
  }
}

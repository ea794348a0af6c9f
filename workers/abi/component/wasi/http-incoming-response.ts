import { HostResource, HostResultError } from '../host-imports.ts';
import { HttpFailure, headerSectionError } from './http-error-code.ts';
import { Fields } from './http-fields.ts';
import { HeaderList } from './http-header-list.ts';
import { IncomingBody } from './http-incoming-body.ts';
import type { MessageMemory } from './http-message.ts';
import type { Transfer } from './http-transfer.ts';
import { Pollable } from './pollable.ts';

/**
 * `incoming-response`.
 *
 * @internal
 */
export class IncomingResponse extends HostResource implements Disposable {
  readonly status: number;
  readonly #headers: HeaderList;
  readonly #pieceBytes: number;
  #transfer: Transfer | undefined;

  constructor(status: number, headers: HeaderList, transfer: Transfer, pieceBytes: number) {
    super();
    this.status = status;
    this.#headers = headers;
    this.#transfer = transfer;
    this.#pieceBytes = pieceBytes;
  }

  viewHeaders(): Fields {
    return Fields.view(this.#headers);
  }

  /**
   * @throws `HostResultError` the second time.
   */
  consume(): IncomingBody {
    const transfer = this.#transfer;
    if (transfer === undefined) throw new HostResultError(undefined);
    this.#transfer = undefined;
    return new IncomingBody(transfer, this.#pieceBytes);
  }

  [Symbol.dispose](): void {
    this.#headers.release();
    this.#transfer?.endReceiving();
    this.#transfer = undefined;
  }
}

/**
 * `future-incoming-response`: a response that may come.
 *
 * @internal
 */
export class FutureIncomingResponse extends HostResource implements Disposable {
  readonly #memory: MessageMemory;
  readonly #transfer: Transfer;
  #isTaken = false;

  constructor(transfer: Transfer, memory: MessageMemory) {
    super();
    this.#transfer = transfer;
    this.#memory = memory;
  }

  subscribe(): Pollable {
    return new Pollable(this.#isTaken ? undefined : this.#transfer.hasHead);
  }

  /** An `option<result<result<incoming-response, error-code>>>`. */
  get(): unknown {
    if (this.#isTaken) return { tag: 'err', val: undefined };
    try {
      const response = this.#response();
      if (response === undefined) return undefined;
      this.#isTaken = true;
      return { tag: 'ok', val: { tag: 'ok', val: response } };
    } catch (thrown) {
      if (!(thrown instanceof HttpFailure)) throw thrown;
      this.#isTaken = true;
      return { tag: 'ok', val: { tag: 'err', val: thrown.code } };
    }
  }

  #response(): IncomingResponse | undefined {
    const head = this.#transfer.head();
    if (head === undefined) return undefined;
    const headers = HeaderList.received(this.#memory.heads, head.headers);
    if (headers === undefined) {
      const bytes = head.headers.reduce(
        (sum, [name, value]) => sum + name.length + value.length,
        0,
      );
      const code = headerSectionError('response', bytes);
      this.#transfer.fail(code);
      throw new HttpFailure(code);
    }
    return new IncomingResponse(head.status, headers, this.#transfer, this.#memory.pieceBytes);
  }

  [Symbol.dispose](): void {
    if (!this.#isTaken) this.#transfer.cancel();
  }
}

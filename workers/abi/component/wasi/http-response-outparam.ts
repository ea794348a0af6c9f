import { GuestError, PayloadTooLarge } from '../../../guest-failure.ts';
import { HostResource } from '../host-imports.ts';
import { type ErrorCode, errorCode, internalError, responseSizeError } from './http-error-code.ts';
import { type HeaderEntry, headerWeight } from './http-header-list.ts';
import { OutgoingResponse } from './http-outgoing-response.ts';
import { resourceOf, variantOf } from './import-arguments.ts';

/**
 * What a caller is given of a response.
 *
 * @internal
 */
export interface ServedResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** Absent for a response that has none. */
  readonly trailers?: readonly (readonly [name: string, value: string])[];
}

type Answer =
  | { readonly kind: 'response'; readonly response: OutgoingResponse }
  | { readonly kind: 'error'; readonly code: ErrorCode };

/** Each byte of a value as one character, as Node's own HTTP has it. */
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function shown(entries: readonly HeaderEntry[]): ServedResponse['headers'] {
  return entries.map(([name, value]) => [name, latin1(value)]);
}

/** Characters of all texts in an error code; a guest may write as much into one as into an argument. */
function textLength(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, each) => sum + textLength(each), 0);
}

/**
 * `response-outparam`: where a guest puts its answer, once.
 *
 * @internal
 */
export class ResponseOutparam extends HostResource {
  readonly #isForHead: boolean;
  #answer: Answer | undefined;

  /**
   * @param isForHead - the request wants to know what the head would be, and no body.
   */
  constructor(isForHead: boolean) {
    super();
    this.#isForHead = isForHead;
  }

  /** Takes over the answer, a `result<outgoing-response, error-code>`. */
  set(result: unknown): void {
    const { tag, val } = variantOf(result);
    this.#answer =
      tag === 'ok'
        ? { kind: 'response', response: resourceOf(OutgoingResponse, val) }
        : { kind: 'error', code: variantOf(val) };
  }

  /**
   * What the caller is told once the guest is done.
   *
   * @param limitBytes - most bytes of the body.
   * @param headBytes - most bytes of what comes before and behind it, each.
   * @throws `GuestError` with an error code in place of a response; `PayloadTooLarge`.
   */
  outcome(limitBytes: number, headBytes: number): ServedResponse {
    const answer = this.#answer;
    if (answer === undefined) {
      const problem = 'the guest returned without answering the request';
      throw new GuestError(internalError(problem), problem);
    }
    if (answer.kind === 'error') {
      if (textLength(answer.code) > limitBytes) throw new PayloadTooLarge('result', limitBytes);
      throw new GuestError(answer.code, `the guest answered ${answer.code.tag}`);
    }
    return this.#response(answer.response, limitBytes, headBytes);
  }

  #response(response: OutgoingResponse, limitBytes: number, headBytes: number): ServedResponse {
    const { status, headers } = response;
    if (headers.bytes > headBytes) throw new PayloadTooLarge('result.headers', headBytes);
    const { body, trailers } = this.#body(response, limitBytes);
    const trailerBytes = trailers.reduce((sum, each) => sum + headerWeight(each), 0);
    if (trailerBytes > headBytes) throw new PayloadTooLarge('result.trailers', headBytes);
    const head = { status, headers: shown(headers.entries()), body };
    return trailers.length === 0 ? head : { ...head, trailers: shown(trailers) };
  }

  #body(
    { content, announcedBytes = 0, status }: OutgoingResponse,
    limitBytes: number,
  ): { readonly body: Uint8Array; readonly trailers: readonly HeaderEntry[] } {
    if (content?.isTooLarge === true) throw new PayloadTooLarge('result.body', limitBytes);
    if (content?.failure !== undefined) throw incomplete(content.failure);
    const { bytes: body, trailers } = content ?? { bytes: new Uint8Array(), trailers: [] };
    if (trailers === undefined) throw incomplete(errorCode('HTTP-response-incomplete'));
    const isHeadOnly = this.#isForHead || status === 304;
    if (body.length === 0 && announcedBytes !== 0 && !isHeadOnly) {
      throw incomplete(responseSizeError(0));
    }
    // Nobody would send it on: what is written there only tells how long it would be.
    return { body: isHeadOnly ? new Uint8Array() : body, trailers };
  }
}

function incomplete(code: ErrorCode): GuestError {
  return new GuestError(code, `the guest did not complete its response: ${code.tag}`);
}

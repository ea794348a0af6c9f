import type { WireValue } from '../../../../lib/core/provider.ts';
import type { GuestHost } from '../../../guest.ts';
import { CapabilityRefused } from '../../../guest-failure.ts';
import { ownProperty } from '../js-names.ts';
import { errorCode, HttpFailure, internalError, refusalCode } from './http-error-code.ts';
import type { HeaderEntry } from './http-header-list.ts';
import { isToken } from './http-syntax.ts';

const MAX_ID_LENGTH = 1_024;

/**
 * A transfer as the provider knows it: each request that was begun is one.
 *
 * @internal
 */
export interface TransferName {
  /** The grant that began it. */
  readonly capabilityId: string;
  readonly transfer: number;
}

/**
 * What comes before the body of a response.
 *
 * @internal
 */
export interface ResponseHead {
  readonly status: number;
  readonly headers: readonly HeaderEntry[];
}

/**
 * A piece of a response's body.
 *
 * @internal
 */
export interface BodyPiece {
  /** Empty if nothing came in time. */
  readonly bytes: Uint8Array;
  readonly isEnd: boolean;
}

/**
 * What can be waited for: the head of the response or more of its body.
 *
 * @internal
 */
export type TransferEvent = 'head' | 'body';

/**
 * Operations of the HTTP provider as one guest calls them. Answers are checked, since anybody may write
 * a provider, and remote servers have a say in them.
 *
 * @throws `HttpFailure` from every method, unless it says otherwise.
 * @internal
 */
export class HttpCalls {
  readonly #host: GuestHost;

  constructor(host: GuestHost) {
    this.#host = host;
  }

  #perform(operation: string, args: readonly WireValue[]): WireValue {
    let answer: WireValue;
    try {
      answer = this.#host.call('http', operation, args);
    } catch (thrown) {
      if (!(thrown instanceof CapabilityRefused)) throw thrown;
      throw new HttpFailure(refusalCode(operation, thrown));
    }
    const error = fieldOf(answer, 'error');
    if (error === undefined) return answer;
    if (typeof error !== 'string') return unexpected();
    const message = fieldOf(answer, 'message');
    throw new HttpFailure(errorCode(error, typeof message === 'string' ? message : error));
  }

  begin(request: { readonly [key: string]: WireValue }): TransferName {
    const answer = this.#perform('begin', [null, request]);
    const capabilityId = fieldOf(answer, 'capabilityId');
    const transfer = fieldOf(answer, 'transfer');
    if (typeof capabilityId !== 'string' || capabilityId.length > MAX_ID_LENGTH)
      return unexpected();
    if (typeof transfer !== 'number' || !Number.isSafeInteger(transfer)) return unexpected();
    return { capabilityId, transfer };
  }

  /** Returns once there is room for more. */
  write({ capabilityId, transfer }: TransferName, bytes: Uint8Array): void {
    const answer = this.#perform('write', [capabilityId, transfer, bytes]);
    if (answer !== true) unexpected();
  }

  /** Ends the request's body. */
  finish({ capabilityId, transfer }: TransferName): void {
    if (this.#perform('finish', [capabilityId, transfer]) !== true) unexpected();
  }

  /** The head if it is there, without waiting for it. */
  head({ capabilityId, transfer }: TransferName): ResponseHead | undefined {
    const answer = this.#perform('head', [capabilityId, transfer, 0]);
    if (answer === null || answer === undefined) return undefined;
    const status = fieldOf(answer, 'status');
    const headers = fieldOf(answer, 'headers');
    if (!isStatus(status) || !Array.isArray(headers)) return unexpected();
    return { status, headers: Array.from(headers as readonly WireValue[], headerOf) };
  }

  read(name: TransferName, maxBytes: number, waitMs: number): BodyPiece {
    const args = [name.capabilityId, name.transfer, maxBytes, waitMs];
    const answer = this.#perform('read', args);
    const bytes = fieldOf(answer, 'bytes');
    const isEnd = fieldOf(answer, 'isEnd');
    if (!(bytes instanceof Uint8Array) || bytes.length > maxBytes) return unexpected();
    if (typeof isEnd !== 'boolean') return unexpected();
    return { bytes, isEnd };
  }

  /**
   * Waits for the first of several events, all of transfers of one grant.
   *
   * @returns the positions of those that have happened.
   */
  wait(
    capabilityId: string,
    events: readonly (readonly [transfer: number, event: TransferEvent])[],
    waitMs: number,
  ): readonly number[] {
    const answer = this.#perform('wait', [capabilityId, events, waitMs]);
    if (!Array.isArray(answer) || answer.length > events.length) return unexpected();
    const happened = answer as readonly WireValue[];
    if (happened.every((at) => typeof at === 'number' && events[at] !== undefined)) {
      return happened as readonly number[];
    }
    return unexpected();
  }

  /** Gives a transfer back, whatever is under way. Never fails. */
  drop({ capabilityId, transfer }: TransferName): void {
    try {
      this.#perform('drop', [capabilityId, transfer]);
    } catch (thrown) {
      // The host gives it back at the latest when the grant or the life ends.
      if (!(thrown instanceof HttpFailure)) throw thrown;
    }
  }
}

function fieldOf(answer: WireValue, key: string): unknown {
  if (typeof answer !== 'object' || answer === null) return undefined;
  return ownProperty(answer, key);
}

function isStatus(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 999;
}

function headerOf(value: WireValue): HeaderEntry {
  if (!Array.isArray(value) || value.length !== 2) return unexpected();
  const [name, content] = value as readonly WireValue[];
  if (typeof name !== 'string' || !isToken(name)) return unexpected();
  return content instanceof Uint8Array ? [name, content] : unexpected();
}

function unexpected(): never {
  throw new HttpFailure(internalError('the provider answered in an unexpected form'));
}

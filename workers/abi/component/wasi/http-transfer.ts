import type { HttpCalls, ResponseHead, TransferEvent, TransferName } from './http-calls.ts';
import { type ErrorCode, errorCode, HttpFailure } from './http-error-code.ts';
import { type Condition, LONGEST_ASK_MS } from './pollable.ts';

const NOTHING = new Uint8Array();

/**
 * One request and its response, as far as the provider has to do with it. Both directions end apart;
 * when both have, or no response can come any more, the transfer is given back.
 *
 * @throws `HttpFailure` from every method that calls the provider.
 * @internal
 */
export class Transfer {
  readonly name: TransferName;
  readonly calls: HttpCalls;
  readonly hasHead: Condition;
  readonly hasBody: Condition;
  #failure: ErrorCode | undefined;
  #sendFailure: ErrorCode | undefined;
  #isSending: boolean;
  #isReceiving = true;
  #isDropped = false;

  /**
   * @param isSending - a body of the request will follow.
   */
  constructor(calls: HttpCalls, name: TransferName, isSending: boolean) {
    this.calls = calls;
    this.name = name;
    this.#isSending = isSending;
    this.hasHead = new TransferCondition(this, 'head');
    this.hasBody = new TransferCondition(this, 'body');
  }

  /** What went wrong first with the response. */
  get failure(): ErrorCode | undefined {
    return this.#failure;
  }

  /** What went wrong first with the request's body. */
  get sendFailure(): ErrorCode | undefined {
    return this.#sendFailure ?? this.#failure;
  }

  /** Whether the response's body has ended, or will not be read any more. */
  get isReceived(): boolean {
    return !this.#isReceiving;
  }

  /** Whether anything can still come of it. */
  get isOver(): boolean {
    return this.#isDropped;
  }

  /** The head if it is there. */
  head(): ResponseHead | undefined {
    return this.#attempt(() => this.calls.head(this.name));
  }

  /**
   * More of the response's body; empty if there is none yet, or none any more.
   */
  read(maxBytes: number, isBlocking: boolean): Uint8Array {
    while (this.#isReceiving) {
      const waitMs = isBlocking ? LONGEST_ASK_MS : 0;
      const { bytes, isEnd } = this.#attempt(() => this.calls.read(this.name, maxBytes, waitMs));
      if (isEnd) this.endReceiving();
      if (bytes.length > 0 || !isBlocking) return bytes;
    }
    return NOTHING;
  }

  /** Returns once there is room for more. */
  write(bytes: Uint8Array): void {
    this.#attemptSending(() => this.calls.write(this.name, bytes));
  }

  /** The request's body is complete. */
  finish(): void {
    this.#attemptSending(() => this.calls.finish(this.name));
    this.#endSending();
  }

  /** The guest has read the response's body, or wants no more of it. */
  endReceiving(): void {
    this.#isReceiving = false;
    this.#dropIfOver();
  }

  /** Ends both directions at once. */
  fail(code: ErrorCode): void {
    this.#failure ??= code;
    this.#drop();
  }

  /** The guest does not want the response, so that it need not be asked for. */
  cancel(): void {
    this.#isReceiving = false;
    this.#drop();
  }

  #assertOpen(): void {
    if (this.#isDropped) throw new HttpFailure(this.#failure ?? errorCode('connection-terminated'));
  }

  #attempt<T>(call: () => T): T {
    this.#assertOpen();
    try {
      return call();
    } catch (thrown) {
      if (thrown instanceof HttpFailure) this.fail(thrown.code);
      throw thrown;
    }
  }

  /** A server may refuse a body that it has not read, and its response says why. */
  #attemptSending(call: () => void): void {
    this.#assertOpen();
    try {
      call();
    } catch (thrown) {
      if (thrown instanceof HttpFailure) {
        this.#sendFailure ??= thrown.code;
        this.#endSending();
      }
      throw thrown;
    }
  }

  #endSending(): void {
    this.#isSending = false;
    this.#dropIfOver();
  }

  #dropIfOver(): void {
    if (!this.#isSending && !this.#isReceiving) this.#drop();
  }

  #drop(): void {
    if (this.#isDropped) return;
    this.#isDropped = true;
    this.calls.drop(this.name);
  }
}

/** Something that the provider is asked about; whatever is over or has failed is known to be so. */
class TransferCondition implements Condition {
  readonly transfer: Transfer;
  readonly event: TransferEvent;

  constructor(transfer: Transfer, event: TransferEvent) {
    this.transfer = transfer;
    this.event = event;
  }

  get group(): string {
    return `http ${this.transfer.name.capabilityId}`;
  }

  isKnown(): boolean {
    const { isOver, isReceived } = this.transfer;
    return isOver || isReceived;
  }

  ask(conditions: readonly Condition[], waitMs: number): readonly Condition[] {
    const { calls, name } = this.transfer;
    const asked = conditions.filter((each) => each instanceof TransferCondition);
    const events = asked.map(({ transfer, event }) => [transfer.name.transfer, event] as const);
    try {
      return calls.wait(name.capabilityId, events, waitMs).flatMap((at) => asked[at] ?? []);
    } catch (thrown) {
      if (!(thrown instanceof HttpFailure)) throw thrown;
      // Polling cannot fail; whoever asks the transfers next is told.
      for (const { transfer } of asked) transfer.fail(thrown.code);
      return asked;
    }
  }
}

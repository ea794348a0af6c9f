import { invalidField, WasmatrixError } from '../../lib/core/errors.ts';
import type { CallContext } from '../../lib/core/provider.ts';
import { HttpFailure } from './http-failure.ts';
import type { HttpParts } from './http-parts.ts';
import type { PreparedRequest } from './prepared-request.ts';
import { Transfer } from './transfer.ts';

/** What one life of an instance has by one grant. */
interface Session {
  readonly transfers: Map<number, { readonly transfer: Transfer; readonly giveBack: () => void }>;
  lastNumber: number;
  /** Stops listening for its end. */
  leave: () => void;
}

/**
 * The transfers of a provider, each found only by the context that began it. When that ends, so do
 * they, and the connections that were opened for them.
 *
 * @internal
 */
export class TransferTable {
  readonly #parts: HttpParts;
  readonly #sessions = new Map<CallContext, Session>();

  constructor(parts: HttpParts) {
    this.#parts = parts;
  }

  /**
   * Begins a request.
   *
   * @throws `RESOURCE_EXHAUSTED` when too many are open, `PERMISSION_DENIED`, `HttpFailure`
   */
  async begin(
    context: CallContext,
    request: PreparedRequest,
  ): Promise<{ readonly number: number; readonly transfer: Transfer }> {
    const session = this.#sessionOf(context);
    const giveBack = this.#parts.budget.takeTransfer(context.instanceId);
    const transfer = new Transfer(this.#parts, context, request);
    session.lastNumber += 1;
    const number = session.lastNumber;
    session.transfers.set(number, { transfer, giveBack });
    this.#parts.counts.requests += 1;
    try {
      await transfer.begin();
    } catch (error) {
      this.forget(context, number);
      throw error;
    }
    return { number, transfer };
  }

  /** @throws `INVALID_REQUEST` naming the field, if the context has none of that number. */
  find(context: CallContext, number: number, field = 'transfer'): Transfer {
    const found = this.#sessions.get(context)?.transfers.get(number);
    if (found === undefined) throw invalidField(field, 'there is none of that number');
    return found.transfer;
  }

  /**
   * Gives a transfer up. One that was dropped before is none any more, which is no failure.
   *
   * @throws `INVALID_REQUEST` naming `transfer`, for a number that was never given to the context.
   */
  drop(context: CallContext, number: number): void {
    const session = this.#sessions.get(context);
    if (session === undefined || number > session.lastNumber) {
      throw invalidField('transfer', 'there is none of that number');
    }
    this.forget(context, number);
  }

  /** Gives a transfer up, if the context still has it. */
  forget(context: CallContext, number: number): void {
    const session = this.#sessions.get(context);
    const found = session?.transfers.get(number);
    session?.transfers.delete(number);
    found?.transfer.giveUp(new HttpFailure('connection-terminated', 'the request was dropped'));
    found?.giveBack();
  }

  /** Gives everything up. */
  close(): void {
    for (const context of this.#sessions.keys()) {
      this.#end(context, new HttpFailure('connection-terminated', 'the provider was stopped'));
    }
  }

  #sessionOf(context: CallContext): Session {
    const known = this.#sessions.get(context);
    if (known !== undefined) return known;
    const session: Session = { transfers: new Map(), lastNumber: 0, leave: () => undefined };
    this.#sessions.set(context, session);
    const ended = new WasmatrixError('PERMISSION_DENIED', 'the grant has ended');
    session.leave = context.onEnd(() => this.#end(context, ended));
    // The end may have come before, and then it has been told already.
    if (!this.#sessions.has(context)) throw ended;
    return session;
  }

  #end(context: CallContext, reason: HttpFailure | WasmatrixError): void {
    const session = this.#sessions.get(context);
    if (session === undefined) return;
    this.#sessions.delete(context);
    session.leave();
    for (const { transfer, giveBack } of session.transfers.values()) {
      transfer.giveUp(reason);
      giveBack();
    }
    session.transfers.clear();
    this.#parts.pool.forget(context);
  }
}

import { WasmatrixError } from '../../lib/core/errors.ts';
import type { DeliveredMessage } from '../../lib/core/provider.ts';
import { noRoom, type QueueLedger, waitingBytes } from './queue-ledger.ts';

/** What a request waits for. */
interface Expectation {
  readonly instanceId: string;
  /** The topic that replies go to; nobody can guess it. */
  readonly inbox: string;
  readonly maxReplies: number;
  /** Most bytes of all replies' bodies together. */
  readonly maxReplyBytes: number;
  readonly ledger: QueueLedger;
  /** Hears once that it waits no more. */
  readonly finished: () => void;
}

/**
 * A request that waits for replies. It settles once: by enough replies, by its deadline, or because
 * nobody waits for it any more.
 *
 * @internal
 */
export class PendingRequest {
  readonly inbox: string;
  readonly instanceId: string;
  readonly replies: Promise<readonly DeliveredMessage[]>;
  readonly #expectation: Expectation;
  readonly #resolve: (replies: readonly DeliveredMessage[]) => void;
  readonly #reject: (reason: WasmatrixError) => void;
  readonly #askedInstances = new Set<string>();
  readonly #received: DeliveredMessage[] = [];
  #bodyBytes = 0;
  #takenBytes = 0;
  #isSettled = false;

  constructor(expectation: Expectation) {
    const { promise, resolve, reject } = Promise.withResolvers<readonly DeliveredMessage[]>();
    this.inbox = expectation.inbox;
    this.instanceId = expectation.instanceId;
    this.replies = promise;
    // Its grant may end before anybody listens.
    promise.catch(() => undefined);
    this.#expectation = expectation;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Lets an instance reply, because the request is being delivered to it. */
  ask(instanceId: string): void {
    if (!this.#isSettled) this.#askedInstances.add(instanceId);
  }

  /** Whether the request was delivered to an instance and still waits. */
  awaits(instanceId: string): boolean {
    return !this.#isSettled && this.#askedInstances.has(instanceId);
  }

  /**
   * @throws `RESOURCE_EXHAUSTED` if the reply cannot be kept; a request that has others is then
   *   answered with those.
   */
  accept(reply: DeliveredMessage): void {
    const { ledger, maxReplies, maxReplyBytes } = this.#expectation;
    if (this.#bodyBytes + reply.body.byteLength > maxReplyBytes) {
      this.#succeed();
      throw noRoom('the request has been answered in full', 'replies', maxReplyBytes);
    }
    if (this.#received.length + 1 < maxReplies) {
      const bytes = waitingBytes(reply);
      if (bytes > ledger.leftBytes) {
        throw noRoom('the provider has no room for the reply', 'queue', ledger.limitBytes);
      }
      ledger.take(bytes);
      this.#takenBytes += bytes;
    }
    this.#received.push(reply);
    this.#bodyBytes += reply.body.byteLength;
    if (this.#received.length >= maxReplies) this.#succeed();
  }

  /** The deadline has passed: what has come by then is the answer, unless it is nothing. */
  expire(): void {
    if (this.#received.length > 0) this.#succeed();
    else this.fail(new WasmatrixError('TIMEOUT', 'no reply came in time'));
  }

  fail(reason: WasmatrixError): void {
    if (this.#settle()) this.#reject(reason);
  }

  /** Ends without an answer; for a request that was never asked, and whose promise nobody has. */
  abandon(): void {
    this.#settle();
  }

  #succeed(): void {
    if (this.#settle()) this.#resolve(this.#received);
  }

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.#askedInstances.clear();
    this.#expectation.ledger.giveBack(this.#takenBytes);
    this.#expectation.finished();
    return true;
  }
}

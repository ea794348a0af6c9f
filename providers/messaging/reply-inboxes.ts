import type { Clock } from '../../lib/core/clock.ts';
import { WasmatrixError } from '../../lib/core/errors.ts';
import type { CallContext, DeliveredMessage } from '../../lib/core/provider.ts';
import { INBOX_ROOT } from '../../lib/core/topic-pattern.ts';
import type { MessagingLimits } from './messaging-limits.ts';
import { PendingRequest } from './pending-request.ts';
import { noRoom, type QueueLedger } from './queue-ledger.ts';

/**
 * The requests that wait for a reply, each by a topic of its own that nobody can guess. A reply is
 * taken only from whom the request was delivered to: knowing the topic is not enough.
 *
 * @internal
 */
export class ReplyInboxes {
  readonly #limits: MessagingLimits;
  readonly #ledger: QueueLedger;
  readonly #clock: Clock;
  readonly #randomToken: () => string;
  readonly #pending = new Map<string, PendingRequest>();
  readonly #countByInstance = new Map<string, number>();

  constructor(parts: {
    readonly limits: MessagingLimits;
    readonly ledger: QueueLedger;
    readonly clock: Clock;
    readonly randomToken: () => string;
  }) {
    this.#limits = parts.limits;
    this.#ledger = parts.ledger;
    this.#clock = parts.clock;
    this.#randomToken = parts.randomToken;
  }

  /** Requests that wait now. */
  get size(): number {
    return this.#pending.size;
  }

  /**
   * Begins to wait. It ends with its deadline or with the grant of the caller, whichever is first.
   *
   * @throws `RESOURCE_EXHAUSTED` if too many wait already.
   */
  open(
    context: CallContext,
    wanted: { readonly timeoutMs: number; readonly maxReplies: number },
  ): PendingRequest {
    const { instanceId } = context;
    this.#checkRoom(instanceId);
    let timer: unknown;
    let forgetEnd: (() => void) | undefined;
    const request = new PendingRequest({
      instanceId,
      inbox: `${INBOX_ROOT}.${this.#randomToken()}`,
      maxReplies: wanted.maxReplies,
      maxReplyBytes: this.#limits.maxMessageBytes,
      ledger: this.#ledger,
      finished: () => {
        this.#clock.clearTimeout(timer);
        forgetEnd?.();
        this.#forget(request);
      },
    });
    this.#pending.set(request.inbox, request);
    this.#countByInstance.set(instanceId, this.#countOf(instanceId) + 1);
    timer = this.#clock.setTimeout(() => request.expire(), wanted.timeoutMs);
    forgetEnd = context.onEnd(() => {
      request.fail(new WasmatrixError('PERMISSION_DENIED', 'the grant ended during the request'));
    });
    return request;
  }

  /**
   * Takes a reply. Whether there is no such request, whether it is over and whether it was never this
   * instance's to answer cannot be told apart by whom it does not concern.
   *
   * @throws `PERMISSION_DENIED`, or `RESOURCE_EXHAUSTED` if the reply cannot be kept.
   */
  accept(instanceId: string, reply: DeliveredMessage): void {
    const request = this.#pending.get(reply.topic);
    if (request?.awaits(instanceId) !== true) {
      throw new WasmatrixError('PERMISSION_DENIED', 'no request waits for a reply from here', {
        field: 'topic',
      });
    }
    request.accept(reply);
  }

  /** Fails every request that waits. */
  close(): void {
    for (const request of this.#pending.values()) {
      request.fail(new WasmatrixError('CAPABILITY_NOT_FOUND', 'the provider was stopped'));
    }
  }

  #checkRoom(instanceId: string): void {
    const { maxPendingRequests, maxPendingPerInstance } = this.#limits;
    if (this.#countOf(instanceId) >= maxPendingPerInstance) {
      throw noRoom('too many requests of the instance wait', 'requests', maxPendingPerInstance);
    }
    if (this.#pending.size >= maxPendingRequests) {
      throw noRoom('too many requests wait', 'requests', maxPendingRequests);
    }
  }

  #countOf(instanceId: string): number {
    return this.#countByInstance.get(instanceId) ?? 0;
  }

  #forget({ inbox, instanceId }: PendingRequest): void {
    this.#pending.delete(inbox);
    const left = this.#countOf(instanceId) - 1;
    if (left > 0) this.#countByInstance.set(instanceId, left);
    else this.#countByInstance.delete(instanceId);
  }
}

import type { Clock } from '../../lib/core/clock.ts';
import { WasmatrixError } from '../../lib/core/errors.ts';
import type {
  CallContext,
  DeliveredMessage,
  ProviderEnvironment,
} from '../../lib/core/provider.ts';
import { isInbox } from '../../lib/core/topic-pattern.ts';
import { DeliveryFigures } from './delivery-figures.ts';
import type { QueuedMessage } from './delivery-queue.ts';
import { queueForAll } from './fan-out.ts';
import { type Inheritance, inheritedQueues } from './hand-over.ts';
import type { OutgoingMessage, OutgoingRequest } from './messaging-arguments.ts';
import { subscriptionConfig } from './messaging-assignment.ts';
import { type MessagingLimits, SHOWN_SUBSCRIPTIONS } from './messaging-limits.ts';
import type { PendingRequest } from './pending-request.ts';
import { noRoom, QueueLedger, waitingBytes } from './queue-ledger.ts';
import { ReplyInboxes } from './reply-inboxes.ts';
import { Subscriber } from './subscriber.ts';
import { TopicIndex } from './topic-index.ts';

/** What a broker is made of. */
interface BrokerParts {
  readonly limits: MessagingLimits;
  readonly environment: ProviderEnvironment;
  readonly clock: Clock;
  /** Characters of a token that nobody can guess. */
  readonly randomToken: () => string;
}

/**
 * One life of the provider: who subscribes, what waits for them, and which requests wait for replies.
 *
 * @internal
 */
export class Broker {
  readonly #limits: MessagingLimits;
  readonly #environment: ProviderEnvironment;
  readonly #ledger: QueueLedger;
  readonly #inboxes: ReplyInboxes;
  readonly #totals = new DeliveryFigures();
  readonly #index = new TopicIndex<Subscriber>();
  readonly #subscribers = new Set<Subscriber>();
  readonly #endListeners = new Map<Subscriber, () => void>();
  readonly #inherited: Map<string, Map<string, readonly DeliveredMessage[]>>;
  /** What waited for assignments that have just ended: one that replaces them takes it over. */
  readonly #left = new Map<string, readonly QueuedMessage[]>();
  #published = 0;
  #isClosed = false;

  constructor(parts: BrokerParts) {
    this.#limits = parts.limits;
    this.#environment = parts.environment;
    this.#ledger = new QueueLedger(parts.limits.maxQueuedBytes);
    this.#inboxes = new ReplyInboxes({ ...parts, ledger: this.#ledger });
    this.#inherited = inheritedQueues(parts.environment.inherited);
  }

  /** Subscribes an assignment, if it wants to, for as long as it holds. */
  subscribe(context: CallContext): void {
    const config = subscriptionConfig(context.config);
    if (this.#isClosed || config.patterns.length === 0) return;
    const subscriber = new Subscriber(context, config, {
      ledger: this.#ledger,
      environment: this.#environment,
      totals: this.#totals,
    });
    this.#subscribers.add(subscriber);
    for (const pattern of config.patterns) this.#index.add(pattern, subscriber);
    this.#endListeners.set(
      subscriber,
      context.onEnd(() => this.#unsubscribe(subscriber)),
    );
    // A grant that has ended by now has told so already.
    if (this.#subscribers.has(subscriber)) this.#restore(subscriber);
    else this.#endListeners.delete(subscriber);
  }

  /**
   * Queues a message for its subscribers, or hands a reply to who waits for it.
   *
   * @throws `RESOURCE_EXHAUSTED`, and nobody gets it; `PERMISSION_DENIED` for a reply that nobody
   *   expects from this instance.
   */
  publish(outgoing: OutgoingMessage, context: CallContext): void {
    this.#check(outgoing.body);
    if (isInbox(outgoing.topic)) {
      this.#inboxes.accept(context.instanceId, copied(outgoing));
      return;
    }
    this.#published += 1;
    this.#spread(outgoing, this.#index.match(outgoing.topic), undefined);
  }

  /**
   * Asks all subscribers and collects what they reply.
   *
   * @throws `TIMEOUT` if no reply comes in time, or at once if there is nobody who could reply;
   *   `RESOURCE_EXHAUSTED`.
   */
  request(
    { topic, body, timeoutMs, maxReplies }: OutgoingRequest,
    context: CallContext,
  ): Promise<readonly DeliveredMessage[]> {
    this.#check(body);
    const subscribers = this.#index.match(topic);
    if (subscribers.size === 0) {
      throw new WasmatrixError('TIMEOUT', 'nobody subscribes to the topic', {
        reason: 'no-subscriber',
      });
    }
    const request = this.#inboxes.open(context, { timeoutMs, maxReplies });
    this.#published += 1;
    try {
      this.#spread({ topic, body, replyTo: request.inbox }, subscribers, request);
    } catch (error) {
      request.abandon();
      throw error;
    }
    return request.replies;
  }

  /** What waits, for the next life; nothing of it is delivered by this one any more. */
  handOver(): Inheritance {
    const queues = [...this.#subscribers].map((subscriber) => ({
      instanceId: subscriber.context.instanceId,
      capabilityId: subscriber.context.capabilityId,
      messages: subscriber.drain().map(({ message }) => message),
    }));
    return { kind: 'messaging@1', queues: queues.filter(({ messages }) => messages.length > 0) };
  }

  /** Fails the requests that wait and lets go of everything else. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#inboxes.close();
    for (const subscriber of this.#subscribers) this.#unsubscribe(subscriber);
    this.#inherited.clear();
  }

  /** Figures in total and of each assignment, of the first thousand. */
  metadata(): Readonly<Record<string, unknown>> {
    const shown = [...this.#subscribers].slice(0, SHOWN_SUBSCRIPTIONS);
    return {
      ...this.#limits,
      totals: {
        published: this.#published,
        queued: [...this.#subscribers].reduce((sum, { queued }) => sum + queued, 0),
        queuedBytes: this.#ledger.usedBytes,
        pendingRequests: this.#inboxes.size,
        subscribers: this.#subscribers.size,
        ...this.#totals.snapshot(),
      },
      subscriptions: shown.map(({ context, config, queued, figures }) => ({
        instanceId: context.instanceId,
        capabilityId: context.capabilityId,
        subscriptions: config.patterns,
        queued,
        ...figures.snapshot(),
      })),
    };
  }

  #check(body: Uint8Array): void {
    if (this.#isClosed) {
      throw new WasmatrixError('CAPABILITY_NOT_FOUND', 'the provider was stopped');
    }
    const { maxMessageBytes } = this.#limits;
    if (body.byteLength > maxMessageBytes) {
      throw noRoom(`body: larger than ${maxMessageBytes} bytes`, 'message', maxMessageBytes);
    }
  }

  #spread(
    outgoing: OutgoingMessage,
    subscribers: ReadonlySet<Subscriber>,
    request: PendingRequest | undefined,
  ): void {
    if (subscribers.size === 0) return;
    const message = copied(outgoing);
    const bytes = waitingBytes(message);
    const entry = request === undefined ? { message, bytes } : { message, bytes, request };
    queueForAll(entry, subscribers, this.#subscribers, this.#ledger);
  }

  #unsubscribe(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    for (const pattern of subscriber.config.patterns) this.#index.delete(pattern, subscriber);
    this.#leaveBehind(subscriber);
    this.#endListeners.get(subscriber)?.();
    this.#endListeners.delete(subscriber);
  }

  /** An assignment that is replaced is so within one turn; what nobody takes over is lost. */
  #leaveBehind(subscriber: Subscriber): void {
    const entries = subscriber.drain();
    if (entries.length === 0 || this.#isClosed) return;
    const key = keyOf(subscriber);
    this.#left.set(key, entries);
    queueMicrotask(() => {
      if (this.#left.get(key) === entries) subscriber.noteLost(entries.length, 'queue');
      this.#left.delete(key);
    });
  }

  #restore(subscriber: Subscriber): void {
    const { instanceId, capabilityId } = subscriber.context;
    const ofInstance = this.#inherited.get(instanceId);
    const messages = ofInstance?.get(capabilityId) ?? [];
    ofInstance?.delete(capabilityId);
    if (ofInstance?.size === 0) this.#inherited.delete(instanceId);
    const entries = messages.map((message) => ({ message, bytes: waitingBytes(message) }));
    const left = this.#left.get(keyOf(subscriber)) ?? [];
    this.#left.delete(keyOf(subscriber));
    let lost = 0;
    for (const entry of [...entries, ...left]) {
      const { bytes } = entry;
      const fits = subscriber.surplusFor(bytes)?.count === 0 && bytes <= this.#ledger.leftBytes;
      if (fits) subscriber.push(entry);
      else lost += 1;
    }
    subscriber.noteLost(lost, 'queue');
    subscriber.deliver();
  }
}

function keyOf({ context: { instanceId, capabilityId } }: Subscriber): string {
  return JSON.stringify([instanceId, capabilityId]);
}

/** The publisher may go on using its bytes. */
function copied({ topic, body, replyTo }: OutgoingMessage): DeliveredMessage {
  const own = new Uint8Array(body);
  return replyTo === undefined ? { topic, body: own } : { topic, body: own, replyTo };
}

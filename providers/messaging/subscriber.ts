import type { CallContext, DeliveryOutcome, ProviderEnvironment } from '../../lib/core/provider.ts';
import { type DeliveryFigure, DeliveryFigures } from './delivery-figures.ts';
import { DeliveryQueue, type QueuedMessage } from './delivery-queue.ts';
import type { SubscriptionConfig } from './messaging-assignment.ts';
import type { QueueLedger } from './queue-ledger.ts';

const FIGURES: ReadonlyMap<DeliveryOutcome, DeliveryFigure> = new Map([
  ['handled', 'delivered'],
  ['refused', 'refused'],
  ['failed', 'failed'],
  ['no-handler', 'failed'],
  // At most once: nothing is tried again, and an instance that is gone has lost what came for it.
  ['no-room', 'dropped'],
  ['gone', 'dropped'],
]);

/**
 * An assignment that subscribes: its queue, and the one delivery that is under way at a time.
 *
 * @internal
 */
export class Subscriber {
  readonly context: CallContext;
  readonly config: SubscriptionConfig;
  readonly figures: DeliveryFigures;
  readonly #queue: DeliveryQueue;
  readonly #ledger: QueueLedger;
  readonly #environment: ProviderEnvironment;
  #isDelivering = false;

  constructor(
    context: CallContext,
    config: SubscriptionConfig,
    parts: {
      readonly ledger: QueueLedger;
      readonly environment: ProviderEnvironment;
      readonly totals: DeliveryFigures;
    },
  ) {
    this.context = context;
    this.config = config;
    this.figures = new DeliveryFigures(parts.totals);
    this.#queue = new DeliveryQueue(config.queue);
    this.#ledger = parts.ledger;
    this.#environment = parts.environment;
  }

  /** Whether a full queue loses its oldest messages rather than refuse a publisher. */
  get isLossy(): boolean {
    return this.config.queue.overflow === 'drop-oldest';
  }

  get queued(): number {
    return this.#queue.length;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** What has to go before so many bytes fit; undefined if they never do. */
  surplusFor(bytes: number): { readonly count: number; readonly bytes: number } | undefined {
    return this.#queue.surplusFor(bytes);
  }

  /** Loses the oldest messages, until so many are gone or so many bytes. */
  dropOldest(most: { readonly count?: number; readonly bytes?: number }): void {
    const { count = Number.POSITIVE_INFINITY, bytes = Number.POSITIVE_INFINITY } = most;
    let dropped = 0;
    let freed = 0;
    while (dropped < count && freed < bytes) {
      const entry = this.#queue.shift();
      if (entry === undefined) break;
      this.#ledger.giveBack(entry.bytes);
      freed += entry.bytes;
      dropped += 1;
    }
    this.noteLost(dropped, 'queue');
  }

  /** Counts messages that were lost for want of room. */
  noteLost(count: number, resource: 'queue' | 'mailbox'): void {
    if (count === 0) return;
    this.figures.add('dropped', count);
    const { instanceId, capabilityId } = this.context;
    this.#environment.noteOverflow(instanceId, { capabilityId, dropped: count, resource });
  }

  /** Lets a message wait, for which there has to be room. */
  push(entry: QueuedMessage): void {
    this.#queue.push(entry);
    this.#ledger.take(entry.bytes);
  }

  /** Goes on delivering until nothing waits. */
  deliver(): void {
    if (!this.#isDelivering) void this.#deliverAll();
  }

  /** Takes everything out that waits; a delivery under way is not called back. */
  drain(): QueuedMessage[] {
    const entries: QueuedMessage[] = [];
    for (let entry = this.#queue.shift(); entry !== undefined; entry = this.#queue.shift()) {
      this.#ledger.giveBack(entry.bytes);
      entries.push(entry);
    }
    return entries;
  }

  async #deliverAll(): Promise<void> {
    this.#isDelivering = true;
    for (let entry = this.#queue.shift(); entry !== undefined; entry = this.#queue.shift()) {
      const outcome = await this.#deliverOne(entry);
      this.#ledger.giveBack(entry.bytes);
      if (outcome === 'no-room') this.noteLost(1, 'mailbox');
      else this.figures.add(FIGURES.get(outcome) ?? 'failed');
    }
    this.#isDelivering = false;
  }

  async #deliverOne({ message, request }: QueuedMessage): Promise<DeliveryOutcome> {
    const { instanceId } = this.context;
    if (!this.context.allows({ action: 'msg:subscribe', scope: message.topic })) return 'gone';
    // Before it is delivered, since the reply may be here before the delivery is over.
    request?.ask(instanceId);
    try {
      return await this.#environment.deliver(instanceId, message);
    } catch {
      return 'failed';
    }
  }
}

import type { QueuedMessage } from './delivery-queue.ts';
import { noRoom, type QueueLedger } from './queue-ledger.ts';
import type { Subscriber } from './subscriber.ts';

/** A subscriber that will get the message, and how many of its oldest go for it. */
interface Place {
  readonly subscriber: Subscriber;
  readonly count: number;
}

/**
 * Queues a message for all its subscribers or for none: everything that could refuse it is asked
 * before anything is changed.
 *
 * Where the provider as a whole has no room, it is made at the cost of the fullest queues that may
 * lose messages, so that whoever floods a slow subscriber does not take the room of the others.
 *
 * @param all - every subscriber of the provider.
 * @throws `RESOURCE_EXHAUSTED`
 * @internal
 */
export function queueForAll(
  entry: QueuedMessage,
  subscribers: ReadonlySet<Subscriber>,
  all: ReadonlySet<Subscriber>,
  ledger: QueueLedger,
): void {
  refuseIfFull(entry, subscribers);
  const places: Place[] = [];
  const without: Subscriber[] = [];
  let freedBytes = 0;
  for (const subscriber of subscribers) {
    const surplus = subscriber.surplusFor(entry.bytes);
    if (surplus === undefined) {
      without.push(subscriber);
      continue;
    }
    places.push({ subscriber, count: surplus.count });
    freedBytes += surplus.bytes;
  }
  const neededBytes = places.length * entry.bytes;
  const lackingBytes = neededBytes - freedBytes - ledger.leftBytes;
  if (lackingBytes > 0 && lackingBytes > lossyBytes(all) - freedBytes) {
    throw noRoom('the provider has no room for the message', 'queue', ledger.limitBytes);
  }
  for (const subscriber of without) subscriber.noteLost(1, 'queue');
  for (const { subscriber, count } of places) subscriber.dropOldest({ count });
  while (ledger.leftBytes < neededBytes) {
    if (!shrinkFullest(all, neededBytes - ledger.leftBytes)) break;
  }
  for (const { subscriber } of places) subscriber.push(entry);
  for (const { subscriber } of places) subscriber.deliver();
}

function refuseIfFull({ bytes }: QueuedMessage, subscribers: ReadonlySet<Subscriber>): void {
  const full = [...subscribers].filter(
    (subscriber) => !subscriber.isLossy && subscriber.surplusFor(bytes)?.count !== 0,
  );
  for (const { figures } of full) figures.add('rejected');
  const [first] = full;
  if (first === undefined) return;
  throw noRoom('the queue of a subscriber is full', 'queue', first.config.queue.limit);
}

/** What could be had by losing messages; only asked when the provider is full. */
function lossyBytes(all: ReadonlySet<Subscriber>): number {
  let bytes = 0;
  for (const subscriber of all) if (subscriber.isLossy) bytes += subscriber.queuedBytes;
  return bytes;
}

/** At most half of the fullest goes at a time: then another may be the fullest. */
function shrinkFullest(all: ReadonlySet<Subscriber>, bytes: number): boolean {
  let fullest: Subscriber | undefined;
  for (const subscriber of all) {
    if (!subscriber.isLossy) continue;
    if (fullest === undefined || subscriber.queuedBytes > fullest.queuedBytes) fullest = subscriber;
  }
  if (fullest === undefined || fullest.queued === 0) return false;
  fullest.dropOldest({ bytes: Math.max(1, Math.min(bytes, fullest.queuedBytes / 2)) });
  return true;
}

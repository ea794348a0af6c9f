import type { Clock } from './clock.ts';
import {
  type ExecutionEvent,
  type ExecutionEventFilter,
  type ExecutionEventType,
  eventMatcher,
} from './execution-event.ts';
import { FactSubscription } from './fact-subscription.ts';

/**
 * Facts in order, which also tell whether older ones that were asked for are gone already.
 *
 * @public
 */
export interface ExecutionEventList extends Array<ExecutionEvent> {
  /** Whether facts after `sinceSeq` (or from the very first) have been dropped. Not enumerable. */
  readonly isCut: boolean;
  /** The oldest fact still kept. Not enumerable. */
  readonly oldestSeq: number;
}

type NewFact = Omit<ExecutionEvent, 'seq' | 'nodeId' | 'timestamp' | 'details'> & {
  readonly details?: ExecutionEvent['details'];
};

/**
 * The bounded, gapless record of what happened on one node. Subscribers read from the same ring at
 * their own pace, so a slow one costs no memory: if it falls behind by more than the ring holds, it
 * is told so instead of being fed a gap.
 *
 * @internal
 */
export class FactLog {
  readonly #ring: ExecutionEvent[] = [];
  readonly #capacity: number;
  readonly #nodeId: string;
  /** The time that facts are stamped with. */
  readonly clock: Clock;
  readonly #wakeUps = new Set<() => void>();
  readonly #fetches = new Set<() => void>();
  #isFetching = false;
  readonly #onAppend: ((event: ExecutionEvent) => void) | undefined;
  readonly #causeOf: ConstructorParameters<typeof FactLog>[0]['causeOf'];
  #nextSeq = 1;
  #isClosed = false;

  constructor(options: {
    readonly capacity: number;
    readonly nodeId: string;
    readonly clock: Clock;
    /** The id of the request that a fact goes back to, which it then tells as `requestId`. */
    readonly causeOf?: (
      type: ExecutionEventType,
      instanceId: string | undefined,
    ) => string | undefined;
    /** Hears each fact as it is recorded; what it throws is dropped. */
    readonly onAppend?: (event: ExecutionEvent) => void;
  }) {
    this.#capacity = options.capacity;
    this.#nodeId = options.nodeId;
    this.clock = options.clock;
    this.#onAppend = options.onAppend;
    this.#causeOf = options.causeOf;
  }

  /** The number of the newest fact; 0 before the first. */
  get lastSeq(): number {
    return this.#nextSeq - 1;
  }

  /** The number of the oldest fact that is kept. */
  get oldestSeq(): number {
    return Math.max(1, this.#nextSeq - this.#capacity);
  }

  /**
   * Has facts that lie elsewhere fetched before another is recorded and before they are asked for, so
   * that what followed from a fact never stands before it.
   *
   * @param fetch - appends them.
   * @returns ends that.
   */
  addSource(fetch: () => void): () => void {
    this.#fetches.add(fetch);
    return () => this.#fetches.delete(fetch);
  }

  /** Has facts that lie elsewhere fetched now. */
  refresh(): void {
    this.#fetch();
  }

  #fetch(): void {
    if (this.#isFetching) return;
    this.#isFetching = true;
    for (const fetch of this.#fetches) attempt(fetch);
    this.#isFetching = false;
  }

  append(type: ExecutionEventType, fact: Omit<NewFact, 'type'> = {}): ExecutionEvent {
    this.#fetch();
    const requestId = this.#causeOf?.(type, fact.instanceId);
    const cause = requestId === undefined ? {} : { requestId };
    const seq = this.#nextSeq++;
    const event: ExecutionEvent = Object.freeze({
      seq,
      type,
      ...fact,
      nodeId: this.#nodeId,
      timestamp: new Date(this.clock.now()).toISOString(),
      details: Object.freeze({ ...fact.details, ...cause }),
    });
    this.#ring[seq % this.#capacity] = event;
    // A fact is recorded whatever those who hear of it make of it.
    attempt(() => this.#onAppend?.(event));
    for (const wakeUp of this.#wakeUps) attempt(wakeUp);
    return event;
  }

  /**
   * The facts that match, oldest first. With `limit`: the first ones after `sinceSeq`, or without
   * `sinceSeq` the newest ones.
   */
  query(filter: ExecutionEventFilter, limit = Number.POSITIVE_INFINITY): ExecutionEventList {
    this.#fetch();
    const matches = eventMatcher(filter);
    const since = filter.sinceSeq ?? 0;
    const found: ExecutionEvent[] = [];
    if (filter.sinceSeq === undefined) {
      for (let seq = this.lastSeq; seq >= this.oldestSeq && found.length < limit; seq--) {
        this.#pick(seq, matches, found);
      }
      found.reverse();
    } else {
      const first = Math.max(this.oldestSeq, since + 1);
      for (let seq = first; seq <= this.lastSeq && found.length < limit; seq++) {
        this.#pick(seq, matches, found);
      }
    }
    return Object.defineProperties(found, {
      isCut: { value: since + 1 < this.oldestSeq },
      oldestSeq: { value: this.oldestSeq },
    }) as unknown as ExecutionEventList;
  }

  #pick(seq: number, matches: (event: ExecutionEvent) => boolean, into: ExecutionEvent[]): void {
    const event = this.#ring[seq % this.#capacity];
    if (event !== undefined && matches(event)) into.push(event);
  }

  /**
   * Facts as they happen, those after `sinceSeq` or from now on; where `sinceSeq` lies ahead, those
   * before it are left out. Ends when the signal fires or the log is closed.
   *
   * @throws `RESOURCE_EXHAUSTED` to the reader that fell behind by more than the log keeps.
   */
  subscribe(
    filter: ExecutionEventFilter,
    signal?: AbortSignal,
  ): AsyncIterableIterator<ExecutionEvent, undefined> {
    this.#fetch();
    const from = filter.sinceSeq ?? this.lastSeq;
    return new FactSubscription(this, eventMatcher(filter), from, signal);
  }

  /** Whether no fact will follow that a subscriber is still to hear. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The fact of a number between `oldestSeq` and `lastSeq`. */
  at(seq: number): ExecutionEvent | undefined {
    return this.#ring[seq % this.#capacity];
  }

  /** Calls `wakeUp` after each fact and at the end, until the returned function is called. */
  onChange(wakeUp: () => void): () => void {
    this.#wakeUps.add(wakeUp);
    return () => this.#wakeUps.delete(wakeUp);
  }

  /** Ends every subscription once it has read what is there. */
  close(): void {
    this.#isClosed = true;
    for (const wakeUp of this.#wakeUps) attempt(wakeUp);
  }
}

function attempt(listener: () => void): void {
  try {
    listener();
  } catch {
    // Nobody is there to be told: the log is what would tell.
  }
}

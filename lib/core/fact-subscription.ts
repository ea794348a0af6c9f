import { WasmatrixError } from './errors.ts';
import type { ExecutionEvent } from './execution-event.ts';

/** What a subscription reads from. */
interface FactSource {
  readonly lastSeq: number;
  readonly oldestSeq: number;
  readonly isClosed: boolean;
  /** The fact of that number, if it is kept. */
  at(seq: number): ExecutionEvent | undefined;
  /** Calls `wakeUp` after each fact and at the end, until the returned function is called. */
  onChange(wakeUp: () => void): () => void;
}

type Step = IteratorResult<ExecutionEvent, undefined>;

const END: Step = { done: true, value: undefined };

/**
 * One reader of the facts, at its own pace. Written by hand, because a generator that waits cannot be
 * ended: its `return()` would stand in line behind the fact that may never come.
 *
 * @internal
 */
export class FactSubscription implements AsyncIterableIterator<ExecutionEvent, undefined> {
  readonly #source: FactSource;
  readonly #matches: (event: ExecutionEvent) => boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #readers: PromiseWithResolvers<Step>[] = [];
  #seen: number;
  #hasEnded = false;
  #stopListening: (() => void) | undefined;

  constructor(
    source: FactSource,
    matches: (event: ExecutionEvent) => boolean,
    from: number,
    signal: AbortSignal | undefined,
  ) {
    this.#source = source;
    this.#matches = matches;
    this.#seen = from;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws `RESOURCE_EXHAUSTED` to the reader that fell behind by more than is kept. */
  next(): Promise<Step> {
    const reader = Promise.withResolvers<Step>();
    this.#readers.push(reader);
    this.#deliver();
    return reader.promise;
  }

  /** Ends at once, for those that wait as well. */
  async return(): Promise<Step> {
    this.#hasEnded = true;
    this.#deliver();
    return END;
  }

  #deliver(): void {
    for (const reader of this.#readers.slice()) {
      let step: Step | undefined;
      try {
        step = this.#step();
      } catch (error) {
        this.#hasEnded = true;
        this.#readers.shift();
        reader.reject(error);
        continue;
      }
      if (step === undefined) {
        this.#listen();
        return;
      }
      this.#readers.shift();
      reader.resolve(step);
    }
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  /** The next fact or the end; undefined while there is neither. */
  #step(): Step | undefined {
    if (this.#signal?.aborted === true) this.#hasEnded = true;
    if (this.#hasEnded) return END;
    const { lastSeq, oldestSeq } = this.#source;
    if (this.#seen + 1 < oldestSeq) {
      throw new WasmatrixError(
        'RESOURCE_EXHAUSTED',
        'the subscriber fell behind by more facts than are kept',
        { missingFrom: this.#seen + 1, missingTo: oldestSeq - 1 },
      );
    }
    while (this.#seen < lastSeq) {
      this.#seen += 1;
      const value = this.#source.at(this.#seen);
      if (value !== undefined && this.#matches(value)) return { done: false, value };
    }
    return this.#source.isClosed ? END : undefined;
  }

  #listen(): void {
    if (this.#stopListening !== undefined) return;
    const deliver = (): void => this.#deliver();
    const stop = this.#source.onChange(deliver);
    this.#signal?.addEventListener('abort', deliver);
    this.#stopListening = () => {
      stop();
      this.#signal?.removeEventListener('abort', deliver);
    };
  }
}

import { backoffDelayMs } from '../core/backoff.ts';
import { isWasmatrixError, WasmatrixError } from '../core/errors.ts';
import type { ExecutionEvent } from '../core/execution-event.ts';
import { fromTagged } from '../protocol/tagged-values.ts';
import type { ApiConnection } from './api-connection.ts';
import { eventSourceReader, type SourceMessage } from './event-source.ts';

type Step = IteratorResult<ExecutionEvent, undefined>;

const END: Step = { done: true, value: undefined };
/** Events that wait here for their reader; further ones wait on the way, and at last at the host. */
const MAX_WAITING = 1_000;
const BACKOFF = { initialMs: 100, factor: 2, maxMs: 5_000, jitter: 0.2 };

/** Events of a host elsewhere. A connection that is lost is opened again, and goes on where it was. */
export class RemoteEvents implements AsyncIterableIterator<ExecutionEvent, undefined> {
  readonly #connection: ApiConnection;
  readonly #path: string;
  readonly #reconnects: number;
  readonly #ended = new AbortController();
  readonly #opened = Promise.withResolvers<void>();
  readonly #waiting: ExecutionEvent[] = [];
  readonly #readers: PromiseWithResolvers<Step>[] = [];
  #room: (() => void) | undefined;
  #failure: { readonly error: unknown } | undefined;
  #lastId: string | undefined;
  #run: string | undefined;
  #attempt = 0;

  constructor(
    connection: ApiConnection,
    path: string,
    options: {
      readonly reconnects: number;
      readonly signal: AbortSignal | undefined;
      readonly onEnd: () => void;
    },
  ) {
    this.#connection = connection;
    this.#path = path;
    this.#reconnects = options.reconnects;
    const { signal } = options;
    const end = (): void => this.end();
    this.#ended.signal.addEventListener('abort', options.onEnd, { once: true });
    // Not at once: whoever makes this does not hold it yet.
    if (signal?.aborted === true) queueMicrotask(end);
    signal?.addEventListener('abort', end, { once: true, signal: this.#ended.signal });
    void this.#pump();
  }

  /** Resolves when the host has begun to tell, or never will: what happens after that is not missed. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws `CRASH_DETECTED` when the host is gone for good; `RESOURCE_EXHAUSTED` when facts were missed. */
  next(): Promise<Step> {
    const reader = Promise.withResolvers<Step>();
    this.#readers.push(reader);
    this.#deliver();
    return reader.promise;
  }

  async return(): Promise<Step> {
    this.#waiting.length = 0;
    this.#failure = undefined;
    this.end();
    return END;
  }

  /** Nothing more comes; what is here is still told. */
  end(): void {
    this.#ended.abort();
    this.#opened.resolve();
    this.#deliver();
  }

  #fail(error: unknown): void {
    this.#failure = { error };
    this.end();
  }

  #deliver(): void {
    while (this.#readers.length > 0) {
      const value = this.#waiting.shift();
      if (value === undefined && !this.#ended.signal.aborted) break;
      const reader = this.#readers.shift();
      if (value !== undefined) {
        reader?.resolve({ done: false, value });
      } else if (this.#failure === undefined) {
        reader?.resolve(END);
      } else {
        reader?.reject(this.#failure.error);
        this.#failure = undefined;
      }
    }
    if (this.#waiting.length < MAX_WAITING) this.#room?.();
  }

  async #pump(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        await this.#read();
      } catch (error) {
        if (signal.aborted) return;
        if (!isPassing(error) || this.#attempt >= this.#reconnects) {
          this.#fail(error);
          return;
        }
      }
      if (signal.aborted) return;
      await this.#pause(backoffDelayMs(BACKOFF, this.#attempt + 1, Math.random()));
      this.#attempt += 1;
    }
  }

  /** Reads one connection to its end. */
  async #read(): Promise<void> {
    const { signal } = this.#ended;
    const resume: Record<string, string> =
      this.#lastId === undefined ? {} : { 'last-event-id': this.#lastId };
    const { run, body } = await this.#connection.stream(this.#path, resume, signal);
    this.#run ??= run;
    if (run !== this.#run) throw restarted(this.#connection.url);
    const feed = eventSourceReader((message) => this.#hear(message));
    for await (const piece of body) {
      feed(piece);
      if (signal.aborted) return;
      if (this.#waiting.length >= MAX_WAITING) await this.#roomAgain();
    }
  }

  #hear({ id, event, data }: SourceMessage): void {
    if (id !== undefined) this.#lastId = id;
    this.#attempt = 0;
    this.#opened.resolve();
    if (data === undefined || this.#ended.signal.aborted) return;
    const content = fromTagged(JSON.parse(data), 'event') as ExecutionEvent;
    if (event === 'end') this.end();
    else if (event === 'gap') this.#fail(gapError(content, this.#connection.url));
    // After `cut` the stream ends, and goes on with another.
    else if (event !== 'cut') {
      this.#waiting.push(content);
      this.#deliver();
    }
  }

  async #roomAgain(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#room = resolve;
    this.#ended.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    this.#room = undefined;
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#ended.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }
}

/** Whether another attempt may fare better. */
function isPassing(error: unknown): boolean {
  if (!isWasmatrixError(error)) return true;
  const { code, details } = error;
  if (code === 'CRASH_DETECTED') return details['reason'] !== 'restarted';
  return code === 'TIMEOUT' || (code === 'RESOURCE_EXHAUSTED' && !('missingTo' in details));
}

function restarted(url: string): WasmatrixError {
  const message = `${url} was started anew, and what it told before is gone`;
  return new WasmatrixError('CRASH_DETECTED', message, { url, reason: 'restarted' });
}

function gapError(content: unknown, url: string): WasmatrixError {
  const details = content as Readonly<Record<string, unknown>>;
  if (details['reason'] === 'restarted') return restarted(url);
  const message = 'the subscriber fell behind by more facts than are kept';
  return new WasmatrixError('RESOURCE_EXHAUSTED', message, details);
}

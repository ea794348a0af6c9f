import type { ExecutionEvent } from '../../core/execution-event.ts';
import { readEventStream, type StreamWord } from './event-stream.ts';
import type { HostApi } from './host-api.ts';

/** How the page is connected to the facts of the host. */
export type FeedState = 'connecting' | 'live' | 'waiting' | 'refused';

/** Who hears facts. */
export interface FeedListener {
  /** Facts in order, all that have come since the last picture was drawn. */
  onFacts(facts: readonly ExecutionEvent[]): void;
  /** Facts are missing, or another host is there: everything is to be loaded anew. */
  onGap(): Promise<{ readonly runId: string; readonly lastSeq: number }>;
  onState(state: FeedState): void;
}

const SILENCE_MS = 60_000;
const RETRY_MS = { first: 500, most: 10_000 };
/** Facts that may wait for a picture; more would be older than a list that is loaded now. */
const MOST_WAITING = 20_000;
/** A tab that is not seen draws no pictures. */
const UNSEEN_MS = 1_000;

/** Hears the facts of the host, and goes on where it was when the connection was lost. */
export class LiveFeed {
  readonly #api: HostApi;
  readonly #listener: FeedListener;
  #waiting: ExecutionEvent[] = [];
  #isFlushing = false;
  #hasGap = true;
  #runId = '';
  #lastSeq = 0;
  #retryMs = RETRY_MS.first;

  constructor(api: HostApi, listener: FeedListener) {
    this.#api = api;
    this.#listener = listener;
  }

  /** Follows the facts until the page is left, or a token is wanting. */
  async follow(): Promise<void> {
    for (;;) {
      this.#listener.onState('connecting');
      try {
        if (this.#hasGap) await this.#load();
        await this.#read();
      } catch (error) {
        if ((error as { readonly status?: number }).status === 401) {
          this.#listener.onState('refused');
          return;
        }
      }
      this.#listener.onState('waiting');
      await new Promise((resolve) =>
        setTimeout(resolve, this.#retryMs * (0.75 + Math.random() / 2)),
      );
      this.#retryMs = Math.min(RETRY_MS.most, this.#retryMs * 2);
    }
  }

  async #load(): Promise<void> {
    const { runId, lastSeq } = await this.#listener.onGap();
    this.#waiting = [];
    this.#runId = runId;
    this.#lastSeq = lastSeq;
    this.#hasGap = false;
  }

  async #read(): Promise<void> {
    const left = new AbortController();
    try {
      const response = await this.#api.open('/v1/events?format=stream', {
        headers: { 'last-event-id': String(this.#lastSeq) },
        signal: left.signal,
      });
      // Numbers of facts begin anew with each run of a host.
      if (response.headers.get('wasmatrix-run') !== this.#runId) await this.#load();
      if (response.body === null) return;
      this.#listener.onState('live');
      this.#retryMs = RETRY_MS.first;
      await readEventStream(response.body, SILENCE_MS, (word) => this.#hear(word));
    } finally {
      left.abort();
    }
  }

  #hear({ id, event, data }: StreamWord): void {
    if (event === 'gap') {
      this.#hasGap = true;
      throw new Error('facts are missing');
    }
    if (id === undefined || event === 'cut' || event === 'end') return;
    const seq = Number(id);
    if (seq <= this.#lastSeq) return;
    this.#lastSeq = seq;
    this.#waiting.push(JSON.parse(data) as ExecutionEvent);
    if (this.#waiting.length > MOST_WAITING) {
      this.#hasGap = true;
      throw new Error('more facts than can be shown');
    }
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    if (document.visibilityState === 'visible') requestAnimationFrame(() => this.#flush());
    else setTimeout(() => this.#flush(), UNSEEN_MS);
  }

  #flush(): void {
    this.#isFlushing = false;
    const facts = this.#waiting;
    this.#waiting = [];
    if (facts.length > 0) this.#listener.onFacts(facts);
  }
}

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Supervisor } from '../actors/supervisor.ts';
import type { Clock } from '../core/clock.ts';
import { isWasmatrixError, messageOf, WasmatrixError } from '../core/errors.ts';
import type { ExecutionEvent, ExecutionEventFilter } from '../core/execution-event.ts';
import { settlesWithin } from '../core/settles-within.ts';
import { toTagged } from '../protocol/tagged-values.ts';
import type { ResolvedHostLimits } from './host-limits.ts';

/** After its last word, a reader has this long to take it, in milliseconds. */
const LAST_WORD_MS = 2_000;

type StreamLimits = Pick<ResolvedHostLimits, 'eventStreams' | 'slowReaderMs' | 'heartbeatMs'>;

/** Where a reader wants to go on, from `Last-Event-ID`. */
export interface StreamResume {
  readonly seq: number;
  /** The run of a host that has given the number; undefined where the reader does not say. */
  readonly run: string | undefined;
}

/** What a stream is opened with. */
interface StreamRequest {
  readonly filter: ExecutionEventFilter;
  readonly resume: StreamResume | undefined;
}

/**
 * Facts to readers by server-sent events. Each reads the supervisor's own record at its pace, and what is
 * written and not taken is what its socket holds: a slow reader costs no memory, is cut in the end, and may
 * go on where it was.
 */
export class EventStreams {
  readonly #supervisor: Supervisor;
  readonly #limits: StreamLimits;
  readonly #clock: Clock;
  /** With each number: those of another run of the host mean something else. */
  readonly #run: string;
  readonly #open = new Set<AbortController>();
  #isClosed = false;

  constructor(supervisor: Supervisor, limits: StreamLimits, clock: Clock, runId: string) {
    this.#supervisor = supervisor;
    this.#limits = limits;
    this.#clock = clock;
    this.#run = runId.slice(0, 8);
  }

  get size(): number {
    return this.#open.size;
  }

  /** @throws `RESOURCE_EXHAUSTED` when there are as many as there may be. */
  assertRoom(): void {
    const { eventStreams } = this.#limits;
    if (!this.#isClosed && this.#open.size < eventStreams) return;
    throw new WasmatrixError('RESOURCE_EXHAUSTED', `no more than ${eventStreams} event streams`, {
      resource: 'event-streams',
      limit: eventStreams,
      used: this.#open.size,
    });
  }

  /** Answers a reader, until it, the host or the facts end. Never rejects. */
  async serve(response: ServerResponse, request: StreamRequest): Promise<void> {
    const left = new AbortController();
    this.#open.add(left);
    const leave = (): void => left.abort();
    response.once('close', leave);
    response.on('error', leave);
    const heartbeat = setInterval(() => {
      // What is not taken shall not grow by signs of life.
      if (response.headersSent && !response.writableNeedDrain) response.write(':\n\n');
    }, this.#limits.heartbeatMs);
    try {
      await this.#feed(response, request, left.signal);
    } catch (error) {
      const data = { reason: 'failed', message: messageOf(error) };
      if (!response.destroyed) response.end(message('cut', data));
    } finally {
      clearInterval(heartbeat);
      this.#open.delete(left);
      await this.#sayLast(response);
    }
  }

  /** Ends every stream; each is told so. */
  close(): void {
    this.#isClosed = true;
    for (const left of this.#open) left.abort();
  }

  async #feed(
    response: ServerResponse,
    request: StreamRequest,
    signal: AbortSignal,
  ): Promise<void> {
    const beginning = await this.#beginning(request);
    let { since } = beginning;
    let first = beginning.gap === undefined ? '' : message('gap', beginning.gap);
    while (!signal.aborted) {
      const facts = this.#supervisor.events({ ...request.filter, sinceSeq: since, signal });
      // Only now: whoever has heard this misses nothing that follows, and can say where it was.
      response.write(`id: ${this.#id(since)}\n\n${first}`);
      first = '';
      try {
        for await (const event of facts) {
          since = event.seq;
          if (
            response.write(eventText(this.#id(event.seq), event)) ||
            (await this.#isDrained(response))
          )
            continue;
          response.end(message('cut', { reason: 'slow-reader', lastSeq: since }));
          return;
        }
        break;
      } catch (error) {
        since = gapAfter(error);
        first = message('gap', (error as WasmatrixError).details);
      }
    }
    if (!response.destroyed) response.end(message('end', { reason: 'closing' }));
  }

  #id(seq: number): string {
    return `${seq}-${this.#run}`;
  }

  /** Where a stream begins; a number that is not yet there is one of an earlier run of this host. */
  async #beginning({ filter, resume }: StreamRequest): Promise<{
    readonly since: number;
    readonly gap?: Readonly<Record<string, unknown>>;
  }> {
    const newest = await this.#supervisor.executionEvents({ limit: 1 });
    const lastSeq = newest.at(-1)?.seq ?? 0;
    if (resume === undefined) return { since: filter.sinceSeq ?? lastSeq };
    const { seq, run = this.#run } = resume;
    const isKnown = seq <= Math.max(lastSeq, filter.sinceSeq ?? 0);
    if (run === this.#run && isKnown) return { since: seq };
    return { since: newest.oldestSeq - 1, gap: { reason: 'restarted', lastSeq } };
  }

  async #isDrained(response: ServerResponse): Promise<boolean> {
    const waited = new AbortController();
    const { signal } = waited;
    const either = Promise.race([
      once(response, 'drain', { signal }),
      once(response, 'close', { signal }),
    ]);
    try {
      return await settlesWithin(either, this.#limits.slowReaderMs, this.#clock);
    } finally {
      waited.abort();
    }
  }

  async #sayLast(response: ServerResponse): Promise<void> {
    if (response.closed) return;
    const closed = once(response, 'close');
    if (!(await settlesWithin(closed, LAST_WORD_MS, this.#clock))) response.destroy();
  }
}

/** The number to go on after, for a reader that fell behind by more than is kept. */
function gapAfter(error: unknown): number {
  const missingTo = isWasmatrixError(error) ? error.details['missingTo'] : undefined;
  if (typeof missingTo === 'number') return missingTo;
  throw error;
}

function eventText(id: string, event: ExecutionEvent): string {
  const data = JSON.stringify(toTagged(event, 'event', 'drop'));
  return `id: ${id}\nevent: ${event.type}\ndata: ${data}\n\n`;
}

/** A word of the host's own; it has no number, so that a reader goes on after the last fact. */
function message(event: 'cut' | 'gap' | 'end', data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(toTagged(data, 'data', 'drop'))}\n\n`;
}

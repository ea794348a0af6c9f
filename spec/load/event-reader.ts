import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { eventSourceReader, type SourceMessage } from '../../lib/remote/event-source.ts';
import { within } from '../within.ts';

/** How a reader goes: it closes, resets its connection, or closes its half of it first and reads on. */
export type Leaving = 'close' | 'reset' | 'half-close';

const OPENING_MS = 30_000;
/** One that has closed its half reads on for so long, in milliseconds. */
const HALF_CLOSED_MS = 1_000;

/** A reader of all facts by server-sent events: hears whether each comes once and in order. */
export class EventReader {
  readonly #request: ClientRequest;
  readonly #resumed: string | undefined;
  readonly #closed: Promise<unknown>;
  #response: IncomingMessage | undefined;
  #lastId: string | undefined;
  #lastSeq: number | undefined;
  #fault: string | undefined;
  #last: string | undefined;
  #heard = 0;
  #hasBegun = false;
  #isLeaving = false;

  private constructor(url: string, resumed: string | undefined, query: string) {
    this.#resumed = resumed;
    const headers = {
      accept: 'text/event-stream',
      ...(resumed === undefined ? {} : { 'last-event-id': resumed }),
    };
    this.#request = get(`${url}/v1/events${query}`, { agent: false, headers });
    this.#closed = once(this.#request, 'close').catch(() => undefined);
    this.#request.on('error', (error) => this.#wrong(`the connection is lost: ${error.message}`));
  }

  /**
   * Opens a stream and reads what comes, or nothing at all until `readOn()`.
   *
   * @param resumed - the id of the event to go on after.
   */
  static async open(
    url: string,
    { resumed, query = '', reads = true }: { resumed?: string; query?: string; reads?: boolean },
  ): Promise<EventReader> {
    const reader = new EventReader(url, resumed, query);
    const answered = once(reader.#request, 'response') as Promise<[IncomingMessage]>;
    const [response] = await within(answered, OPENING_MS, 'the answer to a reader');
    reader.#response = response;
    response.on('error', () => undefined);
    if (response.statusCode !== 200) reader.#wrong(`a reader is told ${response.statusCode}`);
    if (reads) reader.readOn();
    return reader;
  }

  /** The first thing that was not as it has to be. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Where another reader may go on. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  /** Facts heard. */
  get heard(): number {
    return this.#heard;
  }

  /** The last word of the host's own: `gap`, `cut` or `end`. */
  get last(): string | undefined {
    return this.#last;
  }

  /** Resolves when the connection is closed, whoever has done it. */
  get closed(): Promise<unknown> {
    return this.#closed;
  }

  readOn(): void {
    const feed = eventSourceReader((message) => this.#hear(message));
    this.#response?.on('data', (piece: Buffer) => feed(piece));
    this.#response?.once('close', () => {
      if (!this.#isLeaving && this.#last === undefined) this.#wrong('the stream broke off');
    });
  }

  async leave(how: Leaving): Promise<void> {
    this.#isLeaving = true;
    const { socket } = this.#request;
    if (how === 'half-close' && socket !== null) {
      socket.end();
      await within(this.#closed, HALF_CLOSED_MS, 'its end').catch(() => undefined);
    }
    if (how === 'reset') (socket as { resetAndDestroy?(): void } | null)?.resetAndDestroy?.();
    this.#request.destroy();
    await this.#closed;
  }

  #wrong(fault: string): void {
    if (!this.#isLeaving) this.#fault ??= fault;
  }

  #hear({ id, event, data }: SourceMessage): void {
    if (data === undefined) {
      this.#begin(id);
      return;
    }
    if (event === 'gap' || event === 'cut' || event === 'end') {
      this.#last = event;
      // What is missed is told, and the next fact is the one behind it.
      if (event === 'gap') this.#lastSeq = (JSON.parse(data) as { missingTo?: number }).missingTo;
      return;
    }
    const { seq } = JSON.parse(data) as { readonly seq: number };
    const wanted = (this.#lastSeq ?? seq - 1) + 1;
    if (seq !== wanted) this.#fault ??= `the fact ${wanted} is missing before ${seq}`;
    if (Number.parseInt(id ?? '', 10) !== seq)
      this.#fault ??= `the id ${id} is told of fact ${seq}`;
    this.#lastSeq = seq;
    this.#lastId = id;
    this.#heard += 1;
  }

  /** The first word is an id alone: where the stream begins. */
  #begin(id: string | undefined): void {
    if (id === undefined || this.#hasBegun) return;
    this.#hasBegun = true;
    if (this.#resumed !== undefined && id !== this.#resumed) {
      this.#fault ??= `the stream goes on at ${id}, not at ${this.#resumed}`;
    }
    this.#lastSeq = Number.parseInt(id, 10);
    this.#lastId = id;
  }
}

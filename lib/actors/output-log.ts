import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { LineSplitter } from '../core/line-splitter.ts';
import { type Logger, silentLogger } from '../core/logger.ts';
import type { OutputListener } from '../core/output-listener.ts';
import type { LifeRequest } from '../protocol/instance-messages.ts';
import { markTaken, outputEnd, readOutputSince } from '../protocol/output-ring.ts';

/** How long a line may wait; the guest is not asked, so this costs its calls nothing. */
const ROUND_MS = 200;
/** Likewise, where the guest waits for its reader, and somebody may look on. */
const EAGER_ROUND_MS = 5;
/** Lines of one stream in one round; the rest is counted. */
const MOST_OF_A_STREAM = 500;
/** What all instances together may cost the host's thread in one round; the others come first in the next. */
const MOST_LINES = 2_000;
const MOST_BYTES = 4 * 1024 * 1024;

type Streams = NonNullable<LifeRequest['output']>;

type RequestOf = (instanceId: string) => string | undefined;

type Fields = Readonly<{ instanceId: string; stream: keyof Streams; requestId?: string }>;

/** Who hears of what is written, and what it is told with. */
interface OutputHearers {
  readonly logger: Logger;
  readonly requestOf: RequestOf;
  readonly listener: OutputListener | undefined;
}

/** What one life writes, on its way to the log. */
export interface FollowedOutput {
  /** The life is over: logs the rest. Idempotent. */
  close(): void;
}

/** Puts what guests write to the log, line by line, by reading it where it is kept anyway. */
export class OutputLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #requestOf: RequestOf;
  readonly #listener: OutputListener | undefined;
  readonly #followed = new Set<LifeOutput>();
  readonly #byInstance = new Map<string, Set<LifeOutput>>();
  #timer: unknown;

  /** @param requestOf - tells by which request an instance is at work. */
  constructor(
    logger: Logger,
    clock: Clock,
    requestOf: RequestOf = () => undefined,
    listener?: OutputListener,
  ) {
    this.#logger = logger;
    this.#clock = clock;
    this.#requestOf = requestOf;
    this.#listener = listener;
  }

  /** Logs what an instance has written up to now: from now on it is at work for somebody else. */
  catchUp(instanceId: string): void {
    for (const output of this.#byInstance.get(instanceId) ?? []) {
      if (output.hasNews) output.read();
    }
  }

  /** Whether all that is written is wanted, so that a guest has to wait until it is taken. */
  get takesAll(): boolean {
    return this.#listener !== undefined;
  }

  /** Logs what a life writes from now on, until it is closed. */
  follow(instanceId: string, streams: Streams): FollowedOutput {
    const listener = this.#listener;
    const output = new LifeOutput(instanceId, streams, {
      logger: this.#logger,
      requestOf: this.#requestOf,
      listener,
    });
    this.#followed.add(output);
    const own = this.#byInstance.get(instanceId) ?? new Set();
    this.#byInstance.set(instanceId, own.add(output));
    this.#timer ??= this.#later();
    return {
      close: () => {
        if (!this.#followed.delete(output)) return;
        own.delete(output);
        if (own.size === 0 && this.#byInstance.get(instanceId) === own) {
          this.#byInstance.delete(instanceId);
        }
        output.readRest();
        if (this.#followed.size > 0) return;
        this.#clock.clearTimeout(this.#timer);
        this.#timer = undefined;
      },
    };
  }

  #later(): unknown {
    const ms = this.takesAll ? EAGER_ROUND_MS : ROUND_MS;
    return this.#clock.setTimeout(() => this.#round(), ms);
  }

  #round(): void {
    this.#timer = this.#later();
    let lines = 0;
    let bytes = 0;
    for (const output of Array.from(this.#followed)) {
      if (!output.hasNews) continue;
      const cost = output.read();
      lines += cost.lines;
      bytes += cost.bytes;
      // To the end of the queue: who writes most must not keep the others waiting.
      this.#followed.delete(output);
      this.#followed.add(output);
      if (lines >= MOST_LINES || bytes >= MOST_BYTES) return;
    }
  }
}

/** The log of output, where anybody reads it. */
export function newOutputLog(
  logger: Logger,
  clock: Clock,
  requestOf: RequestOf = () => undefined,
  listener?: OutputListener,
): OutputLog | undefined {
  if (logger === silentLogger && listener === undefined) return undefined;
  return new OutputLog(logger, clock, requestOf, listener);
}

class LifeOutput {
  readonly #streams: readonly StreamOutput[];

  constructor(
    instanceId: string,
    { stdout, stderr }: Streams,
    { logger, requestOf, listener }: OutputHearers,
  ) {
    const fields = (stream: keyof Streams) => (): Fields => {
      const requestId = requestOf(instanceId);
      return { instanceId, stream, ...(requestId === undefined ? {} : { requestId }) };
    };
    this.#streams = [
      new StreamOutput(fields('stdout'), stdout, logger, listener),
      new StreamOutput(fields('stderr'), stderr, logger, listener),
    ];
  }

  get hasNews(): boolean {
    return this.#streams.some((stream) => stream.hasNews);
  }

  read(): { readonly lines: number; readonly bytes: number } {
    const costs = this.#streams.filter(({ hasNews }) => hasNews).map((stream) => stream.read());
    return {
      lines: costs.reduce((sum, { lines }) => sum + lines, 0),
      bytes: costs.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /** The life is over: what is left is told, whether its hearers are ready or not. */
  readRest(): void {
    for (const stream of this.#streams) {
      stream.read();
      stream.end();
    }
  }
}

class StreamOutput {
  readonly #fields: () => Fields;
  readonly #ring: SharedArrayBuffer;
  readonly #logger: Logger;
  readonly #listener: OutputListener | undefined;
  readonly #splitter = new LineSplitter();
  #from = 0n;
  /** Whether the listener is at work still on what it was told last. */
  #isBusy = false;

  constructor(
    fields: () => Fields,
    ring: SharedArrayBuffer,
    logger: Logger,
    listener: OutputListener | undefined,
  ) {
    this.#listener = listener;
    this.#fields = fields;
    this.#ring = ring;
    this.#logger = logger;
  }

  /** Whether there is something that its hearers are ready for. */
  get hasNews(): boolean {
    return !this.#isBusy && outputEnd(this.#ring) !== this.#from;
  }

  read(): { readonly lines: number; readonly bytes: number } {
    const { bytes, end } = readOutputSince(this.#ring, this.#from);
    const lostBytes = Number(end - this.#from) - bytes.length;
    this.#from = end;
    this.#tell(bytes, end);
    if (this.#logger === silentLogger) return { lines: 0, bytes: bytes.length };
    if (lostBytes > 0) {
      this.#splitter.skip();
      this.#leftOut({ lostBytes });
    }
    const lines = this.#splitter.take(bytes);
    // Where bytes are missing, the first line has lost its beginning.
    if (lostBytes > 0) lines.shift();
    const shown = lines.slice(0, MOST_OF_A_STREAM);
    const fields = this.#fields();
    for (const line of shown) this.#logger.info(fields, line);
    if (lines.length > shown.length) this.#leftOut({ lostLines: lines.length - shown.length });
    return { lines: shown.length, bytes: bytes.length };
  }

  end(): void {
    for (const line of this.#splitter.end()) this.#logger.info(this.#fields(), line);
  }

  #tell(bytes: Uint8Array, end: bigint): void {
    if (this.#listener === undefined) return;
    try {
      const { instanceId, stream } = this.#fields();
      const taken = bytes.length > 0 ? this.#listener({ instanceId, stream, bytes }) : undefined;
      if (taken !== undefined) {
        this.#isBusy = true;
        void this.#awaitTaken(taken, end);
        return;
      }
    } catch (error) {
      this.#listenerFailed(error);
    }
    markTaken(this.#ring, end);
  }

  async #awaitTaken(taken: Promise<void>, end: bigint): Promise<void> {
    try {
      await taken;
    } catch (error) {
      this.#listenerFailed(error);
    }
    this.#isBusy = false;
    markTaken(this.#ring, end);
  }

  #listenerFailed(error: unknown): void {
    this.#logger.error({ ...this.#fields(), reason: messageOf(error) }, 'onOutput has thrown');
  }

  #leftOut(details: Readonly<Record<string, number>>): void {
    this.#logger.warn({ ...this.#fields(), ...details }, 'output was left out of the log');
  }
}

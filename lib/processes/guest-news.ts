import type { StartRequest } from '../protocol/instance-messages.ts';
import { readOutputSince } from '../protocol/output-ring.ts';
import type { ProcessNews } from '../protocol/process-messages.ts';
import { readVitals } from '../protocol/vitals.ts';

/**
 * How old the host's knowledge of a busy guest may be; a flood of output costs it no more than five copies
 * a second, and a process with a thousand guests that rest next to nothing.
 */
const TELL_EVERY_MS = 200;

type Streams = NonNullable<StartRequest['output']>;

/** Tells the host what a guest has written and how it is, whenever that has changed. */
export class GuestNews {
  readonly #vitals: SharedArrayBuffer;
  readonly #output: Streams | undefined;
  readonly #post: (news: ProcessNews) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #told = { stdout: 0n, stderr: 0n };
  #vitalsTold = '';

  constructor(
    vitals: SharedArrayBuffer,
    output: Streams | undefined,
    post: (news: ProcessNews) => void,
  ) {
    this.#vitals = vitals;
    this.#output = output;
    this.#post = post;
    this.#timer = setInterval(() => this.tell(), TELL_EVERY_MS);
  }

  /** Tells what is new now. */
  tell(): void {
    const news = this.take();
    if (news !== undefined) this.#post(news);
  }

  /** What is new, for a message that is sent anyway. */
  take(): ProcessNews | undefined {
    const vitals = readVitals(this.#vitals);
    const stdout = this.#written('stdout');
    const stderr = this.#written('stderr');
    const seen = `${vitals.memoryBytes} ${vitals.cpuMicros}`;
    if (seen === this.#vitalsTold && stdout === undefined && stderr === undefined) {
      return undefined;
    }
    this.#vitalsTold = seen;
    return {
      ...vitals,
      ...(stdout === undefined ? {} : { stdout }),
      ...(stderr === undefined ? {} : { stderr }),
    };
  }

  #written(stream: keyof Streams): Uint8Array | undefined {
    const ring = this.#output?.[stream];
    if (ring === undefined) return undefined;
    const { bytes, end } = readOutputSince(ring, this.#told[stream]);
    this.#told[stream] = end;
    return bytes.length === 0 ? undefined : bytes;
  }

  /** The guest is gone: tells the rest. */
  close(): void {
    clearInterval(this.#timer);
    this.tell();
  }
}

import type { WireValue } from '../core/provider.ts';
import type { ServedSpan } from '../core/served-span.ts';
import { WireError, WireReader, WireWriter } from './wire-codec.ts';

/**
 * Facts on their way from the thread that serves calls to the log of the host, in shared memory: a
 * fact is there before the guest hears the answer that it is about, and the host finds it before it
 * records anything that came of that answer.
 *
 * ```text
 * int32  0  WRITTEN: bytes written so far, modulo 2^32
 * int32  1  READ: bytes read so far, modulo 2^32
 * int32  2  NOTICED: 1 while the reader has been told and has not come yet
 * int32  3  LOST: facts for which there was no room
 * byte  16 … the ring; each fact is its length in 4 bytes and its bytes
 * ```
 */
const HEADER_BYTES = 16;
const WORD = { written: 0, read: 1, noticed: 2, lost: 3 } as const;
const LENGTH_BYTES = 4;

/** Room for some thousand facts. A power of two, so that positions may wrap around. */
const RING_BYTES = 1 << 20;
/** A fact is names and scopes; whatever is larger is a mistake. */
const MAX_FACT_BYTES = 64 * 1_024;
/** The longest that a full ring holds up the calls which fill it. */
const FULL_WAIT_MS = 100;

/** What is told of one call. */
export interface ServedFact {
  readonly type: 'capability_denied' | 'capability_called' | 'mailbox_overflowed';
  readonly instanceId: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A call that is told for a trace; no fact. */
export interface ToldSpan extends ServedSpan {
  readonly instanceId: string;
}

const SPAN = 'span';

/** Makes the memory of a ring. */
export function newFactRing(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + RING_BYTES);
}

/** One end of the ring; one thread writes, another reads. */
class RingEnd {
  protected readonly words: Int32Array<SharedArrayBuffer>;
  protected readonly bytes: Uint8Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.bytes = new Uint8Array(buffer, HEADER_BYTES);
  }

  protected copyIn(at: number, source: Uint8Array): void {
    const from = at & (RING_BYTES - 1);
    const first = Math.min(source.length, RING_BYTES - from);
    this.bytes.set(source.subarray(0, first), from);
    this.bytes.set(source.subarray(first), 0);
  }

  protected copyOut(at: number, length: number): Uint8Array {
    const copy = new Uint8Array(length);
    const from = at & (RING_BYTES - 1);
    const first = Math.min(length, RING_BYTES - from);
    copy.set(this.bytes.subarray(from, from + first));
    copy.set(this.bytes.subarray(0, length - first), first);
    return copy;
  }
}

/** The end that serves calls. */
export class FactWriter extends RingEnd {
  readonly #wakeReader: () => void;
  readonly #writer = new WireWriter(MAX_FACT_BYTES);
  readonly #length = new DataView(new ArrayBuffer(LENGTH_BYTES));

  /** @param wakeReader - tells the reader that it is to come; called once for many facts. */
  constructor(buffer: SharedArrayBuffer, wakeReader: () => void) {
    super(buffer);
    this.#wakeReader = wakeReader;
  }

  /** Writes a fact; where there is no room within a moment it is counted as lost. */
  put(fact: ServedFact): void {
    const written = this.#encoded([fact.type, fact.instanceId, fact.details as WireValue]);
    if (written === undefined || !this.#awaitRoom(LENGTH_BYTES + written.length)) {
      Atomics.add(this.words, WORD.lost, 1);
      return;
    }
    this.#append(written);
  }

  /** Writes a span; where there is no room it is lost, since no call is to wait for a trace. */
  trace({ instanceId, ...span }: ToldSpan): void {
    const details = Object.fromEntries(
      Object.entries(span).filter(([, value]) => value !== undefined),
    );
    const written = this.#encoded([SPAN, instanceId, details]);
    if (written === undefined || this.#room < LENGTH_BYTES + written.length) return;
    this.#append(written);
  }

  #encoded(value: WireValue): Uint8Array | undefined {
    try {
      this.#writer.reset();
      this.#writer.value(value);
      return this.#writer.written;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return undefined;
    }
  }

  get #room(): number {
    const used = Atomics.load(this.words, WORD.written) - Atomics.load(this.words, WORD.read);
    return RING_BYTES - (used | 0);
  }

  #append(written: Uint8Array): void {
    const at = Atomics.load(this.words, WORD.written);
    this.#length.setUint32(0, written.length);
    this.copyIn(at, new Uint8Array(this.#length.buffer));
    this.copyIn(at + LENGTH_BYTES, written);
    Atomics.store(this.words, WORD.written, (at + LENGTH_BYTES + written.length) | 0);
    this.#notify();
  }

  #notify(): void {
    if (Atomics.exchange(this.words, WORD.noticed, 1) === 0) this.#wakeReader();
  }

  #awaitRoom(wanted: number): boolean {
    const deadline = performance.now() + FULL_WAIT_MS;
    for (;;) {
      const read = Atomics.load(this.words, WORD.read);
      const used = (Atomics.load(this.words, WORD.written) - read) | 0;
      if (RING_BYTES - used >= wanted) return true;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return false;
      this.#notify();
      Atomics.wait(this.words, WORD.read, read, leftMs);
    }
  }
}

/** The end of the host. */
export class FactReader extends RingEnd {
  #isDraining = false;

  /** Takes everything out, oldest first, and how many facts had no room since the last time. */
  drain(take: (fact: ServedFact) => void, takeSpan?: (span: ToldSpan) => void): number {
    // Whoever takes a fact may ask for those that lie here before it records that one.
    if (this.#isDraining) return 0;
    this.#isDraining = true;
    try {
      return this.#drain(take, takeSpan);
    } finally {
      this.#isDraining = false;
    }
  }

  #drain(
    take: (fact: ServedFact) => void,
    takeSpan: ((span: ToldSpan) => void) | undefined,
  ): number {
    // First, so that a fact which is written meanwhile is noticed anew.
    Atomics.store(this.words, WORD.noticed, 0);
    const end = Atomics.load(this.words, WORD.written);
    let at = Atomics.load(this.words, WORD.read);
    if (at === end) return this.#lost();
    while (at !== end) {
      const length = new DataView(this.copyOut(at, LENGTH_BYTES).buffer).getUint32(0);
      const [type, instanceId, details] = new WireReader(
        this.copyOut(at + LENGTH_BYTES, length),
      ).value() as [ServedFact['type'] | typeof SPAN, string, ServedFact['details']];
      at = (at + LENGTH_BYTES + length) | 0;
      Atomics.store(this.words, WORD.read, at);
      if (type === SPAN) takeSpan?.({ ...(details as unknown as ServedSpan), instanceId });
      else take({ type, instanceId, details });
    }
    Atomics.notify(this.words, WORD.read);
    return this.#lost();
  }

  #lost(): number {
    return Atomics.load(this.words, WORD.lost) === 0
      ? 0
      : Atomics.exchange(this.words, WORD.lost, 0);
  }
}

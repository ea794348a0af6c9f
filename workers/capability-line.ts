import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { WireValue } from '../lib/core/provider.ts';
import type { CapabilityCall } from '../lib/protocol/capability-call.ts';
import { readFailure, writeCall } from '../lib/protocol/capability-call.ts';
import {
  PHASE,
  REPLY,
  SLOT,
  type Slot,
  type SlotReply,
  type SlotRequest,
  slotOf,
  stateOf,
  WATCH,
} from '../lib/protocol/capability-slot.ts';
import type { CapabilityEnd } from '../lib/protocol/instance-messages.ts';
import { WireError, WireReader, WireWriter } from '../lib/protocol/wire-codec.ts';
import { CapabilityRefused } from './guest-failure.ts';

/** Codes and length prefixes around the largest payload. */
const ENVELOPE_BYTES = 64 * 1_024;
/** A wake-up can be missed (seen with Atomics.notify across threads), so each wait is short. */
const LONGEST_WAIT_MS = 250;
/** Some 20 µs: a call from memory takes three. */
const SWIFT_LOOKS = 5_000;
/** A provider that has begun to write an answer needs microseconds; then it is dead. */
const ANSWERING_GRACE_MS = 1_000;

/** Nobody is at the other end, or nobody who would still do anything: nothing was done. */
export const NOT_SERVED: unique symbol = Symbol('not served');

/** No grant covers what was asked tentatively: nothing was done, and somebody else may be asked. */
export class RefusedForNow extends CapabilityRefused {}

/** Writes calls; one for all lines of a thread, because one call is made at a time. */
export class CallWriter {
  readonly #writer: WireWriter;

  constructor(payloadBytes: number) {
    this.#writer = new WireWriter(payloadBytes + ENVELOPE_BYTES);
  }

  /**
   * @returns valid until the next call is written.
   * @throws `CapabilityRefused`
   */
  write(call: CapabilityCall): Uint8Array<ArrayBuffer> {
    try {
      writeCall(this.#writer, call);
      return this.#writer.written;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw new CapabilityRefused({ code: 'RESOURCE_EXHAUSTED', message: error.message });
    }
  }
}

/**
 * The guest's end of one channel: writes a request, blocks the thread until it is answered or the
 * deadline has passed, and reads the answer.
 */
export class CapabilityLine {
  readonly #port: MessagePort;
  readonly #slot: Slot;
  readonly #onMessage: (message: unknown) => void;
  #sequence = 0;
  #isBroken = false;

  /** @param onMessage - takes messages of the port that are no replies. */
  constructor(end: CapabilityEnd, onMessage: (message: unknown) => void = () => undefined) {
    this.#port = end.port as MessagePort;
    this.#slot = slotOf(end.slot);
    this.#onMessage = onMessage;
  }

  /** How often the routes have changed, as the host counts; of use in the desk's line only. */
  get routeChanges(): number {
    return Atomics.load(this.#slot.header, SLOT.routes);
  }

  /** Blocks until the routes change or the time has passed. */
  awaitRouteChange(seen: number, untilMs: number): void {
    const { header } = this.#slot;
    for (;;) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0 || Atomics.load(header, SLOT.routes) !== seen) return;
      Atomics.wait(header, SLOT.routes, seen, Math.min(LONGEST_WAIT_MS, leftMs));
    }
  }

  /** Takes in what is posted to the line also while the guest makes no calls. */
  listen(): void {
    this.#port.on('message', this.#onMessage);
    this.#port.unref();
  }

  /** Takes in what has been posted to the line. */
  drain(): void {
    for (;;) {
      const received: { readonly message: unknown } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#onMessage(received.message);
    }
  }

  /** Gives the port back. */
  close(): void {
    this.#port.close();
  }

  /**
   * Asks and waits.
   *
   * @param isTentative - whether somebody else is asked after a refusal.
   * @returns `NOT_SERVED` where the other end is closed, or is being replaced.
   * @throws `CapabilityRefused`, or `RefusedForNow` to who asks tentatively.
   */
  ask(
    request: Uint8Array<ArrayBuffer>,
    isTentative: boolean,
    deadlineMs: number,
  ): WireValue | typeof NOT_SERVED {
    if (this.#isBroken) return NOT_SERVED;
    this.#sequence = (this.#sequence + 1) & 0x1fff_ffff;
    this.#post(request, isTentative);
    if (this.#isClosed && this.#withdraw()) return NOT_SERVED;
    if (!this.#isAnsweredSwiftly()) this.#awaitAnswer(deadlineMs);
    return this.#answer();
  }

  #post(request: Uint8Array<ArrayBuffer>, isTentative: boolean): void {
    const { header, bytes } = this.#slot;
    const sequence = this.#sequence;
    const fits = request.length <= bytes.length;
    if (fits) bytes.set(request);
    Atomics.store(header, SLOT.length, fits ? request.length : 0);
    Atomics.store(header, SLOT.kind, isTentative ? 1 : 0);
    Atomics.store(header, SLOT.state, stateOf(sequence, PHASE.requested));
    if (!fits) {
      const copy = request.slice();
      const message: SlotRequest = { sequence, request: copy };
      this.#port.postMessage(message, [copy.buffer]);
    } else if (Atomics.load(header, SLOT.watch) === WATCH.asleep) {
      this.#port.postMessage(sequence satisfies SlotRequest);
    }
  }

  get #isClosed(): boolean {
    return Atomics.load(this.#slot.header, SLOT.closed) !== 0;
  }

  /** Takes the request back, if nobody has begun to answer it. */
  #withdraw(): boolean {
    const requested = stateOf(this.#sequence, PHASE.requested);
    const idle = stateOf(this.#sequence, PHASE.idle);
    const { header } = this.#slot;
    return Atomics.compareExchange(header, SLOT.state, requested, idle) === requested;
  }

  /** Looks for the answer for some microseconds: to sleep and be woken takes longer than most answers. */
  #isAnsweredSwiftly(): boolean {
    const { header } = this.#slot;
    if (Atomics.load(header, SLOT.watch) !== WATCH.swift) return false;
    const answered = stateOf(this.#sequence, PHASE.answered);
    for (let look = 0; look < SWIFT_LOOKS; look += 1) {
      if (Atomics.load(header, SLOT.state) === answered) return true;
    }
    return false;
  }

  #awaitAnswer(deadlineMs: number): void {
    const { header } = this.#slot;
    const requested = stateOf(this.#sequence, PHASE.requested);
    const answered = stateOf(this.#sequence, PHASE.answered);
    for (;;) {
      const state = Atomics.load(header, SLOT.state);
      if (state === answered) return;
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0 && state === requested) {
        if (this.#withdraw()) {
          throw new CapabilityRefused({ code: 'TIMEOUT', message: 'the provider did not answer' });
        }
      } else if (leftMs < -ANSWERING_GRACE_MS) {
        this.#isBroken = true;
        throw new CapabilityRefused({ code: 'TIMEOUT', message: 'the provider died answering' });
      } else {
        Atomics.wait(header, SLOT.state, state, Math.min(LONGEST_WAIT_MS, Math.max(1, leftMs)));
      }
    }
  }

  #answer(): WireValue | typeof NOT_SERVED {
    const { header, bytes } = this.#slot;
    const kind = Atomics.load(header, SLOT.kind);
    if (kind === REPLY.moved) return NOT_SERVED;
    if (kind === REPLY.byPort) {
      const { isFailure, reply } = this.#replyByPort();
      return decoded(reply, isFailure);
    }
    const reply = bytes.slice(0, Atomics.load(header, SLOT.length));
    if (kind === REPLY.refused) throw new RefusedForNow(readFailure(reply));
    return decoded(reply, kind === REPLY.failure);
  }

  #replyByPort(): SlotReply {
    for (;;) {
      const received: { readonly message: unknown } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined) {
        throw new CapabilityRefused({ code: 'STORAGE_ERROR', message: 'the reply was lost' });
      }
      const { message } = received;
      if (!isReply(message)) this.#onMessage(message);
      // Replies to calls that were given up may still lie in the queue.
      else if (message.sequence === this.#sequence) return message;
    }
  }
}

function isReply(message: unknown): message is SlotReply {
  return (message as Partial<SlotReply> | null)?.reply instanceof Uint8Array;
}

function decoded(reply: Uint8Array, isFailure: boolean): WireValue {
  if (isFailure) throw new CapabilityRefused(readFailure(reply));
  return new WireReader(reply).value();
}

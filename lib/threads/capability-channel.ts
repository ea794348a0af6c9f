import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { WasmatrixError } from '../core/errors.ts';
import { isPromiseLike } from '../core/promise-like.ts';
import type { WireValue } from '../core/provider.ts';
import {
  type CapabilityCall,
  failureOf,
  readCall,
  writeFailure,
} from '../protocol/capability-call.ts';
import {
  newSlotBuffer,
  PHASE,
  REPLY,
  SLOT,
  type Slot,
  type SlotReply,
  slotOf,
  stateOf,
} from '../protocol/capability-slot.ts';
import type { CapabilityEnd } from '../protocol/instance-messages.ts';
import { WireOverflow, WireWriter } from '../protocol/wire-codec.ts';

/** Codes and length prefixes around the largest payload. */
const ENVELOPE_BYTES = 64 * 1_024;

/** Answers one call, at once or later; who calls is known from the channel it came by. */
export type ServeCall = (call: CapabilityCall) => WireValue | Promise<WireValue>;

/**
 * The host's end of one guest's capability channel: reads requests out of shared memory, has them
 * served and wakes the guest. At most one call is under way, because the guest's thread is blocked by
 * it; whatever else arrives is ignored.
 */
export class CapabilityChannel {
  /** To be transferred to the guest's thread. */
  readonly guestEnd: CapabilityEnd<MessagePort>;
  readonly #port: MessagePort;
  readonly #slot: Slot;
  readonly #serve: ServeCall;
  readonly #writer: WireWriter;
  readonly #limitBytes: number;
  #underWay = -1;
  #isClosed = false;

  constructor(serve: ServeCall, payloadBytes: number) {
    const { port1, port2 } = new MessageChannel();
    const buffer = newSlotBuffer();
    this.guestEnd = { port: port2, slot: buffer };
    this.#port = port1;
    this.#slot = slotOf(buffer);
    this.#serve = serve;
    this.#limitBytes = payloadBytes + ENVELOPE_BYTES;
    this.#writer = new WireWriter(this.#limitBytes);
    port1.on('message', (message: unknown) => this.#receive(message));
    port1.on('messageerror', () => undefined);
    // The guest's thread keeps the process alive, not its channel.
    port1.unref();
  }

  /** Gives the port back; a call under way is not answered any more. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#port.close();
  }

  #receive(message: unknown): void {
    if (this.#isClosed) return;
    const request = this.#requestOf(message);
    if (request === undefined) return;
    const { sequence, bytes } = request;
    const state = Atomics.load(this.#slot.header, SLOT.state);
    if (state !== stateOf(sequence, PHASE.requested) || this.#underWay === sequence) return;
    this.#underWay = sequence;
    try {
      const value = this.#serve(this.#decoded(bytes));
      if (isPromiseLike(value)) this.#answerLater(sequence, value);
      else this.#answerValue(sequence, value);
    } catch (error) {
      this.#answerFailure(sequence, error);
    }
  }

  #answerLater(sequence: number, value: PromiseLike<WireValue>): void {
    // Whatever a foreign `then` does, one of the two is called, and once.
    Promise.resolve(value).then(
      (settled) => this.#answerValue(sequence, settled),
      (error: unknown) => this.#answerFailure(sequence, error),
    );
  }

  #requestOf(
    message: unknown,
  ): { readonly sequence: number; readonly bytes: Uint8Array } | undefined {
    if (typeof message === 'number') {
      const length = Atomics.load(this.#slot.header, SLOT.length);
      if (length < 0 || length > this.#slot.bytes.length) return undefined;
      // A copy: nobody may change the request between its check and its use.
      return { sequence: message, bytes: this.#slot.bytes.slice(0, length) };
    }
    if (typeof message !== 'object' || message === null) return undefined;
    const { sequence, request } = message as {
      readonly sequence?: unknown;
      readonly request?: unknown;
    };
    if (typeof sequence !== 'number' || !(request instanceof Uint8Array)) return undefined;
    return { sequence, bytes: request };
  }

  #decoded(bytes: Uint8Array): CapabilityCall {
    if (bytes.length > this.#limitBytes) {
      throw new WasmatrixError('RESOURCE_EXHAUSTED', 'the message is too large');
    }
    try {
      return readCall(bytes);
    } catch (error) {
      throw new WasmatrixError('INVALID_REQUEST', 'the message is malformed', {}, { cause: error });
    }
  }

  #answerValue(sequence: number, value: WireValue): void {
    try {
      this.#writer.reset();
      this.#writer.value(value);
    } catch (error) {
      this.#answerFailure(
        sequence,
        error instanceof WireOverflow
          ? new WasmatrixError('RESOURCE_EXHAUSTED', 'the reply is too large')
          : new WasmatrixError('STORAGE_ERROR', 'the reply is no plain data'),
      );
      return;
    }
    this.#answer(sequence, REPLY.value);
  }

  #answerFailure(sequence: number, thrown: unknown): void {
    writeFailure(this.#writer, failureOf(thrown));
    this.#answer(sequence, REPLY.failure);
  }

  #answer(sequence: number, kind: number): void {
    const { header, bytes } = this.#slot;
    this.#underWay = -1;
    if (this.#isClosed) return;
    const asked = stateOf(sequence, PHASE.requested);
    const claim = stateOf(sequence, PHASE.answering);
    // The guest may have given up meanwhile; the slot is then no longer this call's.
    if (Atomics.compareExchange(header, SLOT.state, asked, claim) !== asked) return;
    const { written } = this.#writer;
    if (written.length <= bytes.length) {
      bytes.set(written);
      Atomics.store(header, SLOT.length, written.length);
      Atomics.store(header, SLOT.kind, kind);
    } else {
      const reply: SlotReply = {
        sequence,
        isFailure: kind === REPLY.failure,
        reply: written.slice(),
      };
      this.#port.postMessage(reply, [reply.reply.buffer as ArrayBuffer]);
      Atomics.store(header, SLOT.length, 0);
      Atomics.store(header, SLOT.kind, REPLY.byPort);
    }
    Atomics.store(header, SLOT.state, stateOf(sequence, PHASE.answered));
    Atomics.notify(header, SLOT.state);
  }
}

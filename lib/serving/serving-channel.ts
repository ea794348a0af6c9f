import { WasmatrixError } from '../core/errors.ts';
import { isPromiseLike } from '../core/promise-like.ts';
import type { WireValue } from '../core/provider.ts';
import type { CapabilityCall } from '../protocol/capability-call.ts';
import { failureOf, readCall, writeFailure } from '../protocol/capability-call.ts';
import {
  PHASE,
  REPLY,
  SLOT,
  type Slot,
  type SlotReply,
  type SlotRequest,
  sequenceOf,
  slotOf,
  stateOf,
  type WATCH,
} from '../protocol/capability-slot.ts';
import type { ServingEnd } from '../protocol/provider-messages.ts';
import { WireOverflow, WireWriter } from '../protocol/wire-codec.ts';
import { MOVED, type Served } from './provider-server.ts';
import { TentativeRefusal } from './tentative-refusal.ts';

/** Codes and length prefixes around the largest payload. */
const ENVELOPE_BYTES = 64 * 1_024;

/** The part of Node's `MessagePort` that a channel uses; threads are another room's business. */
export interface ServingPort {
  on(event: 'message' | 'messageerror', listener: (message: unknown) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  unref(): void;
  close(): void;
}

/** What a look at the shared memory came to: no request, one that was answered, one that will be. */
export type Look = 'nothing' | 'answered' | 'later';

/** Answers one call, at once or later; who calls is known from the channel it came by. */
export type ServeCall = (
  call: CapabilityCall,
  isTentative: boolean,
) => Served | Promise<WireValue | typeof MOVED>;

/**
 * The serving end of one guest's channel: reads requests out of shared memory, has them served and
 * wakes the guest. At most one call is under way, because the guest's thread is blocked by it;
 * whatever else arrives is ignored.
 */
export class ServingChannel {
  readonly #port: ServingPort;
  readonly #slot: Slot;
  readonly #serve: ServeCall;
  readonly #writer: WireWriter;
  readonly #limitBytes: number;
  #underWay = -1;
  #isClosed = false;

  /** @param onMessage - hears of each message, after it has been taken. */
  constructor(
    end: ServingEnd<ServingPort>,
    serve: ServeCall,
    onMessage?: (channel: ServingChannel) => void,
  ) {
    this.#port = end.port;
    this.#slot = slotOf(end.slot);
    this.#serve = serve;
    this.#limitBytes = end.payloadBytes + ENVELOPE_BYTES;
    this.#writer = new WireWriter(this.#limitBytes);
    end.port.on('message', (message) => {
      this.receive(message);
      onMessage?.(this);
    });
    end.port.on('messageerror', () => undefined);
    // The guest's thread keeps the process alive, not its channel.
    end.port.unref();
  }

  /** Gives the port back; a call under way is not answered any more. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#port.close();
  }

  /** Takes a message of the guest's thread. */
  receive(message: unknown): void {
    if (this.#isClosed) return;
    if (typeof message === 'number') {
      this.look();
      return;
    }
    const { sequence, request } = (message ?? {}) as Partial<Exclude<SlotRequest, number>>;
    if (typeof sequence !== 'number' || !(request instanceof Uint8Array)) return;
    if (Atomics.load(this.#slot.header, SLOT.state) !== stateOf(sequence, PHASE.requested)) return;
    if (this.#underWay !== sequence) this.#take(sequence, request);
  }

  /** Looks for a request in the shared memory, and serves it. */
  look(): Look {
    const { header, bytes } = this.#slot;
    const state = Atomics.load(header, SLOT.state);
    if (this.#isClosed || (state & 3) !== PHASE.requested) return 'nothing';
    const sequence = sequenceOf(state);
    const length = Atomics.load(header, SLOT.length);
    // Already being served, or on its way by the port.
    if (this.#underWay === sequence || length <= 0 || length > bytes.length) return 'later';
    // A copy: nobody may change the request between its check and its use.
    return this.#take(sequence, bytes.slice(0, length));
  }

  /** Tells the guest how it is watched. */
  watch(how: (typeof WATCH)[keyof typeof WATCH]): void {
    Atomics.store(this.#slot.header, SLOT.watch, how);
  }

  #take(sequence: number, request: Uint8Array): Look {
    this.#underWay = sequence;
    const isTentative = Atomics.load(this.#slot.header, SLOT.kind) === 1;
    try {
      const value = this.#serve(this.#decoded(request), isTentative);
      if (value === MOVED) this.#answerMoved(sequence);
      else if (isPromiseLike(value)) {
        this.#answerLater(sequence, value);
        return 'later';
      } else this.#answerValue(sequence, value);
    } catch (error) {
      this.#answerFailure(sequence, error);
    }
    return 'answered';
  }

  #answerLater(sequence: number, value: PromiseLike<WireValue | typeof MOVED>): void {
    // Whatever a foreign `then` does, one of the two is called, and once.
    Promise.resolve(value).then(
      (settled) => {
        if (settled === MOVED) this.#answerMoved(sequence);
        else this.#answerValue(sequence, settled);
      },
      (error: unknown) => this.#answerFailure(sequence, error),
    );
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
    this.#answer(sequence, thrown instanceof TentativeRefusal ? REPLY.refused : REPLY.failure);
  }

  #answerMoved(sequence: number): void {
    this.#writer.reset();
    this.#answer(sequence, REPLY.moved);
  }

  #answer(sequence: number, kind: number): void {
    const { header, bytes } = this.#slot;
    if (this.#underWay === sequence) this.#underWay = -1;
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

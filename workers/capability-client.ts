import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { WireValue } from '../lib/core/provider.ts';
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
} from '../lib/protocol/capability-slot.ts';
import type { CapabilityEnd } from '../lib/protocol/instance-messages.ts';
import { WireError, WireReader, WireWriter } from '../lib/protocol/wire-codec.ts';
import { CapabilityRefused } from './guest-failure.ts';

/** Codes and length prefixes around the largest payload. */
const ENVELOPE_BYTES = 64 * 1_024;
/** A wake-up can be missed (seen with Atomics.notify across threads), so each wait is short. */
const LONGEST_WAIT_MS = 250;
/** A provider that has begun to write an answer needs microseconds; then it is dead. */
const ANSWERING_GRACE_MS = 1_000;

/**
 * The guest's end of its capability channel: writes a request, blocks the thread until the provider
 * has answered or the deadline has passed, and reads the answer.
 */
export class CapabilityClient {
  readonly #port: MessagePort;
  readonly #slot: Slot;
  readonly #writer: WireWriter;
  readonly #timeoutMs: number;
  #sequence = 0;
  #isBroken = false;

  constructor(
    end: CapabilityEnd,
    limits: { readonly payloadBytes: number; readonly timeoutMs: number },
  ) {
    this.#port = end.port as MessagePort;
    this.#slot = slotOf(end.slot);
    this.#writer = new WireWriter(limits.payloadBytes + ENVELOPE_BYTES);
    this.#timeoutMs = limits.timeoutMs;
  }

  /**
   * @throws `CapabilityRefused`
   */
  call(family: string, operation: string, args: readonly WireValue[]): WireValue {
    if (this.#isBroken) {
      throw new CapabilityRefused({
        code: 'CAPABILITY_NOT_FOUND',
        message: 'the provider is gone',
      });
    }
    try {
      writeCall(this.#writer, { family, operation, args });
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      throw new CapabilityRefused({ code: 'RESOURCE_EXHAUSTED', message: error.message });
    }
    this.#sequence = (this.#sequence + 1) & 0x1fff_ffff;
    this.#ask();
    this.#awaitAnswer();
    return this.#answer();
  }

  #ask(): void {
    const { header, bytes } = this.#slot;
    const { written } = this.#writer;
    const sequence = this.#sequence;
    if (written.length <= bytes.length) {
      bytes.set(written);
      Atomics.store(header, SLOT.length, written.length);
      Atomics.store(header, SLOT.state, stateOf(sequence, PHASE.requested));
      this.#port.postMessage(sequence satisfies SlotRequest);
    } else {
      const request = written.slice();
      Atomics.store(header, SLOT.length, 0);
      Atomics.store(header, SLOT.state, stateOf(sequence, PHASE.requested));
      const message: SlotRequest = { sequence, request };
      this.#port.postMessage(message, [request.buffer]);
    }
  }

  #awaitAnswer(): void {
    const { header } = this.#slot;
    const requested = stateOf(this.#sequence, PHASE.requested);
    const answered = stateOf(this.#sequence, PHASE.answered);
    const deadline = performance.now() + this.#timeoutMs;
    for (;;) {
      const state = Atomics.load(header, SLOT.state);
      if (state === answered) return;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 && state === requested) {
        const idle = stateOf(this.#sequence, PHASE.idle);
        if (Atomics.compareExchange(header, SLOT.state, requested, idle) === requested) {
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

  #answer(): WireValue {
    const { header, bytes } = this.#slot;
    const kind = Atomics.load(header, SLOT.kind);
    if (kind === REPLY.byPort) {
      const { isFailure, reply } = this.#replyByPort();
      return this.#decoded(reply, isFailure);
    }
    const length = Atomics.load(header, SLOT.length);
    return this.#decoded(bytes.slice(0, length), kind === REPLY.failure);
  }

  #decoded(reply: Uint8Array, isFailure: boolean): WireValue {
    if (isFailure) throw new CapabilityRefused(readFailure(reply));
    return new WireReader(reply).value();
  }

  #replyByPort(): SlotReply {
    for (;;) {
      const received: { readonly message: SlotReply } | undefined = receiveMessageOnPort(
        this.#port,
      );
      if (received === undefined) {
        throw new CapabilityRefused({ code: 'STORAGE_ERROR', message: 'the reply was lost' });
      }
      // Replies to calls that were given up may still lie in the queue.
      if (received.message.sequence === this.#sequence) return received.message;
    }
  }
}

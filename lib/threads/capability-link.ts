import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { writeFailure } from '../protocol/capability-call.ts';
import {
  isUnanswered,
  newSlotBuffer,
  PHASE,
  REPLY,
  SLOT,
  type Slot,
  slotOf,
} from '../protocol/capability-slot.ts';
import type { CapabilityEnd } from '../protocol/instance-messages.ts';
import type { ServingEnd } from '../protocol/provider-messages.ts';
import { WireWriter } from '../protocol/wire-codec.ts';

/** A failure is a code and a sentence. */
const FAILURE_BYTES = 8 * 1_024;

/**
 * A channel between one guest and whoever serves it, as the host that made it sees it: both ends to be
 * given away, and the shared memory, by which the guest is answered if the other side cannot any more.
 */
export class CapabilityLink {
  /** To be transferred to the guest's thread. */
  readonly guestEnd: CapabilityEnd<MessagePort>;
  /** To be transferred to whoever serves. */
  readonly servingEnd: ServingEnd<MessagePort>;
  readonly #slot: Slot;

  /** @param slotBytes - of shared memory; left out: what fits most calls. */
  constructor(payloadBytes: number, slotBytes?: number) {
    const { port1, port2 } = new MessageChannel();
    const slot = newSlotBuffer(slotBytes);
    this.guestEnd = { port: port2, slot };
    this.servingEnd = { port: port1, slot, payloadBytes };
    this.#slot = slotOf(slot);
  }

  /** Counts a change of routes that has been posted to the guest, and wakes it if it waits for one. */
  noteRouteChange(): void {
    Atomics.add(this.#slot.header, SLOT.routes, 1);
    Atomics.notify(this.#slot.header, SLOT.routes);
  }

  /** From now on the guest asks nothing here any more; a request under way is left to its server. */
  close(): void {
    Atomics.store(this.#slot.header, SLOT.closed, 1);
  }

  /**
   * Answers what the server has left unanswered; it must not be able to answer itself any more.
   *
   * @param wasBegun - whether the server may have begun what was asked; if not, the guest asks anew.
   */
  settle(wasBegun: boolean): void {
    this.close();
    const { header, bytes } = this.#slot;
    const state = Atomics.load(header, SLOT.state);
    if (!isUnanswered(state)) return;
    const writer = new WireWriter(FAILURE_BYTES);
    if (wasBegun) writeFailure(writer, { code: 'STORAGE_ERROR', message: 'the provider was lost' });
    // The guest may withdraw at this moment; what it gets then is of no use to it, and of no harm.
    const claim = (state & ~3) | PHASE.answering;
    if (Atomics.compareExchange(header, SLOT.state, state, claim) !== state) return;
    bytes.set(writer.written);
    Atomics.store(header, SLOT.length, writer.written.length);
    Atomics.store(header, SLOT.kind, wasBegun ? REPLY.failure : REPLY.moved);
    Atomics.store(header, SLOT.state, (state & ~3) | PHASE.answered);
    Atomics.notify(header, SLOT.state);
  }
}

import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
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
} from '../protocol/capability-slot.ts';
import type { CapabilityEnd } from '../protocol/instance-messages.ts';

/** A wake-up can be missed, and a channel be closed without one, so each wait is short. */
const LONGEST_WAIT_MS = 250;

/** What came of a call; `undefined` once the guest has asked something else or is gone. */
export type LineReply = { readonly reply: number; readonly bytes: Uint8Array } | undefined;

const NOTHING = new Uint8Array();

/**
 * The guest's end of one channel, held by the host for a guest of another process: it asks as the guest
 * itself would, but waits without blocking.
 */
export class RelayedLine {
  readonly #port: MessagePort;
  readonly #slot: Slot;
  readonly #onMessage: (message: unknown) => void;
  readonly #received: SlotReply[] = [];
  #sequence = 0;
  #isClosed = false;
  #isRetired = false;
  #underWay = 0;

  /** @param onMessage - takes messages of the port that are no replies. */
  constructor(end: CapabilityEnd, onMessage: (message: unknown) => void = () => undefined) {
    this.#port = end.port as MessagePort;
    this.#slot = slotOf(end.slot);
    this.#onMessage = onMessage;
    this.#port.on('message', (message: unknown) => this.#take(message));
    this.#port.on('messageerror', () => undefined);
    this.#port.unref();
  }

  /** Takes in what has been posted to the line. */
  drain(): void {
    for (;;) {
      const received: { readonly message: unknown } | undefined = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#take(received.message);
    }
  }

  /** Gives the port back; a call under way comes to nothing. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#port.close();
  }

  /** Another line takes its place: closes as soon as what is under way has been answered. */
  retire(): void {
    this.#isRetired = true;
    if (this.#underWay === 0) this.close();
  }

  /** Asks, in place of what was asked before and is not answered yet. */
  async ask(request: Uint8Array, isTentative: boolean): Promise<LineReply> {
    this.#underWay += 1;
    try {
      return await this.#ask(request, isTentative);
    } finally {
      this.#underWay -= 1;
      if (this.#isRetired) this.retire();
    }
  }

  async #ask(request: Uint8Array, isTentative: boolean): Promise<LineReply> {
    const mine = (this.#sequence + 1) & 0x1fff_ffff;
    this.#sequence = mine;
    if (!(await this.#isFree())) return undefined;
    if (this.#isClosed || this.#sequence !== mine) return undefined;
    this.#post(mine, request, isTentative);
    for (;;) {
      const state = Atomics.load(this.#slot.header, SLOT.state);
      if (this.#isClosed || sequenceOf(state) !== mine) return undefined;
      if (state === stateOf(mine, PHASE.answered)) return this.#answer(mine);
      const isServed = Atomics.load(this.#slot.header, SLOT.closed) === 0;
      if (!isServed && this.#withdraw(state)) return { reply: REPLY.moved, bytes: NOTHING };
      await this.#changeOf(state);
    }
  }

  /** Takes back what was asked before; what is being answered at this moment is awaited. */
  async #isFree(): Promise<boolean> {
    for (;;) {
      if (this.#isClosed) return false;
      const state = Atomics.load(this.#slot.header, SLOT.state);
      if ((state & 3) === PHASE.requested) {
        if (this.#withdraw(state)) return true;
      } else if ((state & 3) === PHASE.answering) {
        await this.#changeOf(state);
      } else {
        return true;
      }
    }
  }

  #post(sequence: number, request: Uint8Array, isTentative: boolean): void {
    const { header, bytes } = this.#slot;
    const fits = request.length <= bytes.length;
    if (fits) bytes.set(request);
    Atomics.store(header, SLOT.length, fits ? request.length : 0);
    Atomics.store(header, SLOT.kind, isTentative ? 1 : 0);
    Atomics.store(header, SLOT.state, stateOf(sequence, PHASE.requested));
    this.#port.postMessage((fits ? sequence : { sequence, request }) satisfies SlotRequest);
  }

  #withdraw(state: number): boolean {
    if ((state & 3) !== PHASE.requested) return false;
    const idle = stateOf(sequenceOf(state), PHASE.idle);
    return Atomics.compareExchange(this.#slot.header, SLOT.state, state, idle) === state;
  }

  async #changeOf(state: number): Promise<void> {
    await Atomics.waitAsync(this.#slot.header, SLOT.state, state, LONGEST_WAIT_MS).value;
  }

  async #answer(sequence: number): Promise<LineReply> {
    const { header, bytes } = this.#slot;
    const reply = Atomics.load(header, SLOT.kind);
    if (reply !== REPLY.byPort) {
      return { reply, bytes: bytes.slice(0, Atomics.load(header, SLOT.length)) };
    }
    const { isFailure, reply: large } = this.#replyByPort(sequence);
    return { reply: isFailure ? REPLY.failure : REPLY.value, bytes: large };
  }

  /** It was posted before the state was stored, so it is here, or where messages come in. */
  #replyByPort(sequence: number): SlotReply {
    for (;;) {
      const known = this.#received.shift();
      if (known !== undefined) {
        if (known.sequence === sequence) return known;
        continue;
      }
      const message: unknown = receiveMessageOnPort(this.#port)?.message;
      if (message === undefined) return { sequence, isFailure: true, reply: NOTHING };
      this.#take(message);
    }
  }

  #take(message: unknown): void {
    if (!isReply(message)) this.#onMessage(message);
    // One to a call that was given up is of no use to anybody.
    else if (message.sequence === this.#sequence) this.#received.push(message);
  }
}

function isReply(message: unknown): message is SlotReply {
  return (message as Partial<SlotReply> | null)?.reply instanceof Uint8Array;
}

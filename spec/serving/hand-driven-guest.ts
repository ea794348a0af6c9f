import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { WireValue } from '../../lib/core/provider.ts';
import { type CapabilityCall, readFailure, writeCall } from '../../lib/protocol/capability-call.ts';
import {
  PHASE,
  REPLY,
  SLOT,
  type Slot,
  type SlotReply,
  slotOf,
  stateOf,
} from '../../lib/protocol/capability-slot.ts';
import type { CapabilityEnd } from '../../lib/protocol/instance-messages.ts';
import { WireReader, WireWriter } from '../../lib/protocol/wire-codec.ts';

/** What a guest reads as the answer of its call. */
export type Answer =
  | { readonly value: WireValue }
  | { readonly failure: string; readonly message: string }
  | { readonly refusal: string; readonly message: string }
  | 'moved';

const CALL: CapabilityCall = { family: 'kv', operation: 'get', args: [] };

/** A guest's end of a channel that takes each step when a spec wants it, and never blocks. */
export class HandDrivenGuest {
  readonly port: MessagePort;
  readonly slot: Slot;
  sequence = 0;

  constructor(end: CapabilityEnd) {
    this.port = end.port as MessagePort;
    this.slot = slotOf(end.slot);
  }

  get state(): number {
    return Atomics.load(this.slot.header, SLOT.state);
  }

  get isClosed(): boolean {
    return Atomics.load(this.slot.header, SLOT.closed) !== 0;
  }

  /** Whether the latest call has been answered. */
  get isAnswered(): boolean {
    return this.state === stateOf(this.sequence, PHASE.answered);
  }

  /** Writes a request, and does not tell anybody yet. */
  write(call: CapabilityCall = CALL, isTentative = false): void {
    const writer = new WireWriter(1_000_000);
    writeCall(writer, call);
    this.sequence += 1;
    this.slot.bytes.set(writer.written);
    Atomics.store(this.slot.header, SLOT.length, writer.written.length);
    Atomics.store(this.slot.header, SLOT.kind, isTentative ? 1 : 0);
    Atomics.store(this.slot.header, SLOT.state, stateOf(this.sequence, PHASE.requested));
  }

  /** Tells the server of the request. */
  post(): void {
    this.port.postMessage(this.sequence);
  }

  /** Takes the request back, if nobody has begun to answer it. */
  withdraw(): boolean {
    const requested = stateOf(this.sequence, PHASE.requested);
    const idle = stateOf(this.sequence, PHASE.idle);
    const found = Atomics.compareExchange(this.slot.header, SLOT.state, requested, idle);
    return found === requested;
  }

  /** Asks, and reads the answer when it is there. */
  async ask(call: CapabilityCall = CALL, isTentative = false): Promise<Answer> {
    this.write(call, isTentative);
    const asked = this.state;
    const change = Atomics.waitAsync(this.slot.header, SLOT.state, asked, 10_000);
    this.post();
    await change.value;
    return this.answer();
  }

  /** Reads the answer of the latest call. */
  answer(): Answer {
    if (!this.isAnswered) throw new Error('there is no answer');
    const { header, bytes } = this.slot;
    const reply = bytes.slice(0, Atomics.load(header, SLOT.length));
    switch (Atomics.load(header, SLOT.kind)) {
      case REPLY.value:
        return { value: new WireReader(reply).value() };
      case REPLY.failure:
        return failed(reply);
      case REPLY.refused: {
        const { code, message } = readFailure(reply);
        return { refusal: code, message };
      }
      case REPLY.moved:
        return 'moved';
      default:
        return this.#answerByPort();
    }
  }

  #answerByPort(): Answer {
    const received = receiveMessageOnPort(this.port) as { readonly message: SlotReply };
    const { sequence, isFailure, reply } = received.message;
    if (sequence !== this.sequence) throw new Error('the reply of another call');
    return isFailure ? failed(reply) : { value: new WireReader(reply).value() };
  }
}

function failed(reply: Uint8Array): Answer {
  const { code, message } = readFailure(reply);
  return { failure: code, message };
}

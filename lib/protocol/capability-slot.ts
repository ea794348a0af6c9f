/**
 * The shared memory of one capability channel: a guest's import writes its request here and blocks
 * until the provider has answered. One call at a time; the guest's thread is the only asker.
 *
 * ```text
 * int32  0  STATE: sequence number of the call × 4 + phase
 * int32  1  LENGTH of the bytes below
 * int32  2  KIND of what they are: for a request 1 if it is tentative, see `REPLY` for a reply
 * int32  3  CLOSED: not 0 once nobody answers here any more
 * int32  4  ROUTES: grows with each change of the guest's routes; used in its first channel only
 * int32  5  WATCH: how the serving thread watches this memory, see `WATCH`
 * byte  32 … request or reply, as `wire-codec.ts` writes it
 * ```
 *
 * Request or reply that do not fit travel by the port and leave LENGTH at 0. The state is claimed by
 * compare-and-swap before anybody writes: an answer that comes after the guest has given up finds
 * the state changed and is dropped.
 *
 * The memory is taken for each channel, so it is no larger than most calls and answers want.
 *
 * Who closes a channel stores CLOSED and then looks for a request; the guest stores its request and
 * then looks at CLOSED: one of the two always sees the other.
 */
export const SLOT_BYTES = 16_384;
const HEADER_BYTES = 32;

/** Indexes of the header. */
export const SLOT = { state: 0, length: 1, kind: 2, closed: 3, routes: 4, watch: 5 } as const;

/**
 * Whether the serving thread looks at the memory by itself for a moment, so that nobody needs to wake
 * it; and whether it is worth while for the guest to look for the answer before it goes to sleep.
 * The serving thread ends its watch by storing `asleep` and then looking a last time; the guest stores
 * its request and then looks at the watch: one of the two always sees the other.
 */
export const WATCH = { asleep: 0, watched: 1, swift: 2 } as const;

/** Phases of one call. */
export const PHASE = { idle: 0, requested: 1, answering: 2, answered: 3 } as const;

/**
 * What a reply is. `moved`: nothing was done, because the provider is being replaced; the call is to be
 * made again by the route that comes. `refused`: nothing was done, because no grant covers what was
 * asked tentatively; unlike a failure of the operation itself, it lets the caller ask somebody else.
 */
export const REPLY = { value: 0, failure: 1, byPort: 2, moved: 3, refused: 4 } as const;

/** The views of one slot. */
export interface Slot {
  readonly header: Int32Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

/** The number of the call that a state word is of. */
export function sequenceOf(state: number): number {
  return state >>> 2;
}

/** Whether a state word is of a call that nobody has answered yet. */
export function isUnanswered(state: number): boolean {
  const phase = state & 3;
  return phase === PHASE.requested || phase === PHASE.answering;
}

/** Makes the memory of one channel; what does not fit travels by its port. */
export function newSlotBuffer(bytes: number = SLOT_BYTES): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}

/** Looks at the memory of one channel. */
export function slotOf(buffer: SharedArrayBuffer): Slot {
  return {
    header: new Int32Array(buffer, 0, HEADER_BYTES / 4),
    bytes: new Uint8Array(buffer, HEADER_BYTES),
  };
}

/** The state word of a call; the number wraps around within 29 bits. */
export function stateOf(sequence: number, phase: number): number {
  return ((sequence & 0x1fff_ffff) << 2) | phase;
}

/** Guest to provider, by the port: only a wake-up, unless the request did not fit. */
export type SlotRequest = number | { readonly sequence: number; readonly request: Uint8Array };

/** Provider to guest, by the port: a reply that did not fit. */
export interface SlotReply {
  readonly sequence: number;
  readonly isFailure: boolean;
  readonly reply: Uint8Array;
}

/**
 * The shared memory of one capability channel: a guest's import writes its request here and blocks
 * until the provider has answered. One call at a time; the guest's thread is the only asker.
 *
 * ```text
 * int32  0  STATE: sequence number of the call × 4 + phase
 * int32  1  LENGTH of the bytes below
 * int32  2  KIND of what they are
 * byte  16 … request or reply, as `wire-codec.ts` writes it
 * ```
 *
 * Request or reply that do not fit travel by the port and leave LENGTH at 0. The state is claimed by
 * compare-and-swap before anybody writes: an answer that comes after the guest has given up finds
 * the state changed and is dropped.
 */
export const SLOT_BYTES = 65_536;
const HEADER_BYTES = 16;

/** Indexes of the header. */
export const SLOT = { state: 0, length: 1, kind: 2 } as const;

/** Phases of one call. */
export const PHASE = { idle: 0, requested: 1, answering: 2, answered: 3 } as const;

/** What a reply is. */
export const REPLY = { value: 0, failure: 1, byPort: 2 } as const;

/** The views of one slot. */
export interface Slot {
  readonly header: Int32Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

/** Makes the memory of one channel. */
export function newSlotBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(SLOT_BYTES);
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

import type { GuestHost } from '../../guest.ts';
import { ExportedMemory } from '../core/exported-memory.ts';

/** A call of the guest, as it is told of it. */
export interface GuestRequest {
  readonly operation: Uint8Array;
  readonly payload: Uint8Array;
}

/** What the guest has answered: bytes, or more of them than a message may have. */
export type GuestResponse = Uint8Array | 'too large';

const NO_BYTES = new Uint8Array(0);

/**
 * What the functions of one waPC guest share: its memory, and what the call that is under way has come
 * to.
 *
 * @internal
 */
export class WapcContext {
  readonly host: GuestHost;
  readonly memory: ExportedMemory = new ExportedMemory();
  /** Absent while the guest initialises itself. */
  request: GuestRequest | undefined;
  response: GuestResponse | undefined;
  /** The text of the guest's own error. */
  error: string | undefined;
  /** Of its last call to the host. */
  hostResponse: Uint8Array = NO_BYTES;
  hostError: Uint8Array = NO_BYTES;

  constructor(host: GuestHost) {
    this.host = host;
  }

  /** Begins a call, with nothing of the one before. */
  begin(request: GuestRequest): void {
    this.clear();
    this.request = request;
  }

  /** Gives everything back. */
  clear(): void {
    this.request = undefined;
    this.response = undefined;
    this.error = undefined;
    this.hostResponse = NO_BYTES;
    this.hostError = NO_BYTES;
  }

  /** Whatever bytes a guest gives for a text, and no more than fit a message. */
  shown(pointer: number, length: number): string {
    const bytes = this.memory.bytes(pointer, length);
    return new TextDecoder().decode(bytes.subarray(0, this.host.limits.payloadBytes));
  }
}

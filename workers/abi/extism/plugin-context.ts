import type { GuestHost } from '../../guest.ts';
import { GuestTrap, PayloadTooLarge } from '../../guest-failure.ts';
import { KernelHeap } from './kernel-heap.ts';

const lossy = new TextDecoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

/** Room for an input, an output and as much again of what passes through, and never less than that. */
const LEAST_HEAP_BYTES = 16_777_216;

/** A part of the heap. */
interface Range {
  readonly offset: number;
  readonly length: number;
}

const NOTHING: Range = { offset: 0, length: 0 };

/**
 * What the functions of one plug-in share: its heap, and what the call that is under way has come to.
 *
 * @internal
 */
export class PluginContext {
  readonly host: GuestHost;
  readonly heap: KernelHeap;
  input: Range = NOTHING;
  output: Range = NOTHING;
  /** The plug-in's own error; its offset is 0 if there is none. */
  error: Range = NOTHING;
  /** Of the last request; 0 if there was none or it was not answered. */
  httpStatus = 0;
  /** Handle of the last answer's headers, or 0. */
  httpHeaders = 0;
  #failure: string | undefined;

  constructor(host: GuestHost) {
    this.host = host;
    this.heap = new KernelHeap(Math.max(LEAST_HEAP_BYTES, 4 * host.limits.payloadBytes));
  }

  /**
   * Begins a call, with nothing of the one before.
   *
   * @throws `PayloadTooLarge` where the machine has no memory left for the input.
   */
  begin(input: Uint8Array): void {
    this.clear();
    const offset = this.heap.store(input);
    if (offset === 0 && input.length > 0) {
      throw new PayloadTooLarge('args[0]', this.host.limits.payloadBytes);
    }
    this.input = { offset, length: input.length };
  }

  /** Gives everything back. */
  clear(): void {
    this.reset();
    this.#failure = undefined;
  }

  /** As far as a plug-in may ask for it: that the call has failed is not forgotten. */
  reset(): void {
    this.heap.clear();
    this.input = NOTHING;
    this.output = NOTHING;
    this.error = NOTHING;
    this.httpStatus = 0;
    this.httpHeaders = 0;
  }

  /** Why the call will have failed, whatever the plug-in makes of it. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /**
   * Makes the call fail once it is over. A function that has no way to answer an error must not hide
   * one, and to throw out of the middle of a plug-in would leave it in a state that nobody meant.
   */
  fail(reason: string): void {
    this.#failure ??= reason;
  }

  /** @throws `GuestTrap` for what is no block. */
  bytesOf(handle: bigint): Uint8Array {
    const bytes = this.heap.block(Number(handle));
    if (bytes === undefined) throw new GuestTrap(`the memory handle ${handle} is of no block`);
    return bytes;
  }

  /** @returns `undefined` where the bytes are no UTF-8. @throws `GuestTrap` for what is no block. */
  textOf(handle: bigint): string | undefined {
    try {
      return strict.decode(this.bytesOf(handle));
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }

  /** A handle of new memory with this content; where there is no room the call will have failed. */
  give(content: Uint8Array): bigint {
    const handle = this.heap.store(content);
    if (handle === 0 && content.length > 0) this.fail('the memory of the plug-in is full');
    return BigInt(handle);
  }

  /** Writes a line to standard error, as `wasi:logging` does. */
  log(level: string, message: Uint8Array | string): void {
    const text = typeof message === 'string' ? message : this.#shown(message);
    this.host.write('stderr', utf8.encode(`[${level}] ${text}\n`));
  }

  /** The text of the plug-in's own error, if it has set one. */
  errorText(): string | undefined {
    const { offset, length } = this.error;
    if (offset === 0) return undefined;
    return this.#shown(this.heap.range(offset, length) ?? new Uint8Array(0));
  }

  /** Whatever bytes a plug-in gives for a text, and no more than fit a message. */
  #shown(bytes: Uint8Array): string {
    return lossy.decode(bytes.subarray(0, this.host.limits.payloadBytes));
  }
}

import type { IncomingContent } from './http-incoming-body.ts';

/**
 * The content of a request that is there as a whole from the start.
 *
 * @internal
 */
export class GivenContent implements IncomingContent {
  readonly hasBody = undefined;
  readonly failure = undefined;
  readonly #bytes: Uint8Array;
  #position = 0;
  #isEnded = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isReceived(): boolean {
    return this.#isEnded || this.#position === this.#bytes.length;
  }

  read(maxBytes: number): Uint8Array {
    const from = this.#position;
    this.#position = Math.min(this.#bytes.length, from + maxBytes);
    return this.#bytes.slice(from, this.#position);
  }

  endReceiving(): void {
    this.#isEnded = true;
  }
}

/**
 * The bytes of standard input, read once from the start to the end.
 *
 * @internal
 */
export class StandardInput {
  #rest: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#rest = bytes;
  }

  get remaining(): number {
    return this.#rest.length;
  }

  /** Copies out as much as there is and returns how much that was. */
  read(into: Uint8Array): number {
    const part = this.#rest.subarray(0, into.length);
    into.set(part);
    this.#rest = this.#rest.subarray(part.length);
    return part.length;
  }
}

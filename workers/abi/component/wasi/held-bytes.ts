import { GuestTrap } from '../../../guest-failure.ts';

/**
 * Counts memory of the host's that a guest's handles keep alive, outside the guest's own limit.
 *
 * @internal
 */
export class HeldBytes {
  readonly #limitBytes: number;
  readonly #what: string;
  #bytes = 0;

  /**
   * @param what - is held, for the message.
   */
  constructor(limitBytes: number, what: string) {
    this.#limitBytes = limitBytes;
    this.#what = what;
  }

  get bytesLeft(): number {
    return this.#limitBytes - this.#bytes;
  }

  /** Whether there was room for it; then it counts until it is released. */
  tryHold(bytes: number): boolean {
    if (bytes > this.bytesLeft) return false;
    this.#bytes += bytes;
    return true;
  }

  /**
   * @throws `GuestTrap` where there is no other way to refuse.
   */
  hold(bytes: number): void {
    if (!this.tryHold(bytes)) {
      throw new GuestTrap(`${this.#what} of more than ${this.#limitBytes} bytes at once`);
    }
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}

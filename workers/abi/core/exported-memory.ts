import { GuestTrap } from '../../guest-failure.ts';

/**
 * The memory that a guest exports as `memory`. Pointers and lengths are unsigned numbers of the guest's
 * choice; sums are made in doubles, which cannot wrap around.
 *
 * @internal
 */
export class ExportedMemory {
  #memory: WebAssembly.Memory | undefined;

  attach(exported: WebAssembly.ExportValue | undefined): void {
    if (exported instanceof WebAssembly.Memory) this.#memory = exported;
  }

  /**
   * The bytes from `pointer` on, not copied; valid until the guest runs again.
   *
   * @returns `undefined` for a range that is not in the memory, or while there is none.
   */
  range(pointer: number, length: number): Uint8Array | undefined {
    const buffer = this.#memory?.buffer;
    if (buffer === undefined || pointer + length > buffer.byteLength) return undefined;
    return new Uint8Array(buffer, pointer, length);
  }

  /** @throws `GuestTrap` for a range that is not in the memory; no bytes are anywhere. */
  bytes(pointer: number, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    const bytes = this.range(pointer, length);
    if (bytes === undefined) {
      throw new GuestTrap(`${length} bytes at ${pointer} are not in the guest's memory`);
    }
    return bytes;
  }
}

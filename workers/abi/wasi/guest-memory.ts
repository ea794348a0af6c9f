import { GuestTrap } from '../../guest-failure.ts';
import { fail } from './errno.ts';

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** As `PATH_MAX` and `IOV_MAX` of Linux; they bound what one call makes the host allocate. */
const MAX_PATH_BYTES = 4_096;
const MAX_VECTORS = 1_024;
const VECTOR_BYTES = 8;
const MAX_U32 = 2 ** 32 - 1;

/**
 * The linear memory of a guest. Every pointer and length that comes here is an unsigned number chosen
 * by the guest; sums are made in doubles, which cannot wrap around, and are checked before each access.
 *
 * @internal
 */
export class GuestMemory {
  #memory: WebAssembly.Memory | undefined;
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  attach(exported: WebAssembly.ExportValue | undefined): void {
    if (exported instanceof WebAssembly.Memory) this.#memory = exported;
  }

  /** The bytes from `pointer` on, not copied. @throws `WasiFailure` fault. */
  slice(pointer: number, length: number): Uint8Array {
    this.#refresh();
    if (pointer + length > this.#bytes.length) fail('fault');
    return this.#bytes.subarray(pointer, pointer + length);
  }

  /** A view of exactly that range. @throws `WasiFailure` fault. */
  view(pointer: number, length: number): DataView {
    const { buffer, byteOffset } = this.slice(pointer, length);
    return new DataView(buffer, byteOffset, length);
  }

  /** Checks that a result can be written there later. @throws `WasiFailure` fault. */
  require(pointer: number, length: number): void {
    this.#refresh();
    if (pointer + length > this.#bytes.length) fail('fault');
  }

  setU32(pointer: number, value: number): void {
    this.require(pointer, 4);
    this.#view.setUint32(pointer, value, true);
  }

  setU64(pointer: number, value: bigint): void {
    this.require(pointer, 8);
    this.#view.setBigUint64(pointer, value, true);
  }

  /** @throws `WasiFailure` nametoolong, fault, ilseq. */
  path(pointer: number, length: number): string {
    if (length > MAX_PATH_BYTES) fail('nametoolong');
    const bytes = this.slice(pointer, length);
    try {
      return text.decode(bytes);
    } catch {
      return fail('ilseq');
    }
  }

  /**
   * A list of buffers to read from or write into.
   *
   * @throws `WasiFailure` inval for more buffers or bytes than can be counted; fault.
   */
  vectors(pointer: number, count: number): Uint8Array[] {
    if (count > MAX_VECTORS) fail('inval');
    const list = this.view(pointer, count * VECTOR_BYTES);
    const buffers: Uint8Array[] = [];
    let total = 0;
    for (let at = 0; at < list.byteLength; at += VECTOR_BYTES) {
      const buffer = this.slice(list.getUint32(at, true), list.getUint32(at + 4, true));
      total += buffer.length;
      buffers.push(buffer);
    }
    if (total > MAX_U32) fail('inval');
    return buffers;
  }

  /** Growing detaches the old buffer; a new view is made only then. */
  #refresh(): void {
    const buffer = this.#memory?.buffer;
    if (buffer === this.#bytes.buffer) return;
    if (!(buffer instanceof ArrayBuffer)) {
      throw new GuestTrap(
        'a WASI function touched memory that the guest does not (yet) export as "memory"',
      );
    }
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }
}

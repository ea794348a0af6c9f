import { fail } from './errno.ts';

/** Each entry costs the host some hundred bytes of heap, so that empty files are not free. */
const MAX_ENTRIES = 16_384;

/**
 * What a guest may add to its file system: bytes of content and, separately, names. A charge comes
 * before the allocation it pays for and a refund after the release, so that no failure in between can
 * leave memory that is not accounted for.
 *
 * @internal
 */
export class ScratchQuota {
  readonly #scratchBytes: number;
  #usedBytes = 0;
  #entries = 0;

  constructor(scratchBytes: number) {
    this.#scratchBytes = scratchBytes;
  }

  /** Bytes that can still be charged. */
  get freeBytes(): number {
    return this.#scratchBytes - this.#usedBytes;
  }

  /** @throws `WasiFailure` nospc. */
  chargeBytes(bytes: number): void {
    if (bytes > this.freeBytes) fail('nospc');
    this.#usedBytes += bytes;
  }

  refundBytes(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  /** @throws `WasiFailure` nospc. */
  chargeEntry(): void {
    if (this.#entries >= MAX_ENTRIES) fail('nospc');
    this.#entries += 1;
  }

  refundEntry(): void {
    this.#entries -= 1;
  }
}

import { WasmatrixError } from '../core/errors.ts';
import { refusedFeature } from './core-refusals.ts';
import { NO_RISKS, type RiskyFeature } from './risky-features.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A module whose bytes break the binary format. It is the same failure that the engine's own compiler
 * would report, only found earlier.
 *
 * @internal
 */
export function malformed(problem: string, offset: number): WasmatrixError {
  return new WasmatrixError('WASM_RUNTIME_ERROR', `malformed module: ${problem}`, { offset });
}

/**
 * Reads the WebAssembly binary format: bounds are checked before every access and every length before
 * anything of that length is made.
 *
 * @internal
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  /** Where the next byte is read. */
  offset: number;
  /** One past the last byte that may be read. */
  readonly end: number;
  readonly #allowed: ReadonlySet<RiskyFeature>;

  /** @param allowed - what the module may use although the engine cannot bound it. */
  constructor(
    bytes: Uint8Array,
    offset = 0,
    end: number = bytes.length,
    allowed: ReadonlySet<RiskyFeature> = NO_RISKS,
  ) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
    this.#allowed = allowed;
  }

  /** Reads a part of the same bytes, wherever that is. */
  part(from: number, end: number): ByteReader {
    return new ByteReader(this.bytes, from, end, this.#allowed);
  }

  /**
   * The module uses something that could exhaust the host.
   *
   * @param why - it is refused where it is not allowed.
   * @throws `VALIDATION_ERROR` there.
   */
  use(feature: RiskyFeature, why: string, offset: number): void {
    if (!this.#allowed.has(feature)) throw refusedFeature(feature, why, offset);
  }

  get isAtEnd(): boolean {
    return this.offset >= this.end;
  }

  fail(problem: string): never {
    throw malformed(problem, this.offset);
  }

  u8(): number {
    if (this.offset >= this.end) this.fail('unexpected end');
    return this.bytes[this.offset++] as number;
  }

  peek(): number {
    if (this.offset >= this.end) this.fail('unexpected end');
    return this.bytes[this.offset] as number;
  }

  /** An unsigned LEB128 of at most 32 bits. */
  u32(): number {
    const first = this.u8();
    // Nearly all are that short.
    return first < 0x80 ? first : this.#longU32(first & 0x7f);
  }

  #longU32(low: number): number {
    let value = low;
    let unit = 0x80;
    for (let index = 1; index < 5; index++) {
      const byte = this.u8();
      if (index === 4 && byte > 0x0f) this.fail('integer too large');
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 0x80;
    }
    return this.fail('integer representation too long');
  }

  /** An unsigned LEB128 of at most 64 bits, as 64-bit memories declare their limits. */
  u64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.u8();
      if (shift === 63n && byte > 1) this.fail('integer too large');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return this.fail('integer representation too long');
  }

  /** A signed LEB128 of at most 33 bits, as block and heap types are written. */
  s33(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
    }
    return this.fail('integer representation too long');
  }

  /** Skips one LEB128 of any width. */
  skipLeb(): void {
    for (let count = 0; count < 10; count++) if (this.u8() < 0x80) return;
    this.fail('integer representation too long');
  }

  skip(count: number): void {
    if (count > this.end - this.offset) this.fail('unexpected end');
    this.offset += count;
  }

  /** The next `count` bytes, not copied. */
  take(count: number): Uint8Array {
    const from = this.offset;
    this.skip(count);
    return this.bytes.subarray(from, this.offset);
  }

  /** A length-prefixed UTF-8 name. */
  name(): string {
    const at = this.offset;
    const bytes = this.take(this.u32());
    try {
      return utf8.decode(bytes);
    } catch {
      throw malformed('name is not valid UTF-8', at);
    }
  }

  /** A count that is believable: each item takes at least one byte of what is left. */
  count(): number {
    const count = this.u32();
    if (count > this.end - this.offset) this.fail('count exceeds the bytes left');
    return count;
  }

  /** A length-prefixed list. */
  list<T>(read: () => T): T[] {
    const count = this.count();
    const items: T[] = [];
    for (let index = 0; index < count; index++) items.push(read());
    return items;
  }

  /** A reader of the next `length` bytes, which are skipped here. */
  slice(length: number): ByteReader {
    const from = this.offset;
    this.skip(length);
    return new ByteReader(this.bytes, from, this.offset, this.#allowed);
  }
}

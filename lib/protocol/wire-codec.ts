import type { WireValue } from '../core/provider.ts';

/**
 * The encoding of capability calls: one tag byte, then the content; lengths are little-endian uint32.
 * Small and total: every byte sequence either decodes to a value or is refused, in time linear in its
 * length, and nothing is allocated before its length has been checked.
 */
const TAG = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  int32: 4,
  float64: 5,
  bigint64: 6,
  biguint64: 7,
  string: 8,
  bytes: 9,
  list: 10,
  record: 11,
} as const;

/** Nesting that no honest message reaches; it keeps recursion off the end of the stack. */
const MAX_DEPTH = 32;

/** Up to this length the codecs of the platform cost more than a loop (measured on Node 26). */
const SHORT_BYTES = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const toUtf8 = new TextEncoder();

/** A value or a byte sequence that has no place on the wire. */
export class WireError extends Error {}

/** A message that is larger than agreed, whatever it holds. */
export class WireOverflow extends WireError {}

/** Writes values one after the other into memory of its own, which it uses again after `reset`. */
export class WireWriter {
  #bytes = new Uint8Array(1_024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #limitBytes: number;

  /** @param limitBytes - most bytes of one message. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  reset(): void {
    this.#length = 0;
    // A single large message must not keep its memory for the rest of the instance's life.
    if (this.#bytes.length > 1_048_576) this.#resize(1_024);
  }

  /** What has been written; valid until the next write or reset. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #resize(size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, Math.min(this.#length, size)));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  /** Makes room and returns where it begins. */
  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#limitBytes)
      throw new WireOverflow(`message exceeds ${this.#limitBytes} bytes`);
    if (needed > this.#bytes.length) this.#resize(Math.max(needed, this.#bytes.length * 2));
    this.#length = needed;
    return at;
  }

  #tag(tag: number, contentBytes = 0): number {
    const at = this.#reserve(1 + contentBytes);
    this.#bytes[at] = tag;
    return at + 1;
  }

  value(value: WireValue, depth = 0): void {
    switch (typeof value) {
      case 'undefined':
        this.#tag(TAG.undefined);
        return;
      case 'boolean':
        this.#tag(value ? TAG.true : TAG.false);
        return;
      case 'number':
        this.#number(value);
        return;
      case 'bigint':
        this.#bigint(value);
        return;
      case 'string':
        this.#string(value);
        return;
      case 'object':
        this.#object(value, depth);
        return;
      case 'function':
      case 'symbol':
        throw new WireError(`a ${typeof value} has no place on the wire`);
    }
  }

  // Room is made before `#view` is read, here and below: making it may replace the view.
  #number(value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) {
      const at = this.#tag(TAG.int32, 4);
      this.#view.setInt32(at, value, true);
    } else {
      const at = this.#tag(TAG.float64, 8);
      this.#view.setFloat64(at, value, true);
    }
  }

  #bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      const at = this.#tag(TAG.bigint64, 8);
      this.#view.setBigInt64(at, value, true);
    } else if (BigInt.asUintN(64, value) === value) {
      const at = this.#tag(TAG.biguint64, 8);
      this.#view.setBigUint64(at, value, true);
    } else {
      throw new WireError('an integer of more than 64 bits has no place on the wire');
    }
  }

  #string(value: string): void {
    const at = this.#tag(TAG.string, 4);
    const start = this.#length;
    if (value.length <= SHORT_BYTES && this.#ascii(value)) {
      this.#view.setUint32(at, value.length, true);
      return;
    }
    this.#length = start;
    // Three bytes per UTF-16 unit always suffice; the surplus is given back below.
    this.#reserve(Math.min(value.length * 3, this.#limitBytes - start));
    const { read, written } = toUtf8.encodeInto(value, this.#bytes.subarray(start, this.#length));
    if (read < value.length) throw new WireOverflow(`message exceeds ${this.#limitBytes} bytes`);
    this.#length = start + written;
    this.#view.setUint32(at, written, true);
  }

  /** Writes a text of ASCII alone; where it is not, what has been written is to be overwritten. */
  #ascii(value: string): boolean {
    const start = this.#reserve(value.length);
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) return false;
      this.#bytes[start + index] = unit;
    }
    return true;
  }

  #count(tag: number, count: number): void {
    const at = this.#tag(tag, 4);
    this.#view.setUint32(at, count, true);
  }

  #object(
    value: Exclude<WireValue, string | number | bigint | boolean | undefined>,
    depth: number,
  ): void {
    if (value === null) {
      this.#tag(TAG.null);
    } else if (value instanceof Uint8Array) {
      const at = this.#tag(TAG.bytes, 4 + value.length);
      this.#view.setUint32(at, value.length, true);
      this.#bytes.set(value, at + 4);
    } else if (depth >= MAX_DEPTH) {
      throw new WireError('nested too deeply');
    } else if (Array.isArray(value)) {
      const items = value as readonly WireValue[];
      this.#count(TAG.list, items.length);
      for (const item of items) this.value(item, depth + 1);
    } else {
      const entries = Object.entries(value as { readonly [key: string]: WireValue });
      this.#count(TAG.record, entries.length);
      for (const [key, item] of entries) {
        this.#string(key);
        this.value(item, depth + 1);
      }
    }
  }
}

/** Reads values one after the other; strings and bytes are copies. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) throw new WireError('message ends too early');
    this.#at = at + count;
    return at;
  }

  #u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  #text(): string {
    const length = this.#u32();
    const at = this.#take(length);
    if (length <= SHORT_BYTES) {
      const short = this.#ascii(at, length);
      if (short !== undefined) return short;
    }
    const bytes = this.#bytes.subarray(at, at + length);
    try {
      return utf8.decode(bytes);
    } catch {
      throw new WireError('text is not valid UTF-8');
    }
  }

  /** The text if it is of ASCII alone. */
  #ascii(at: number, length: number): string | undefined {
    let text = '';
    for (let index = at; index < at + length; index++) {
      const unit = this.#bytes[index] as number;
      if (unit > 0x7f) return undefined;
      text += String.fromCharCode(unit);
    }
    return text;
  }

  value(depth = 0): WireValue {
    const tag = this.#bytes[this.#take(1)] as number;
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.int32:
        return this.#view.getInt32(this.#take(4), true);
      case TAG.float64:
        return this.#view.getFloat64(this.#take(8), true);
      case TAG.bigint64:
        return this.#view.getBigInt64(this.#take(8), true);
      case TAG.biguint64:
        return this.#view.getBigUint64(this.#take(8), true);
      case TAG.string:
        return this.#text();
      case TAG.bytes: {
        const length = this.#u32();
        const at = this.#take(length);
        return this.#bytes.slice(at, at + length);
      }
      case TAG.list:
      case TAG.record:
        return this.#compound(tag, depth);
      default:
        throw new WireError(`unknown tag ${tag}`);
    }
  }

  #compound(tag: number, depth: number): WireValue {
    if (depth >= MAX_DEPTH) throw new WireError('nested too deeply');
    const count = this.#u32();
    if (count > this.#bytes.length - this.#at) throw new WireError('count exceeds the bytes left');
    if (tag === TAG.list) {
      // Grown item by item: lists in lists that claim too much must not each get their claim.
      const list: WireValue[] = [];
      for (let index = 0; index < count; index++) list.push(this.value(depth + 1));
      return list;
    }
    const record: [string, WireValue][] = [];
    for (let index = 0; index < count; index++) {
      if (this.#bytes[this.#take(1)] !== TAG.string) throw new WireError('key is no text');
      record.push([this.#text(), this.value(depth + 1)]);
    }
    // fromEntries defines own properties, so that a key `__proto__` stays mere data.
    return Object.fromEntries(record);
  }
}

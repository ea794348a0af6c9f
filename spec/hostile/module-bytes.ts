/** Bytes in any of the forms that the builder takes. */
export type Bytes = Uint8Array | readonly number[];

/** A number as unsigned LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** `i32.const`, of a number from 0 to 2^31-1. */
export function i32Const(value: number): number[] {
  const bytes = leb(value);
  const last = bytes.length - 1;
  // The sign bit of the last byte would make it negative.
  if (((bytes[last] ?? 0) & 0x40) === 0) return [0x41, ...bytes];
  return [0x41, ...bytes.slice(0, last), (bytes[last] ?? 0) | 0x80, 0];
}

/** One after the other. */
export function joined(...parts: readonly Bytes[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The same bytes many times. */
export function repeated(bytes: Bytes, times: number): Uint8Array {
  const whole = new Uint8Array(bytes.length * times);
  for (let at = 0; at < whole.length; at += bytes.length) whole.set(bytes, at);
  return whole;
}

/** Bytes made for each index in turn. */
export function sequence(count: number, make: (index: number) => Bytes): Uint8Array {
  const parts: Bytes[] = [];
  for (let index = 0; index < count; index++) parts.push(make(index));
  return joined(...chunks(parts));
}

/** A call takes only so many arguments. */
function chunks(parts: readonly Bytes[]): Uint8Array[] {
  const CHUNK = 10_000;
  const whole: Uint8Array[] = [];
  for (let at = 0; at < parts.length; at += CHUNK) {
    whole.push(joined(...parts.slice(at, at + CHUNK)));
  }
  return whole;
}

/** A name or a vector of bytes with its length before it. */
export function sized(content: Bytes | string): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return joined(leb(bytes.length), bytes);
}

/** A section of `count` items. */
export function section(id: number, count: number, ...items: readonly Bytes[]): Uint8Array {
  return joined([id], sized(joined(leb(count), ...items)));
}

/** A custom section. */
export function customSection(name: string, ...content: readonly Bytes[]): Uint8Array {
  return joined([0], sized(joined(sized(name), ...content)));
}

/** A core module of these sections. */
export function moduleOf(...sections: readonly Bytes[]): Uint8Array {
  return joined([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], ...sections);
}

/** A function body; its `end` is added. */
export function body(locals: Bytes, ...code: readonly Bytes[]): Uint8Array {
  return sized(joined(locals, ...code, [0x0b]));
}

/** No locals. */
export const NO_LOCALS: readonly number[] = [0];

/** The declaration of so many locals of type `i32`. */
export function i32Locals(count: number): number[] {
  return [1, ...leb(count), 0x7f];
}

/** A type section of `() -> ()` alone. */
export const PLAIN_TYPE: Uint8Array = section(1, 1, [0x60, 0, 0]);

/** Functions of the first type. */
export function functions(count: number): Uint8Array {
  return section(3, count, repeated([0], count));
}

/** Exports function `index` by a name. */
export function exported(name: string, index: number): Uint8Array {
  return section(7, 1, sized(name), [0], leb(index));
}

/** A module whose one function, `f`, has this body. */
export function oneFunction(locals: Bytes, ...code: readonly Bytes[]): Uint8Array {
  const content = body(locals, ...code);
  return moduleOf(PLAIN_TYPE, functions(1), exported('f', 0), section(10, 1, content));
}

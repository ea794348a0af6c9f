import { GuestTrap } from '../../guest-failure.ts';
import type { CanonicalContext } from './canonical-context.ts';

// Without ignoreBOM a byte order mark, which is part of the guest's text, would be lost.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/** Of the length of a `latin1+utf16` string: set when its code units take two bytes. */
const UTF16_TAG = 0x8000_0000;

/** Up to here a loop is faster than a call of the decoder. */
const SHORT_STRING = 32;

/** Arguments that `String.fromCharCode` is given at once, well below what a stack carries. */
const CHUNK = 4_096;

function shortAscii(bytes: Uint8Array, pointer: number, end: number): string | undefined {
  let text = '';
  for (let at = pointer; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte > 0x7f) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

function decoded(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new GuestTrap(`a string is not valid ${decoder.encoding}`);
  }
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return text;
}

/**
 * Reads a string of the guest.
 *
 * @param length - in code units, tagged for `latin1+utf16`.
 * @throws `GuestTrap` for bytes out of bounds or not in the encoding; `PayloadTooLarge`.
 * @internal
 */
export function loadString(context: CanonicalContext, pointer: number, length: number): string {
  if (context.encoding === 'utf8') {
    context.checkRange(pointer, length, 1);
    context.spendContent(length);
    const { bytes } = context;
    const end = pointer + length;
    const short = length <= SHORT_STRING ? shortAscii(bytes, pointer, end) : undefined;
    return short ?? decoded(utf8, bytes.subarray(pointer, end));
  }
  const isTagged = context.encoding === 'latin1+utf16' && length >= UTF16_TAG;
  const isWide = isTagged || context.encoding === 'utf16';
  const units = isTagged ? length - UTF16_TAG : length;
  const byteLength = isWide ? units * 2 : units;
  context.checkRange(pointer, byteLength, 2);
  context.spendContent(byteLength);
  const bytes = context.bytes.subarray(pointer, pointer + byteLength);
  return isWide ? decoded(utf16, bytes) : latin1(bytes);
}

function isLatin1(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0xff) return false;
  return true;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

function storeUnits(
  context: CanonicalContext,
  text: string,
  unitBytes: 1 | 2,
  align: number,
): number {
  const pointer = context.allocate(text.length * unitBytes, align);
  const { view, bytes } = context;
  if (unitBytes === 1) {
    for (let at = 0; at < text.length; at++) bytes[pointer + at] = text.charCodeAt(at);
  } else {
    for (let at = 0; at < text.length; at++) {
      view.setUint16(pointer + at * 2, text.charCodeAt(at), true);
    }
  }
  return pointer;
}

/**
 * Writes a string into the guest. Unpaired surrogates become U+FFFD, as everywhere that JavaScript
 * gives strings away.
 *
 * @returns where it is, and its length as the encoding counts it.
 * @internal
 */
export function storeString(
  context: CanonicalContext,
  value: string,
): readonly [pointer: number, length: number] {
  if (context.encoding === 'utf8') {
    if (value.length <= SHORT_STRING && isAscii(value)) {
      return [storeUnits(context, value, 1, 1), value.length];
    }
    const encoded = utf8Encoder.encode(value);
    const pointer = context.allocate(encoded.length, 1);
    context.bytes.set(encoded, pointer);
    return [pointer, encoded.length];
  }
  const text = value.toWellFormed();
  if (context.encoding === 'latin1+utf16' && isLatin1(text)) {
    return [storeUnits(context, text, 1, 2), text.length];
  }
  const tag = context.encoding === 'utf16' ? 0 : UTF16_TAG;
  return [storeUnits(context, text, 2, 2), text.length + tag];
}

import type { ByteReader } from './byte-reader.ts';
import { MAX_PAGES_32 } from './core-ceilings.ts';
import type { CoreLimits } from './core-module.ts';
import { refusedFeature } from './core-refusals.ts';
import { unsignedLeb } from './unsigned-leb.ts';

const HAS_MAXIMUM = 1;
const IS_SHARED = 2;
const IS_64 = 4;
const HAS_PAGE_SIZE = 8;

/** 64-bit limits lose precision beyond 2^53, where every budget has long been exceeded. */
function readLimits(reader: ByteReader, what: 'memory' | 'table'): CoreLimits {
  const offset = reader.offset;
  const flags = reader.u8();
  if (flags > (HAS_MAXIMUM | IS_SHARED | IS_64 | HAS_PAGE_SIZE)) {
    reader.fail(`unknown ${what} flags`);
  }
  if (flags & IS_SHARED) {
    if (what === 'table') throw refusedFeature('shared table', 'no guest has threads', offset);
    reader.use('shared memory', 'an instance is alone in its memory', offset);
    if ((flags & HAS_MAXIMUM) === 0) reader.fail('a shared memory needs a maximum');
  }
  if (flags & HAS_PAGE_SIZE) {
    throw refusedFeature('custom page sizes', 'a page has 65536 bytes', offset);
  }
  const is64 = (flags & IS_64) !== 0;
  const read = (): number => (is64 ? Number(reader.u64()) : reader.u32());
  const minimum = read();
  if ((flags & HAS_MAXIMUM) === 0) return { offset, end: reader.offset, flags, minimum, is64 };
  const maximum = read();
  if (maximum < minimum) reader.fail(`the maximum of a ${what} is below its minimum`);
  return { offset, end: reader.offset, flags, minimum, maximum, is64 };
}

/**
 * Whether other threads may be given a memory.
 *
 * @internal
 */
export function isShared({ flags }: Pick<CoreLimits, 'flags'>): boolean {
  return (flags & IS_SHARED) !== 0;
}

/**
 * Reads the type of a memory.
 *
 * @throws `VALIDATION_ERROR` if it is shared or has its own page size.
 * @internal
 */
export function readMemoryLimits(reader: ByteReader): CoreLimits {
  const limits = readLimits(reader, 'memory');
  if (!limits.is64 && Math.max(limits.minimum, limits.maximum ?? 0) > MAX_PAGES_32) {
    reader.fail('a 32-bit memory has at most 65536 pages');
  }
  return limits;
}

/**
 * Reads the limits of a table; its element type comes before.
 *
 * @throws `VALIDATION_ERROR` if it is shared.
 * @internal
 */
export function readTableLimits(reader: ByteReader): CoreLimits {
  return readLimits(reader, 'table');
}

/**
 * The same limits with another maximum, as bytes.
 *
 * @internal
 */
export function encodeLimits(limits: CoreLimits, maximum: number): Uint8Array {
  return Uint8Array.from([
    limits.flags | HAS_MAXIMUM,
    ...unsignedLeb(limits.minimum),
    ...unsignedLeb(maximum),
  ]);
}

/**
 * The head of a section: its id and the size of its content.
 *
 * @internal
 */
export function encodeSectionHead(id: number, contentBytes: number): Uint8Array {
  return Uint8Array.from([id, ...unsignedLeb(contentBytes)]);
}

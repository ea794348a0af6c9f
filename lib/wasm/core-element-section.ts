import type { ByteReader } from './byte-reader.ts';
import { CORE_CEILINGS } from './core-ceilings.ts';
import { skipConstantExpression } from './core-constant-expressions.ts';
import { tooMany } from './core-refusals.ts';
import { readValueType } from './core-value-types.ts';

/** Bits of a segment's flags. */
const IS_NOT_ACTIVE = 1;
/** Of an active one: the table is named. Of another: it is declarative, so nothing is kept of it. */
const IS_EXPLICIT = 2;
const HAS_EXPRESSIONS = 4;

/**
 * Reads the element section for its sizes alone.
 *
 * @param onGlobalGet - reads the index of a global that an expression names.
 * @throws `VALIDATION_ERROR` if there are too many elements.
 * @internal
 */
export function readElementSection(
  reader: ByteReader,
  onGlobalGet?: (reader: ByteReader) => void,
): {
  readonly segments: number;
  readonly passiveElements: number;
} {
  const segments = reader.count();
  if (segments > CORE_CEILINGS.elementSegments) {
    throw tooMany('element segments', segments, CORE_CEILINGS.elementSegments);
  }
  let elements = 0;
  let passiveElements = 0;
  for (let segment = 0; segment < segments; segment++) {
    const flags = readSegmentHead(reader, onGlobalGet);
    const count = reader.count();
    elements += count;
    if (elements > CORE_CEILINGS.elements) {
      throw tooMany('elements', elements, CORE_CEILINGS.elements);
    }
    if ((flags & 3) === IS_NOT_ACTIVE) passiveElements += count;
    for (let index = 0; index < count; index++) {
      if (flags & HAS_EXPRESSIONS) skipConstantExpression(reader, onGlobalGet);
      else reader.u32();
    }
  }
  return { segments, passiveElements };
}

function readSegmentHead(
  reader: ByteReader,
  onGlobalGet: ((reader: ByteReader) => void) | undefined,
): number {
  const flags = reader.u32();
  if (flags > (IS_NOT_ACTIVE | IS_EXPLICIT | HAS_EXPRESSIONS)) {
    reader.fail('unknown element segment flags');
  }
  if ((flags & IS_NOT_ACTIVE) === 0) {
    if (flags & IS_EXPLICIT) reader.u32();
    skipConstantExpression(reader, onGlobalGet);
  }
  if (flags & (IS_NOT_ACTIVE | IS_EXPLICIT)) {
    if (flags & HAS_EXPRESSIONS) readValueType(reader);
    else if (reader.u8() !== 0) reader.fail('unknown element kind');
  }
  return flags;
}

import { type ByteReader, malformed } from './byte-reader.ts';
import { CORE_CEILINGS, MAX_SHOWN_CUSTOM_BYTES } from './core-ceilings.ts';
import type { CoreSection } from './core-module.ts';
import { tooMany } from './core-refusals.ts';

/** In the order in which they must stand; the data count and the tags came later than the others. */
const ORDER: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/** They name instructions by where they are in their function, where others may be by then. */
const HINTS = 'metadata.code.';

/** Characters of a custom section's name that are kept. */
const MAX_KEPT_NAME = 1_000;

/**
 * The ids of sections that admission reads.
 *
 * @internal
 */
export const SECTION = {
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  tag: 13,
} as const;

/**
 * Walks the sections behind the header: each standard one at most once and in order, so that there is
 * only one reading of the module, the engine's and ours.
 *
 * @param reader - stands behind the header.
 * @throws `WASM_RUNTIME_ERROR` if a section is unknown, repeated, misplaced or too long.
 * @internal
 */
export function readSections(reader: ByteReader): {
  readonly sections: readonly CoreSection[];
  readonly customSections: readonly string[];
  readonly needlessSections: readonly CoreSection[];
} {
  const sections: CoreSection[] = [];
  const customSections: string[] = [];
  const needlessSections: CoreSection[] = [];
  let nextRank = 0;
  while (!reader.isAtEnd) {
    const start = reader.offset;
    const id = reader.u8();
    const content = reader.slice(reader.u32());
    if (id === 0) {
      const section = { id, start, content: content.offset, end: content.end };
      const name = customSectionName(content, customSections.length);
      const isLarge = section.end - section.content > MAX_SHOWN_CUSTOM_BYTES;
      if (isLarge || name.startsWith(HINTS)) needlessSections.push(section);
      customSections.push(name);
      continue;
    }
    const rank = ORDER.indexOf(id);
    if (rank < 0) throw malformed(`unknown section ${id}`, start);
    if (rank < nextRank) throw malformed(`section ${id} is repeated or misplaced`, start);
    nextRank = rank + 1;
    sections.push({ id, start, content: content.offset, end: content.end });
  }
  return { sections, customSections, needlessSections };
}

function customSectionName(content: ByteReader, already: number): string {
  const { customSections } = CORE_CEILINGS;
  if (already >= customSections) throw tooMany('custom sections', already + 1, customSections);
  // Nothing depends on these names: the first part of an absurd one is enough.
  return content.name().slice(0, MAX_KEPT_NAME);
}

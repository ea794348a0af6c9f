import { encodeLimits, encodeSectionHead } from './core-limits.ts';
import type { CoreLimits, CoreModuleFacts } from './core-module.ts';
import { SECTION } from './core-sections.ts';

/**
 * The maxima that a module's own memories and tables get, in their order.
 *
 * @internal
 */
export interface CoreCaps {
  readonly memoryPages: readonly number[];
  readonly tableEntries: readonly number[];
}

/**
 * Rewrites the maxima, so that growing beyond them fails inside the guest with -1 instead of
 * exhausting the host, and leaves custom sections out that are larger than the engine may be shown. All
 * other bytes stay as they are; a maximum is only ever lowered.
 *
 * @param facts - read from the same bytes.
 * @internal
 */
export function capCoreModule(
  facts: CoreModuleFacts,
  bytes: Uint8Array,
  caps: CoreCaps,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let copied = 0;
  const { sections, needlessSections } = facts;
  const inOrder = [...sections, ...needlessSections].toSorted((a, b) => a.start - b.start);
  for (const section of inOrder) {
    if (needlessSections.includes(section)) {
      parts.push(bytes.subarray(copied, section.start));
      copied = section.end;
      continue;
    }
    const rewritten =
      section.id === SECTION.memory
        ? replaceLimits(bytes, section, facts.memories, caps.memoryPages)
        : section.id === SECTION.table
          ? replaceLimits(bytes, section, facts.tables, caps.tableEntries)
          : undefined;
    if (rewritten === undefined) continue;
    const contentBytes = rewritten.reduce((sum, part) => sum + part.length, 0);
    parts.push(bytes.subarray(copied, section.start));
    parts.push(encodeSectionHead(section.id, contentBytes), ...rewritten);
    copied = section.end;
  }
  if (copied === 0) return bytes;
  parts.push(bytes.subarray(copied));
  return joined(parts);
}

/** The content of the section with other maxima; nothing if each is as low already. */
function replaceLimits(
  bytes: Uint8Array,
  section: { readonly content: number; readonly end: number },
  all: readonly CoreLimits[],
  caps: readonly number[],
): Uint8Array[] | undefined {
  const parts: Uint8Array[] = [];
  let copied = section.content;
  for (const [index, limits] of all.entries()) {
    const cap = caps[index];
    if (cap === undefined || (limits.maximum !== undefined && limits.maximum <= cap)) continue;
    parts.push(bytes.subarray(copied, limits.offset), encodeLimits(limits, cap));
    copied = limits.end;
  }
  if (parts.length === 0) return undefined;
  parts.push(bytes.subarray(copied, section.end));
  return parts;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

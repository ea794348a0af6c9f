import { isWasmatrixError } from '../core/errors.ts';
import { ByteReader } from './byte-reader.ts';
import type { ModuleProducer, ModuleProducers } from './module-info.ts';

const PREAMBLE_BYTES = 8;
/** What a module says of itself is kept this far: nothing depends on it. */
const MOST = { entries: 64, sectionBytes: 65_536, sections: 16, nameLength: 200 } as const;
/** Prefixes of `target_features`: the module uses the feature, or must be linked with it. */
const USED = [0x2b, 0x3d];

type ProducerList = { readonly [Field in keyof ModuleProducers]: ModuleProducer[] };

/**
 * What a module claims about itself in custom sections.
 *
 * @internal
 */
export interface ModuleClaims {
  readonly producers: ModuleProducers;
  /** Names from `target_features`. */
  readonly features: readonly string[];
}

/**
 * Reads the `producers` and `target_features` sections of modules and components. Both are claims: what
 * is malformed or too much of them is left out, and no module is refused for it.
 *
 * @param binaries - each well formed as far as its sections go.
 * @see https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md
 * @internal
 */
export function readClaims(binaries: readonly Uint8Array[]): ModuleClaims {
  const producers: ProducerList = { languages: [], tools: [], sdks: [] };
  const features = new Set<string>();
  for (const [name, content] of binaries.flatMap(claimSections)) {
    try {
      if (name === 'producers') readProducers(content, producers);
      else readFeatures(content, features);
    } catch (error) {
      if (!isWasmatrixError(error)) throw error;
    }
  }
  return { producers, features: [...features] };
}

function claimSections(bytes: Uint8Array): (readonly [name: string, content: ByteReader])[] {
  const found: (readonly [string, ByteReader])[] = [];
  const reader = new ByteReader(bytes, PREAMBLE_BYTES);
  try {
    while (!reader.isAtEnd && found.length < MOST.sections) {
      const id = reader.u8();
      const content = reader.slice(reader.u32());
      if (id !== 0 || content.end - content.offset > MOST.sectionBytes) continue;
      const name = content.name();
      if (name === 'producers' || name === 'target_features') found.push([name, content]);
    }
  } catch (error) {
    if (!isWasmatrixError(error)) throw error;
  }
  return found;
}

function readProducers(content: ByteReader, producers: ProducerList): void {
  for (let fields = content.count(); fields > 0; fields--) {
    const list = listOf(content.name(), producers);
    for (let values = content.count(); values > 0; values--) {
      const name = content.name().slice(0, MOST.nameLength);
      const version = content.name().slice(0, MOST.nameLength);
      const isKnown = list?.some((each) => each.name === name && each.version === version);
      if (list === undefined || isKnown === true || list.length >= MOST.entries) continue;
      list.push({ name, version });
    }
  }
}

function listOf(field: string, producers: ProducerList): ModuleProducer[] | undefined {
  if (field === 'language') return producers.languages;
  if (field === 'processed-by') return producers.tools;
  return field === 'sdk' ? producers.sdks : undefined;
}

function readFeatures(content: ByteReader, features: Set<string>): void {
  for (let left = content.count(); left > 0; left--) {
    const prefix = content.u8();
    const name = content.name().slice(0, MOST.nameLength);
    if (USED.includes(prefix) && features.size < MOST.entries) features.add(name);
  }
}

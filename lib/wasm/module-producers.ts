import { isWasmatrixError } from '../core/errors.ts';
import { ByteReader } from './byte-reader.ts';
import type { ModuleProducer, ModuleProducers } from './module-info.ts';

const PREAMBLE_BYTES = 8;
/** What a module says of itself is kept this far: nothing depends on it. */
const MOST = { entries: 64, sectionBytes: 65_536, sections: 16, nameLength: 200 } as const;

type ProducerList = { readonly [Field in keyof ModuleProducers]: ModuleProducer[] };

/**
 * Reads the `producers` sections of modules and components. They are claims: what is malformed or too
 * much of them is left out, and no module is refused for it.
 *
 * @param binaries - each well formed as far as its sections go.
 * @see https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md
 * @internal
 */
export function readProducers(binaries: readonly Uint8Array[]): ModuleProducers {
  const producers: ProducerList = { languages: [], tools: [], sdks: [] };
  for (const content of binaries.flatMap(producerSections)) {
    try {
      readFields(content, producers);
    } catch (error) {
      if (!isWasmatrixError(error)) throw error;
    }
  }
  return producers;
}

function producerSections(bytes: Uint8Array): ByteReader[] {
  const found: ByteReader[] = [];
  const reader = new ByteReader(bytes, PREAMBLE_BYTES);
  try {
    while (!reader.isAtEnd && found.length < MOST.sections) {
      const id = reader.u8();
      const content = reader.slice(reader.u32());
      if (id !== 0 || content.end - content.offset > MOST.sectionBytes) continue;
      if (content.name() === 'producers') found.push(content);
    }
  } catch (error) {
    if (!isWasmatrixError(error)) throw error;
  }
  return found;
}

function readFields(content: ByteReader, producers: ProducerList): void {
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

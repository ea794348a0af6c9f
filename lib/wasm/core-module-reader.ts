import { ByteReader } from './byte-reader.ts';
import { CoreDeclarations, readItemCount } from './core-declarations.ts';
import { readElementSection } from './core-element-section.ts';
import { isShared } from './core-limits.ts';
import type { CoreModuleFacts } from './core-module.ts';
import { readSections, SECTION } from './core-sections.ts';
import { CoreTypes } from './core-type-section.ts';
import { NO_RISKS, type RiskyFeature } from './risky-features.ts';

/** `\0asm`, version 1. */
const HEADER: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/**
 * Reads what a core module declares. Everything is bounded by the bytes at hand and by the ceilings;
 * function bodies and data are left to the engine.
 *
 * @param allowed - what the module may use although the engine cannot bound it.
 * @throws `WASM_RUNTIME_ERROR` if the bytes break the format, `VALIDATION_ERROR` if they use a
 * feature that no guest may use, or too much of one.
 * @internal
 */
export function readCoreModule(
  bytes: Uint8Array,
  allowed: ReadonlySet<RiskyFeature> = NO_RISKS,
): CoreModuleFacts {
  const header = new ByteReader(bytes);
  for (const expected of HEADER) {
    if (header.u8() !== expected) header.fail('not a core module of version 1');
  }
  const { sections, customSections, needlessSections } = readSections(header);
  const types = new CoreTypes(bytes);
  const declarations = new CoreDeclarations(types);
  const sizes = new Sizes();
  for (const section of sections) {
    const reader = new ByteReader(bytes, section.content, section.end, allowed);
    if (sizes.read(section.id, reader, types, declarations) === 'whole' && !reader.isAtEnd) {
      reader.fail(`section ${section.id} is longer than its content`);
    }
  }
  const { imports, exports, memories, tables } = declarations;
  return {
    sections,
    customSections,
    needlessSections,
    imports,
    exports,
    memories,
    tables,
    hasStart: sections.some(({ id }) => id === SECTION.start),
    counts: { ...sizes.counts, types: types.count },
    codeBytes: sizes.codeBytes,
    dataBytes: sizes.dataBytes,
    features: featuresOf(declarations, types, sizes.counts.tags),
  };
}

class Sizes {
  readonly counts = {
    functions: 0,
    globals: 0,
    tags: 0,
    elementSegments: 0,
    passiveElements: 0,
    dataSegments: 0,
  };
  codeBytes = 0;
  dataBytes = 0;

  /** Says whether the whole section has been read, or only how many items it has. */
  read(
    id: number,
    reader: ByteReader,
    types: CoreTypes,
    declarations: CoreDeclarations,
  ): 'whole' | 'head' {
    switch (id) {
      case SECTION.type:
        types.read(reader);
        return 'whole';
      case SECTION.import:
        declarations.readImports(reader);
        return 'whole';
      case SECTION.function:
        this.counts.functions = declarations.readFunctions(reader);
        return 'whole';
      case SECTION.table:
        declarations.readTables(reader);
        return 'whole';
      case SECTION.memory:
        declarations.readMemories(reader);
        return 'whole';
      case SECTION.export:
        declarations.readExports(reader);
        return 'whole';
      case SECTION.element:
        this.#readElements(reader);
        return 'whole';
      default:
        this.#readHead(id, reader);
        return 'head';
    }
  }

  #readElements(reader: ByteReader): void {
    const { segments, passiveElements } = readElementSection(reader);
    this.counts.elementSegments = segments;
    this.counts.passiveElements = passiveElements;
  }

  #readHead(id: number, reader: ByteReader): void {
    switch (id) {
      case SECTION.tag:
        this.counts.tags = readItemCount(reader, 'tags');
        break;
      case SECTION.global:
        this.counts.globals = readItemCount(reader, 'globals');
        break;
      case SECTION.code:
        this.codeBytes = reader.end - reader.offset;
        readItemCount(reader, 'functions');
        break;
      case SECTION.data:
        this.dataBytes = reader.end - reader.offset;
        this.counts.dataSegments = readItemCount(reader, 'dataSegments');
        break;
    }
  }
}

function featuresOf(declarations: CoreDeclarations, types: CoreTypes, tags: number): string[] {
  const { imports, memories, tables } = declarations;
  const imported = (kind: string) => imports.filter((item) => item.kind === kind);
  const is64 = (item: { readonly limits?: { readonly is64: boolean } }) =>
    item.limits?.is64 === true;
  const features: string[] = [];
  if (memories.length + imported('memory').length > 1) features.push('multi-memory');
  if (memories.some((memory) => memory.is64) || imported('memory').some(is64)) {
    features.push('memory64');
  }
  if (tables.some((table) => table.is64) || imported('table').some(is64)) features.push('table64');
  if (tables.length + imported('table').length > 1) features.push('multi-table');
  if (tags > 0 || imported('tag').length > 0) features.push('exceptions');
  if (types.hasHeapTypes) features.push('gc');
  if (memories.some(isShared)) features.push('shared memory');
  return features;
}

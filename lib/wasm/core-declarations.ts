import type { ByteReader } from './byte-reader.ts';
import { CORE_CEILINGS } from './core-ceilings.ts';
import { skipConstantExpression } from './core-constant-expressions.ts';
import { KeptFacts } from './core-kept-facts.ts';
import { readMemoryLimits, readTableLimits } from './core-limits.ts';
import type { CoreExport, CoreExternKind, CoreImport, CoreLimits } from './core-module.ts';
import { tooMany } from './core-refusals.ts';
import type { CoreTypes } from './core-type-section.ts';
import { readTableElementType, readValueType } from './core-value-types.ts';

const KINDS: readonly CoreExternKind[] = ['function', 'table', 'memory', 'global', 'tag'];

type CountedThing =
  | 'functions'
  | 'imports'
  | 'exports'
  | 'globals'
  | 'tags'
  | 'tables'
  | 'memories'
  | 'dataSegments';

/**
 * Reads how many items a section has.
 *
 * @throws `VALIDATION_ERROR` if they are more than admission looks at.
 * @internal
 */
export function readItemCount(reader: ByteReader, what: CountedThing): number {
  const count = reader.count();
  if (count > CORE_CEILINGS[what]) throw tooMany(what, count, CORE_CEILINGS[what]);
  return count;
}

/**
 * What a module imports, defines and exports, as far as it is kept.
 *
 * @internal
 */
export class CoreDeclarations {
  readonly imports: CoreImport[] = [];
  readonly exports: CoreExport[] = [];
  readonly memories: CoreLimits[] = [];
  readonly tables: CoreLimits[] = [];
  readonly #types: CoreTypes;
  readonly #kept: KeptFacts = new KeptFacts();
  /** The type of each function, imported ones first. */
  readonly #functionTypes: number[] = [];

  constructor(types: CoreTypes) {
    this.#types = types;
  }

  readImports(reader: ByteReader): void {
    const count = readItemCount(reader, 'imports');
    for (let index = 0; index < count; index++) {
      const module = this.#kept.name(reader.name());
      const name = this.#kept.name(reader.name());
      const kind = readKind(reader);
      this.imports.push({ module, name, kind, ...this.#importType(reader, kind) });
    }
  }

  /** Returns how many functions are defined here. */
  readFunctions(reader: ByteReader): number {
    const count = readItemCount(reader, 'functions');
    for (let index = 0; index < count; index++) this.#functionTypes.push(reader.u32());
    return count;
  }

  readTables(reader: ByteReader): void {
    const count = readItemCount(reader, 'tables');
    for (let index = 0; index < count; index++) {
      const hasInitialValue = reader.peek() === 0x40;
      if (hasInitialValue) {
        reader.skip(1);
        if (reader.u8() !== 0) reader.fail('unknown table form');
      }
      readTableElementType(reader);
      this.tables.push(readTableLimits(reader));
      if (hasInitialValue) skipConstantExpression(reader);
    }
  }

  readMemories(reader: ByteReader): void {
    const count = readItemCount(reader, 'memories');
    for (let index = 0; index < count; index++) this.memories.push(readMemoryLimits(reader));
  }

  readExports(reader: ByteReader): void {
    const count = readItemCount(reader, 'exports');
    for (let position = 0; position < count; position++) {
      const name = this.#kept.name(reader.name());
      const kind = readKind(reader);
      const index = reader.u32();
      const item = { name, kind, index };
      if (kind !== 'function') {
        this.exports.push(item);
        continue;
      }
      const type = this.#functionTypes[index];
      if (type === undefined) reader.fail(`there is no function ${index}`);
      const signature = this.#kept.signature(this.#types.signature(type, reader));
      this.exports.push({ ...item, signature });
    }
  }

  #importType(reader: ByteReader, kind: CoreExternKind): Pick<CoreImport, 'signature' | 'limits'> {
    if (kind === 'function') {
      const type = reader.u32();
      this.#functionTypes.push(type);
      return { signature: this.#kept.signature(this.#types.signature(type, reader)) };
    }
    if (kind === 'memory') return { limits: readMemoryLimits(reader) };
    if (kind === 'table') {
      readTableElementType(reader);
      return { limits: readTableLimits(reader) };
    }
    if (kind === 'global') {
      readValueType(reader);
      if (reader.u8() > 1) reader.fail('unknown mutability');
      return {};
    }
    if (reader.u8() !== 0) reader.fail('unknown tag attribute');
    this.#types.signature(reader.u32(), reader);
    return {};
  }
}

function readKind(reader: ByteReader): CoreExternKind {
  const code = reader.u8();
  return KINDS[code] ?? reader.fail(`unknown kind ${code}`);
}

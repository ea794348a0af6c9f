import type { ByteReader } from './byte-reader.ts';
import type { ByteSplicer } from './byte-splicer.ts';
import { skipConstantExpression } from './core-constant-expressions.ts';
import { readElementSection } from './core-element-section.ts';
import { readTableLimits } from './core-limits.ts';
import { SECTION } from './core-sections.ts';
import { readTableElementType, readValueType } from './core-value-types.ts';
import { FUEL_IMPORT } from './fuel-import.ts';

type OnGlobal = (reader: ByteReader) => void;

const GLOBAL_KIND = 3;
const utf8 = new TextEncoder();

/** The counter as an item of the import section: a mutable `i64`. */
const FUEL_IMPORT_ITEM: readonly number[] = [
  ...[FUEL_IMPORT.module, FUEL_IMPORT.name].flatMap((name) => [name.length, ...utf8.encode(name)]),
  GLOBAL_KIND,
  0x7e,
  1,
];

/**
 * Adds the counter to the imports, as the last of them.
 *
 * @param reader - stands before the content of the import section; absent where there is none.
 * @internal
 */
export function writeImports(reader: ByteReader | undefined, out: ByteSplicer): void {
  out.writeU32((reader?.u32() ?? 0) + 1);
  if (reader !== undefined) {
    out.skipTo(reader.offset);
    out.copyTo(reader.end);
  }
  out.write(FUEL_IMPORT_ITEM);
}

/**
 * Goes through a section that may name globals, and has each index written anew.
 *
 * @param reader - stands before the content of the section.
 * @throws `WASM_RUNTIME_ERROR` if it is malformed.
 * @internal
 */
export function shiftGlobals(id: number, reader: ByteReader, onGlobal: OnGlobal): void {
  switch (id) {
    case SECTION.table:
      return forEachItem(reader, () => shiftInTable(reader, onGlobal));
    case SECTION.global:
      return forEachItem(reader, () => {
        readValueType(reader);
        reader.skip(1);
        skipConstantExpression(reader, onGlobal);
      });
    case SECTION.export:
      return forEachItem(reader, () => {
        reader.skip(reader.u32());
        if (reader.u8() === GLOBAL_KIND) onGlobal(reader);
        else reader.u32();
      });
    case SECTION.element:
      readElementSection(reader, onGlobal);
      return;
    case SECTION.data:
      return forEachItem(reader, () => shiftInData(reader, onGlobal));
  }
}

function forEachItem(reader: ByteReader, read: () => void): void {
  for (let left = reader.count(); left > 0; left--) read();
}

function shiftInTable(reader: ByteReader, onGlobal: OnGlobal): void {
  const hasInitialValue = reader.peek() === 0x40;
  if (hasInitialValue) reader.skip(2);
  readTableElementType(reader);
  readTableLimits(reader);
  if (hasInitialValue) skipConstantExpression(reader, onGlobal);
}

function shiftInData(reader: ByteReader, onGlobal: OnGlobal): void {
  const [IS_ACTIVE, IS_PASSIVE, NAMES_MEMORY] = [0, 1, 2];
  const flags = reader.u32();
  if (flags === NAMES_MEMORY) reader.u32();
  else if (flags !== IS_ACTIVE && flags !== IS_PASSIVE) reader.fail('unknown data segment flags');
  if (flags !== IS_PASSIVE) skipConstantExpression(reader, onGlobal);
  reader.skip(reader.u32());
}

import { type ByteReader, malformed } from './byte-reader.ts';
import { readValueType } from './core-value-types.ts';

/**
 * What follows an opcode.
 *
 * @internal
 */
export type Shape =
  | 'none'
  | 'block-type'
  | 'index'
  | 'two-indices'
  | 'labels'
  | 'value-types'
  | 'catches'
  | 'memory-argument'
  | 'memory-argument-and-lane'
  | 'byte'
  | 'four-bytes'
  | 'eight-bytes'
  | 'sixteen-bytes'
  | 'cast';

/** Opcodes from the first to the last, or one alone. */
type Row = readonly [shape: Shape, first: number, last?: number];

const PLAIN = shapes([
  ['none', 0x00, 0x01], // unreachable, nop
  ['block-type', 0x02, 0x04], // block, loop, if
  ['none', 0x05], // else
  ['block-type', 0x06], // try
  ['index', 0x07, 0x09], // catch, throw, rethrow
  ['none', 0x0a, 0x0b], // throw_ref, end
  ['index', 0x0c, 0x0d], // br, br_if
  ['labels', 0x0e], // br_table
  ['none', 0x0f], // return
  ['index', 0x10], // call
  ['two-indices', 0x11], // call_indirect
  ['index', 0x12], // return_call
  ['two-indices', 0x13], // return_call_indirect
  ['index', 0x14, 0x15], // call_ref, return_call_ref
  ['index', 0x18], // delegate
  ['none', 0x19, 0x1b], // catch_all, drop, select
  ['value-types', 0x1c], // select with types
  ['catches', 0x1f], // try_table
  ['index', 0x20, 0x26], // of locals, globals and tables
  ['memory-argument', 0x28, 0x3e], // loads and stores
  ['index', 0x3f, 0x42], // memory.size, memory.grow, i32.const, i64.const
  ['four-bytes', 0x43], // f32.const
  ['eight-bytes', 0x44], // f64.const
  ['none', 0x45, 0xc4], // arithmetic, conversions, sign extension
  ['index', 0xd0], // ref.null
  ['none', 0xd1], // ref.is_null
  ['index', 0xd2], // ref.func
  ['none', 0xd3, 0xd4], // ref.eq, ref.as_non_null
  ['index', 0xd5, 0xd6], // br_on_null, br_on_non_null
]);

/** Garbage collection: what makes objects is refused by the types that it needs, not by its opcode. */
const GC = shapes([
  ['index', 0, 1], // struct.new, struct.new_default
  ['two-indices', 2, 5], // struct.get, struct.set
  ['index', 6, 7], // array.new, array.new_default
  ['two-indices', 8, 10], // array.new_fixed, array.new_data, array.new_elem
  ['index', 11, 14], // array.get, array.set
  ['none', 15], // array.len
  ['index', 16], // array.fill
  ['two-indices', 17, 19], // array.copy, array.init_data, array.init_elem
  ['index', 20, 23], // ref.test, ref.cast
  ['cast', 24, 25], // br_on_cast, br_on_cast_fail
  ['none', 26, 30], // conversions of extern, i31
]);

/** Saturating conversions, bulk memory and tables. */
const MISCELLANEOUS = shapes([
  ['none', 0, 7],
  ['two-indices', 8], // memory.init
  ['index', 9], // data.drop
  ['two-indices', 10], // memory.copy
  ['index', 11], // memory.fill
  ['two-indices', 12], // table.init
  ['index', 13], // elem.drop
  ['two-indices', 14], // table.copy
  ['index', 15, 17], // table.grow, table.size, table.fill
]);

/** Vectors; the numbers between these were never given out. */
const VECTOR = shapes([
  ['memory-argument', 0, 11],
  ['sixteen-bytes', 12, 13], // v128.const, i8x16.shuffle
  ['none', 14, 20],
  ['byte', 21, 34], // lanes
  ['none', 35, 83],
  ['memory-argument-and-lane', 84, 91],
  ['memory-argument', 92, 93],
  ['none', 94, 0x99],
  ['none', 0x9b, 0xa1],
  ['none', 0xa3, 0xa4],
  ['none', 0xa7, 0xae],
  ['none', 0xb1],
  ['none', 0xb5, 0xba],
  ['none', 0xbc, 0xc1],
  ['none', 0xc3, 0xc4],
  ['none', 0xc7, 0xce],
  ['none', 0xd1],
  ['none', 0xd5, 0xe1],
  ['none', 0xe3, 0xed],
  ['none', 0xef, 0xff],
  ['none', 0x100, 0x113], // relaxed
]);

const ATOMIC = shapes([
  ['memory-argument', 0x00, 0x02], // notify, wait
  ['byte', 0x03], // fence
  ['memory-argument', 0x10, 0x4e],
]);

const PREFIXED: ReadonlyMap<number, ReadonlyMap<number, Shape>> = new Map([
  [0xfb, GC],
  [0xfc, MISCELLANEOUS],
  [0xfd, VECTOR],
  [0xfe, ATOMIC],
]);

function shapes(rows: readonly Row[]): ReadonlyMap<number, Shape> {
  const all = new Map<number, Shape>();
  for (const [shape, first, last = first] of rows) {
    for (let opcode = first; opcode <= last; opcode++) all.set(opcode, shape);
  }
  return all;
}

/**
 * What follows each opcode without a prefix; nothing where there is none.
 *
 * @internal
 */
export const BY_OPCODE: readonly (Shape | undefined)[] = Array.from({ length: 256 }, (_, opcode) =>
  PLAIN.get(opcode),
);

/**
 * Skips the rest of an instruction.
 *
 * @param reader - stands behind the opcode.
 * @throws `WASM_RUNTIME_ERROR` naming an instruction that does not exist, and where it is.
 * @internal
 */
export function skipImmediates(reader: ByteReader, opcode: number): void {
  const shape = BY_OPCODE[opcode];
  if (shape !== undefined) return skipShape(reader, shape);
  const at = reader.offset - 1;
  const all = PREFIXED.get(opcode);
  if (all === undefined) throw malformed(`unknown instruction ${hex(opcode)}`, at);
  skipPrefixed(reader, all, opcode, at);
}

function skipPrefixed(
  reader: ByteReader,
  all: ReadonlyMap<number, Shape>,
  prefix: number,
  at: number,
): void {
  const opcode = reader.u32();
  const shape = all.get(opcode);
  if (shape === undefined) {
    throw malformed(`unknown instruction ${hex(prefix)} ${hex(opcode)}`, at);
  }
  skipShape(reader, shape);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function skipShape(reader: ByteReader, shape: Shape): void {
  switch (shape) {
    case 'none':
      return;
    case 'index':
      return reader.skipLeb();
    case 'two-indices':
      reader.skipLeb();
      return reader.skipLeb();
    case 'block-type':
      return skipBlockType(reader);
    case 'memory-argument':
      return skipMemoryArgument(reader);
    case 'memory-argument-and-lane':
      skipMemoryArgument(reader);
      return reader.skip(1);
    case 'byte':
      return reader.skip(1);
    case 'four-bytes':
      return reader.skip(4);
    case 'eight-bytes':
      return reader.skip(8);
    case 'sixteen-bytes':
      return reader.skip(16);
    case 'labels':
      for (let left = reader.count(); left >= 0; left--) reader.skipLeb();
      return;
    case 'value-types':
      for (let left = reader.count(); left > 0; left--) readValueType(reader);
      return;
    case 'catches':
      return skipCatches(reader);
    case 'cast': // flags, a label, two heap types
      reader.skip(1);
      for (let left = 3; left > 0; left--) reader.skipLeb();
      return;
  }
}

/** Nothing, a value type, or the index of a type; all but references to heap types are one LEB128. */
function skipBlockType(reader: ByteReader): void {
  const code = reader.peek();
  if (code === 0x63 || code === 0x64) reader.skip(1);
  reader.skipLeb();
}

function skipMemoryArgument(reader: ByteReader): void {
  const HAS_MEMORY_INDEX = 0x40;
  const alignment = reader.u32();
  if (alignment & HAS_MEMORY_INDEX) reader.skipLeb();
  reader.skipLeb();
}

/** The clauses of `try_table`: with a tag or for all, then a label. */
function skipCatches(reader: ByteReader): void {
  const LAST_WITH_TAG = 1;
  const LAST = 3;
  skipBlockType(reader);
  for (let left = reader.count(); left > 0; left--) {
    const kind = reader.u8();
    if (kind > LAST) reader.fail(`unknown catch clause ${kind}`);
    if (kind <= LAST_WITH_TAG) reader.skipLeb();
    reader.skipLeb();
  }
}

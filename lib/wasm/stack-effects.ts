/** Opcodes from the first to the last, or one alone, by how many values they leave more than they take. */
type Row = readonly [effect: number, first: number, last?: number];

/** What has no row leaves one value at the most. */
const UNKNOWN_EFFECT = 1;

/** WebAssembly 3.0, §5.4; control instructions are somebody else's business. */
const PLAIN = effects([
  [0, 0x01], // nop
  [-1, 0x1a], // drop
  [-2, 0x1b, 0x1c], // select
  [1, 0x20], // local.get
  [-1, 0x21],
  [0, 0x22],
  [1, 0x23], // global.get
  [-1, 0x24],
  [0, 0x25], // table.get
  [-2, 0x26],
  [0, 0x28, 0x35], // loads
  [-2, 0x36, 0x3e], // stores
  [1, 0x3f], // memory.size
  [0, 0x40], // memory.grow
  [1, 0x41, 0x44], // constants
  [0, 0x45], // i32: eqz, comparisons
  [-1, 0x46, 0x4f],
  [0, 0x50], // i64
  [-1, 0x51, 0x66],
  [0, 0x67, 0x69], // i32: clz, ctz, popcnt, then arithmetic
  [-1, 0x6a, 0x78],
  [0, 0x79, 0x7b], // i64
  [-1, 0x7c, 0x8a],
  [0, 0x8b, 0x91], // f32
  [-1, 0x92, 0x98],
  [0, 0x99, 0x9f], // f64
  [-1, 0xa0, 0xa6],
  [0, 0xa7, 0xc4], // conversions, sign extension
  [1, 0xd0], // ref.null
  [0, 0xd1],
  [1, 0xd2], // ref.func
  [-1, 0xd3],
  [0, 0xd4],
]);

const MISCELLANEOUS = effects([
  [0, 0, 7], // saturating conversions
  [-3, 8], // memory.init
  [0, 9],
  [-3, 10, 12], // memory.copy, memory.fill, table.init
  [0, 13],
  [-3, 14], // table.copy
  [-1, 15], // table.grow
  [1, 16],
  [-3, 17], // table.fill
]);

/** Binary operations far behind are counted as if they took one value only. */
const VECTOR = effects([
  [0, 0, 10], // loads
  [-2, 11],
  [1, 12], // v128.const
  [-1, 13, 14],
  [0, 15, 34], // splats, lanes
  [-1, 35, 76], // comparisons
  [0, 77],
  [-1, 78, 81],
  [-2, 82],
  [0, 83],
  [-1, 84, 87], // lanes from memory
  [-2, 88, 91],
  [0, 92, 0x113],
]);

const ATOMIC = effects([
  [-1, 0], // notify
  [-2, 1, 2], // wait
  [0, 3],
  [0, 0x10, 0x16],
  [-2, 0x17, 0x1d],
  [-1, 0x1e, 0x47],
  [-2, 0x48, 0x4e],
]);

const PREFIXED: ReadonlyMap<number, ReadonlyMap<number, number>> = new Map([
  [0xfc, MISCELLANEOUS],
  [0xfd, VECTOR],
  [0xfe, ATOMIC],
]);

function effects(rows: readonly Row[]): ReadonlyMap<number, number> {
  const all = new Map<number, number>();
  for (const [effect, first, last = first] of rows) {
    for (let opcode = first; opcode <= last; opcode++) all.set(opcode, effect);
  }
  return all;
}

/**
 * How many values each instruction without a prefix leaves on the stack more than it takes, never too few.
 *
 * @internal
 */
export const PLAIN_EFFECTS: Int8Array = Int8Array.from(
  { length: 256 },
  (_, opcode) => PLAIN.get(opcode) ?? UNKNOWN_EFFECT,
);

/**
 * The same of an instruction with a prefix.
 *
 * @internal
 */
export function prefixedEffect(prefix: number, opcode: number): number {
  return PREFIXED.get(prefix)?.get(opcode) ?? UNKNOWN_EFFECT;
}

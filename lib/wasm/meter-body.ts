import type { ByteReader } from './byte-reader.ts';
import type { ByteSplicer } from './byte-splicer.ts';
import { tooMany } from './core-refusals.ts';
import { readValueType } from './core-value-types.ts';
import type { FuelCharge, LengthUnit } from './fuel-charge.ts';
import { skipImmediates } from './instruction-shapes.ts';
import { skipPlainInstructions } from './plain-instructions.ts';

/** The engine takes no larger function. */
const MAX_BODY_BYTES = 7_654_321;

/** One more local of type `i64`. */
const SPARE_LOCAL = [1, 0x7e] as const;

/** What a body refers to. */
export interface BodySurroundings {
  /** Whether each memory, and each table, is indexed by 64 bits; imported ones come first. */
  readonly is64Memory: readonly boolean[];
  readonly is64Table: readonly boolean[];
  /** Reads the index of a global and writes it anew. */
  readonly shiftGlobal: (reader: ByteReader) => void;
}

/** Instructions whose work is as long as their last operand says. */
const BULK = {
  memoryInit: 8,
  memoryCopy: 10,
  memoryFill: 11,
  tableInit: 12,
  tableCopy: 14,
  tableGrow: 15,
  tableFill: 17,
} as const;

/** The same of arrays: new, new_default, new_data, new_elem, fill, copy, init_data, init_elem. */
const ARRAY_BULK: ReadonlySet<number> = new Set([6, 7, 9, 10, 16, 17, 18, 19]);

interface OpenLoop {
  readonly chargeAt: number;
  readonly cost: number;
}

/**
 * Puts charges into function bodies. A body is charged for where it is entered, a loop where each of
 * its rounds begins; each for the instructions that are in it but not in a loop inside it, whichever
 * way is taken through them.
 *
 * @internal
 */
export class BodyMeter {
  readonly #out: ByteSplicer;
  readonly #charge: FuelCharge;
  readonly #surroundings: BodySurroundings;
  #spare = 0;
  #chargeAt = 0;
  #cost = 0;
  /** Whether each open block is a loop; the function itself is the first. */
  #blocks: boolean[] = [];
  /** What goes on being counted behind each open loop. */
  #outer: OpenLoop[] = [];

  constructor(out: ByteSplicer, charge: FuelCharge, surroundings: BodySurroundings) {
    this.#out = out;
    this.#charge = charge;
    this.#surroundings = surroundings;
  }

  /**
   * Writes one body, its size before it. How deep its blocks are nested costs memory, never stack.
   *
   * @param reader - stands before the size of the body.
   * @param params - how many parameters the function has.
   * @throws `WASM_RUNTIME_ERROR` if the body is malformed, `VALIDATION_ERROR` if it becomes too large.
   */
  meter(reader: ByteReader, params: number): void {
    const out = this.#out;
    out.copyTo(reader.offset);
    const body = reader.slice(reader.u32());
    if (body.end - body.offset > MAX_BODY_BYTES) throw tooLarge(body.end - body.offset);
    const lengthAt = out.beginLength();
    out.skipTo(body.offset);
    this.#addLocal(body, params);
    this.#cost = 0;
    this.#blocks = [false];
    this.#outer = [];
    this.#chargeAt = this.#charge.open(this.#spare);
    while (this.#blocks.length > 0) {
      this.#cost += skipPlainInstructions(body, this.#spare);
      this.#instruction(body);
    }
    if (!body.isAtEnd) body.fail('instructions behind the end of a function');
    this.#charge.settle(this.#chargeAt, this.#cost);
    out.copyTo(body.end);
    const bytes = out.endLength(lengthAt);
    if (bytes > MAX_BODY_BYTES) throw tooLarge(bytes);
  }

  #addLocal(body: ByteReader, params: number): void {
    const groups = body.count();
    this.#out.writeU32(groups + 1);
    this.#out.skipTo(body.offset);
    let locals = params;
    for (let group = 0; group < groups; group++) {
      locals += body.u32();
      readValueType(body);
    }
    this.#out.copyTo(body.offset);
    this.#out.write(SPARE_LOCAL);
    this.#spare = locals;
  }

  #instruction(body: ByteReader): void {
    const at = body.offset;
    const opcode = body.u8();
    this.#cost++;
    switch (opcode) {
      case 0x03: // loop
        skipImmediates(body, opcode);
        return this.#openLoop(body.offset);
      case 0x02: // block
      case 0x04: // if
      case 0x06: // try
      case 0x1f: // try_table
        this.#blocks.push(false);
        return skipImmediates(body, opcode);
      case 0x0b: // end
      case 0x18: // delegate, which ends its try
        skipImmediates(body, opcode);
        return this.#closeBlock();
      case 0x20: // local.get, set, tee
      case 0x21:
      case 0x22:
        if (body.u32() >= this.#spare) body.fail('there is no such local');
        return;
      case 0x23: // global.get, set
      case 0x24:
        return this.#surroundings.shiftGlobal(body);
      case 0x40: // memory.grow
        return this.#chargeLength(at, this.#surroundings.is64Memory[body.u32()], 'pages');
      case 0xfb:
        return this.#garbageCollected(body, at);
      case 0xfc:
        return this.#miscellaneous(body, at);
      default:
        return skipImmediates(body, opcode);
    }
  }

  #openLoop(bodyAt: number): void {
    this.#out.copyTo(bodyAt);
    this.#outer.push({ chargeAt: this.#chargeAt, cost: this.#cost });
    this.#blocks.push(true);
    this.#chargeAt = this.#charge.open(this.#spare);
    this.#cost = 0;
  }

  #closeBlock(): void {
    if (this.#blocks.pop() !== true) return;
    this.#charge.settle(this.#chargeAt, this.#cost);
    const { chargeAt, cost } = this.#outer.pop() as OpenLoop;
    this.#chargeAt = chargeAt;
    this.#cost = cost;
  }

  #miscellaneous(body: ByteReader, at: number): void {
    const { is64Memory, is64Table } = this.#surroundings;
    const behindPrefix = body.offset;
    const opcode = body.u32();
    switch (opcode) {
      case BULK.memoryFill:
        return this.#chargeLength(at, is64Memory[body.u32()], 'bytes');
      case BULK.tableFill:
      case BULK.tableGrow:
        return this.#chargeLength(at, is64Table[body.u32()], 'entries');
      case BULK.memoryCopy:
        return this.#chargeLength(at, areBoth64(body, is64Memory), 'bytes');
      case BULK.tableCopy:
        return this.#chargeLength(at, areBoth64(body, is64Table), 'entries');
      case BULK.memoryInit:
      case BULK.tableInit:
        // The length of a segment has 32 bits, wherever it goes to.
        this.#chargeLength(at, false, opcode === BULK.memoryInit ? 'bytes' : 'entries');
        body.skipLeb();
        return body.skipLeb();
      default:
        body.offset = behindPrefix;
        return skipImmediates(body, 0xfc);
    }
  }

  #garbageCollected(body: ByteReader, at: number): void {
    const behindPrefix = body.offset;
    const opcode = body.u32();
    body.offset = behindPrefix;
    if (ARRAY_BULK.has(opcode)) this.#chargeLength(at, false, 'entries');
    skipImmediates(body, 0xfb);
  }

  /** Charges before the instruction at that offset. */
  #chargeLength(at: number, is64: boolean | undefined, unit: LengthUnit): void {
    this.#out.copyTo(at);
    this.#charge.byLength(this.#spare, is64 === true, unit);
  }
}

/** A copy between two index types takes a length that fits both. */
function areBoth64(body: ByteReader, is64: readonly boolean[]): boolean {
  const [to, from] = [body.u32(), body.u32()];
  return is64[to] === true && is64[from] === true;
}

function tooLarge(bytes: number): Error {
  return tooMany('bytes in one function once it is metered', bytes, MAX_BODY_BYTES);
}

import type { ByteSplicer } from './byte-splicer.ts';
import { unsignedLeb } from './unsigned-leb.ts';

/** Bytes of a charge's constant: signed 28 bits, more than any function has instructions. */
const COST_BYTES = 4;

/**
 * What a length is counted in.
 *
 * @internal
 */
export type LengthUnit = 'bytes' | 'entries' | 'pages';

/** Instructions that charges are made of. */
const OP = {
  unreachable: 0x00,
  if: 0x04,
  end: 0x0b,
  select: 0x1b,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i64Const: 0x42,
  i64Ne: 0x52,
  i64LtS: 0x53,
  i64LtU: 0x54,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64And: 0x83,
  i64Shl: 0x86,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  i64ExtendI32U: 0xad,
} as const;
const NO_RESULT = 0x40;

/** Units of 64 bytes, of 8 entries. */
const SHIFT_OF = { bytes: 6, entries: 3 } as const;
/** A page is as much as 1,024 times 64 bytes. */
const PAGE_SHIFT = 10;
/** More pages than any memory can have count as this many, so that the product stays in range. */
const MOST_PAGES = 2 ** 40;

/**
 * Writes charges: each takes its cost from the counter, and traps where there is less left. The counter
 * is set to -1 before the trap, thus it never wraps around, and every later charge traps as well.
 *
 * @internal
 */
export class FuelCharge {
  readonly #out: ByteSplicer;
  readonly #counter: readonly number[];
  /** The charge that was opened last, since all of one function are alike. */
  #opened: { readonly spare: number; readonly bytes: Uint8Array } | undefined;

  /** @param counterIndex - of the global that counts. */
  constructor(out: ByteSplicer, counterIndex: number) {
    this.#out = out;
    this.#counter = unsignedLeb(counterIndex);
  }

  /**
   * Charges a number that is known later.
   *
   * @param spare - a local of type `i64` that nothing else uses.
   * @returns where the cost is to be put, for `settle`.
   */
  open(spare: number): number {
    if (this.#opened?.spare !== spare) this.#opened = { spare, bytes: this.#opening(spare) };
    const costAt = this.#out.length + this.#counter.length + 2;
    this.#out.write(this.#opened.bytes);
    return costAt;
  }

  /** Fills in what an opened charge costs. */
  settle(at: number, cost: number): void {
    this.#out.patch(at, cost, COST_BYTES);
  }

  /** Charges by the length on top of the stack, and leaves it there. */
  byLength(spare: number, is64: boolean, unit: LengthUnit): void {
    const local = unsignedLeb(spare);
    const keep = is64
      ? [OP.localTee, ...local]
      : [OP.i64ExtendI32U, OP.localTee, ...local, OP.i32WrapI64];
    const units = unit === 'pages' ? pagesCost(local) : lengthCost(local, SHIFT_OF[unit]);
    this.#out.write([...keep, OP.globalGet, ...this.#counter, ...units, ...this.#take(local)]);
  }

  #opening(spare: number): Uint8Array {
    const cost = Array.from({ length: COST_BYTES }, () => 0);
    const take = this.#take(unsignedLeb(spare));
    return Uint8Array.from([OP.globalGet, ...this.#counter, OP.i64Const, ...cost, ...take]);
  }

  /** With the counter and the cost on the stack. Both are below 2^62 here, so that nothing wraps. */
  #take(spare: readonly number[]): number[] {
    return [
      [OP.i64Sub, OP.localTee, ...spare, OP.i64Const, 0, OP.i64LtS],
      [OP.if, NO_RESULT, OP.i64Const, 0x7f, OP.globalSet, ...this.#counter],
      [OP.unreachable, OP.end],
      [OP.localGet, ...spare, OP.globalSet, ...this.#counter],
    ].flat();
  }
}

/** The length divided, rounded up; written so that no length overflows. */
function lengthCost(local: readonly number[], shift: number): number[] {
  const rest = 2 ** shift - 1;
  return [
    [OP.localGet, ...local, OP.i64Const, shift, OP.i64ShrU],
    [OP.localGet, ...local, OP.i64Const, rest, OP.i64And],
    [OP.i64Const, 0, OP.i64Ne, OP.i64ExtendI32U, OP.i64Add],
  ].flat();
}

function pagesCost(local: readonly number[]): number[] {
  const most = unsignedLeb(MOST_PAGES);
  return [
    [OP.localGet, ...local, OP.i64Const, ...most],
    [OP.localGet, ...local, OP.i64Const, ...most, OP.i64LtU, OP.select],
    [OP.i64Const, PAGE_SHIFT, OP.i64Shl],
  ].flat();
}

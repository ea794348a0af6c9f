import type { ByteReader } from './byte-reader.ts';
import type { CoreLimits } from './core-module.ts';
import { tooMany } from './core-refusals.ts';
import { unsignedLeb } from './unsigned-leb.ts';

/**
 * Bytes that one step writes, 1 MiB, as a signed LEB128. New memory is given by the kernel at about a
 * millisecond a mebibyte (measured on a virtual machine), so that a thread ends hardly later than that.
 */
const STEP_BYTES = [0x80, 0x80, 0xc0, 0] as const;
/** Far more than any program has, and few enough that all functions for them stay small. */
const MAX_KINDS = 256;
/** Makes a function larger than any that V8 would put in the place of a call of it. */
const COUNTS = 500;

const MEMORY_COPY = 10;
const MEMORY_FILL = 11;
const I32 = 0x7f;
const I64 = 0x7e;
const VOID = 0x40;

/** A `memory.fill` or a `memory.copy` of certain memories, and the function that does it in steps. */
export interface PiecewiseKind {
  /** The instruction, as it stands in the module. */
  readonly instruction: readonly number[];
  /** Which function of those that are added. */
  readonly position: number;
  /** The function's type. */
  readonly type: readonly number[];
  /** The function's body with its size, given the function that is called between two steps. */
  body(pause: readonly number[]): number[];
}

/**
 * The functions that stand for instructions which could run for long in one go. Each does exactly what the
 * instruction does, in steps, and traps as it does: before anything is written.
 *
 * @internal
 */
export class PiecewiseKinds {
  readonly #memories: readonly CoreLimits[];
  readonly #kinds = new Map<string, PiecewiseKind>();

  /** @param memories - all of the module, imported ones first. */
  constructor(memories: readonly CoreLimits[]) {
    this.#memories = memories;
  }

  /** All that were asked for, in the order of their positions. */
  get all(): readonly PiecewiseKind[] {
    return [...this.#kinds.values()];
  }

  /**
   * What stands for the instruction at which the reader is; nothing if it is none of these. The reader is
   * behind the instruction afterwards, or where it was.
   *
   * @throws `VALIDATION_ERROR` if there are too many different ones.
   */
  read(reader: ByteReader): PiecewiseKind | undefined {
    const start = reader.offset;
    const instruction = reader.u8() === 0xfc ? reader.u32() : -1;
    const targets =
      instruction === MEMORY_FILL
        ? [reader.u32()]
        : instruction === MEMORY_COPY
          ? [reader.u32(), reader.u32()]
          : [];
    const indexTypes = new Set(
      targets.map((index) => (this.#memories[index]?.is64 === true ? I64 : I32)),
    );
    const [index] = indexTypes;
    if (index === undefined || indexTypes.size > 1) {
      reader.offset = start;
      return undefined;
    }
    return this.#kind(instruction, targets, index);
  }

  #kind(opcode: number, targets: readonly number[], index: number): PiecewiseKind {
    const key = `${opcode} ${targets.join(' ')}`;
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const position = this.#kinds.size;
    if (position >= MAX_KINDS) {
      throw tooMany('kinds of memory.fill and memory.copy', position + 1, MAX_KINDS);
    }
    const instruction = [0xfc, opcode, ...targets.flatMap(unsignedLeb)];
    const isFill = opcode === MEMORY_FILL;
    const made: PiecewiseKind = {
      instruction,
      position,
      type: [0x60, 3, index, isFill ? I32 : index, index, 0],
      body: (pause) => bodyOf(new Steps(instruction, index === I64, pause), isFill),
    };
    this.#kinds.set(key, made);
    return made;
  }
}

/** The code that both functions are made of. Local 0 is where to, 1 the value or where from, 2 how many. */
class Steps {
  readonly instruction: readonly number[];
  readonly pause: readonly number[];
  readonly index: number;
  readonly step: readonly number[];
  readonly nothing: readonly number[];
  readonly add: number;
  readonly sub: number;
  readonly atLeast: number;
  readonly more: number;

  constructor(instruction: readonly number[], is64: boolean, pause: readonly number[]) {
    this.instruction = instruction;
    this.pause = [0x41, 0, 0x10, ...pause];
    this.index = is64 ? I64 : I32;
    this.step = [is64 ? 0x42 : 0x41, ...STEP_BYTES];
    this.nothing = [is64 ? 0x42 : 0x41, 0];
    this.add = is64 ? 0x7c : 0x6a;
    this.sub = is64 ? 0x7d : 0x6b;
    this.atLeast = is64 ? 0x5a : 0x4f;
    this.more = is64 ? 0x56 : 0x4b;
  }

  /** Whether the place in a local and the length behind it are no more than can be counted. */
  endsWithin(local: number): number[] {
    return [...this.endOf(local), 0x20, local, this.atLeast];
  }

  endOf(local: number): number[] {
    return [0x20, local, 0x20, 2, this.add];
  }

  /** From the last step to the first, until one step or less is left at the beginning. */
  backwards(source: readonly number[]): number[] {
    const shorter = [0x20, 2, ...this.step, this.sub, 0x21, 2];
    return this.loop([...shorter, ...this.endOf(0), ...source, ...this.step, ...this.instruction]);
  }

  /** From the first step to the last, until one step or less is left at the end. */
  forwards(): number[] {
    const onward = (local: number, change: number): number[] => [
      0x20,
      local,
      ...this.step,
      change,
      0x21,
      local,
    ];
    const steps = [
      [0x20, 0, 0x20, 1, ...this.step, ...this.instruction],
      onward(0, this.add),
      onward(1, this.add),
      onward(2, this.sub),
    ];
    return this.loop(steps.flat());
  }

  loop(content: readonly number[]): number[] {
    return [0x03, VOID, ...content, ...this.pause, ...this.isLong(), 0x0d, 0, 0x0b];
  }

  isLong(): number[] {
    return [0x20, 2, ...this.step, this.more];
  }
}

/**
 * Steps if there is more than one, then the instruction itself for what is left. Whatever ends behind the
 * last number there is left to the instruction as a whole, which traps or, for all of 4 GiB, does it.
 */
function bodyOf(steps: Steps, isFill: boolean): number[] {
  const counting = Array.from({ length: COUNTS }, () => [0x20, 3, 0x41, 1, 0x6a, 0x21, 3]).flat();
  const bounded = isFill
    ? steps.endsWithin(0)
    : [...steps.endsWithin(0), ...steps.endsWithin(1), 0x71];
  const endsTrapIfAny = [steps.endOf(0), steps.endOf(1), steps.nothing, steps.instruction].flat();
  // What is yet to be read is not to be written over.
  const isForwards = [0x20, 1, 0x20, 0, steps.atLeast];
  const eitherWay = [0x04, VOID, steps.forwards(), 0x05, steps.backwards(steps.endOf(1)), 0x0b];
  const stepwise = isFill
    ? // The last step first: it traps if any would.
      steps.backwards([0x20, 1])
    : [endsTrapIfAny, isForwards, eitherWay.flat()].flat();
  const body = [
    [1, 1, I32],
    [steps.isLong(), 0x04, VOID].flat(),
    [bounded, 0x04, VOID, stepwise, 0x05, counting, 0x0b, 0x0b].flat(),
    [0x20, 0, 0x20, 1, 0x20, 2, ...steps.instruction, 0x0b],
  ].flat();
  return [...unsignedLeb(body.length), ...body];
}

import { expect } from 'chai';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { ByteReader } from '../../lib/wasm/byte-reader.ts';
import { skipImmediates } from '../../lib/wasm/instruction-shapes.ts';
import { meterCoreModule } from '../../lib/wasm/meter-module.ts';
import { thrownBy } from '../thrown.ts';
import { coreModule, section } from './core-bytes.ts';

const END = 0x0b;
const UNREACHABLE = 0x00;

/** What can stand around an instruction, so that each may occur somewhere. */
const PLACES: readonly (readonly [before: readonly number[], behind: readonly number[]])[] = [
  [[], []],
  [[], [END]], // what opens a block
  [[0x06, 0x40], [END]], // inside try: catch, catch_all
  [[0x06, 0x40], []], // delegate
  [[0x06, 0x40, 0x07, 0x00], [END]], // inside catch: rethrow
  [[UNREACHABLE, 0x04, 0x40], [END]], // inside if: else
];

/** Reads a global of type `i32`; were its index not shifted, it would be the counter, an `i64`. */
const SENTINEL = [0x23, 0x00, 0x45, 0x1a];

/** A module with one of everything, all of index 0, around one body. */
function moduleOf(body: readonly number[]): Uint8Array {
  return coreModule(
    section(1, 1, 0x60, 0, 0), // type: () -> ()
    section(3, 1, 0),
    section(4, 1, 0x70, 0, 1), // table of one function
    section(5, 1, 0, 1), // memory of one page
    section(13, 1, 0, 0), // tag
    section(6, 1, 0x7f, 1, 0x41, 0, END), // global (mut i32)
    section(9, 1, 1, 0, 1, 0), // passive element, which declares function 0
    section(12, 1),
    section(10, 1, ...sized([1, 1, 0x7f, ...body, END])), // one local (i32)
    section(11, 1, 1, 1, 0), // passive data
  );
}

function sized(body: readonly number[]): number[] {
  return [(body.length & 0x7f) | 0x80, body.length >> 7, ...body];
}

/**
 * A constant of which no end is the beginning of anything: whatever takes some of it for its own ends in
 * the middle of it.
 */
const STOPPER = [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0xff), UNREACHABLE];

/** How many bytes may follow an opcode. */
const LENGTHS = [0, 1, 2, 3, 4, 8, 16];

interface Attempt {
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** Modules with this instruction, followed by more and more zeros, in each place where it may stand. */
function attemptsWith(opcode: readonly number[]): Attempt[] {
  const isControl = (opcode[0] as number) < 0x20;
  return PLACES.slice(0, isControl ? PLACES.length : 1).flatMap(([before, behind]) =>
    LENGTHS.map((length) => {
      const immediates = Array.from({ length }, () => 0);
      const body = [UNREACHABLE, ...opcode, ...immediates, ...STOPPER, ...SENTINEL];
      return { length, bytes: moduleOf([...before, ...body, ...behind, ...SENTINEL]) };
    }),
  );
}

/** How many zeros follow the opcode as we read it. */
function lengthRead(opcode: readonly number[]): number {
  const reader = new ByteReader(Uint8Array.from([...opcode, ...Array<number>(20).fill(0)]));
  skipImmediates(reader, reader.u8());
  return reader.offset - opcode.length;
}

function isValidMetered(bytes: Uint8Array): boolean {
  try {
    return WebAssembly.validate(meterCoreModule(bytes));
  } catch (error) {
    if (!isWasmatrixError(error)) throw error;
    return false;
  }
}

const PREFIXES: readonly (readonly [prefix: number, count: number])[] = [
  [0xfb, 0x40],
  [0xfc, 0x40],
  [0xfd, 0x140],
  [0xfe, 0x80],
];

const INSTRUCTIONS: readonly (readonly number[])[] = [
  ...Array.from({ length: 0xfb }, (_, opcode) => [opcode]),
  ...[0xff].map((opcode) => [opcode]),
  ...PREFIXES.flatMap(([prefix, count]) =>
    Array.from({ length: count }, (_, opcode) =>
      opcode < 0x80 ? [prefix, opcode] : [prefix, (opcode & 0x7f) | 0x80, opcode >> 7],
    ),
  ),
];

describe('the instructions that metering knows', () => {
  it('are at least those of the engine, each read to its end', () => {
    let taken = 0;
    for (const opcode of INSTRUCTIONS) {
      const name = Buffer.from(opcode).toString('hex');
      const valid = attemptsWith(opcode).filter(({ bytes }) => WebAssembly.validate(bytes));
      if (valid.length === 0) continue;
      taken++;
      // More zeros are instructions of their own.
      expect(lengthRead(opcode), name).to.equal(Math.min(...valid.map(({ length }) => length)));
      for (const { bytes } of valid) expect(isValidMetered(bytes), name).to.equal(true);
    }
    // The first version of WebAssembly alone has 172.
    expect(taken).to.be.greaterThan(450);
  });

  it('never make a body valid that was not', () => {
    for (const opcode of INSTRUCTIONS) {
      for (const { bytes } of attemptsWith(opcode)) {
        if (!WebAssembly.validate(bytes)) expect(isValidMetered(bytes)).to.equal(false);
      }
    }
  });

  it('have types, clauses and memories of their own where they say so', () => {
    const bodies: readonly (readonly number[])[] = [
      [UNREACHABLE, 0x1c, 1, 0x7f, 0x1a], // select of i32
      [UNREACHABLE, 0x1c, 1, 0x63, 0x70, 0x1a], // select of a reference
      [0x02, 0x63, 0x70, UNREACHABLE, END, 0x1a], // block that gives a reference
      [0x02, 0x40, 0x1f, 0x40, 1, 2, 0, END, END], // try_table with a clause for all
      [0x02, 0x40, 0x1f, 0x40, 1, 0, 0, 0, END, END], // try_table with a clause for a tag
      [0x41, 0, 0x28, 0x40, 0, 0, 0x1a], // load that names its memory
      [0x41, 0, 0x0e, 2, 0, 0, 0], // br_table
      [UNREACHABLE, 0xfb, 0x18, 1, 0, 0x70, 0x70, 0x1a], // br_on_cast
    ];
    for (const body of bodies) {
      const bytes = moduleOf([...body, ...SENTINEL]);
      expect(isValidMetered(bytes), String(body)).to.equal(WebAssembly.validate(bytes));
    }
  });

  const unknown: readonly (readonly [title: string, opcode: readonly number[], named: string])[] = [
    ['a number between others', [0x16], '0x16'],
    ['a number behind the others', [0xe0], '0xe0'],
    ['the last number', [0xff], '0xff'],
    ['a vector instruction that was given up', [0xfd, 0x9a, 0x01], '0xfd 0x9a'],
    ['a vector instruction to come', [0xfd, 0x94, 0x02], '0xfd 0x114'],
    ['a bulk instruction to come', [0xfc, 0x12], '0xfc 0x12'],
    ['an atomic instruction to come', [0xfe, 0x4f], '0xfe 0x4f'],
    ['a reference to come', [0xfb, 0x1f], '0xfb 0x1f'],
  ];
  for (const [title, opcode, named] of unknown) {
    it(`are all: ${title} is refused by name and place`, () => {
      const bytes = moduleOf(opcode);
      const error = thrownBy(() => meterCoreModule(bytes));
      expect(error.code).to.equal('WASM_RUNTIME_ERROR');
      expect(error.message).to.contain(`unknown instruction ${named}`);
      const offset = error.details['offset'] as number;
      expect(Array.from(bytes.subarray(offset, offset + opcode.length))).to.deep.equal(opcode);
    });
  }
});

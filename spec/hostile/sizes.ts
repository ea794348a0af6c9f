import { wat } from '../guests/guest-file.ts';
import {
  type HostileFamily,
  lives,
  NOT_COMPILED,
  refused,
  TRAPPED_CALL,
  TRAPPED_START,
} from './hostile-guest.ts';
import {
  body,
  exported,
  functions,
  i32Const,
  i32Locals,
  joined,
  leb,
  moduleOf,
  NO_LOCALS,
  oneFunction,
  PLAIN_TYPE,
  repeated,
  section,
  sequence,
  sized,
} from './module-bytes.ts';

const MOST_LOCALS = 50_000;
const MOST_FUNCTION_BYTES = 7_654_321;
const PATIENT = { limits: { startTimeoutMs: 5_000, callTimeoutMs: 3_000 } } as const;

/** Calls functions that each have as many locals as there can be. */
function manyLocalsEverywhere(count: number): Uint8Array {
  const callAll = sequence(count, (index) => [0x10, ...leb(index)]);
  return moduleOf(
    PLAIN_TYPE,
    functions(count + 1),
    exported('f', count),
    section(10, count + 1, repeated(body(i32Locals(MOST_LOCALS)), count), body(NO_LOCALS, callAll)),
  );
}

function emptyFunctions(count: number): Uint8Array {
  return moduleOf(
    PLAIN_TYPE,
    functions(count),
    exported('f', 0),
    section(10, count, repeated([2, 0, 0x0b], count)),
  );
}

/** A br_table of so many entries, all the same. */
function brTable(entries: number): Uint8Array {
  const table = joined([0x0e], leb(entries), repeated([0], entries + 1));
  return oneFunction(NO_LOCALS, [0x02, 0x40], i32Const(3), table, [0x0b]);
}

/** Function types that are all different. */
function manyTypes(count: number): Uint8Array {
  const VALUE_TYPES = [0x7f, 0x7e, 0x7d, 0x7c];
  const types = sequence(count - 1, (index) => [
    0x60,
    10,
    ...Array.from({ length: 10 }, (_, place) => VALUE_TYPES[(index >> (2 * place)) & 3] as number),
    0,
  ]);
  return moduleOf(
    section(1, count, [0x60, 0, 0], types),
    functions(1),
    exported('f', 0),
    section(10, 1, body(NO_LOCALS)),
  );
}

function manyExports(count: number, nameOf: (index: number) => string): Uint8Array {
  const exports = sequence(count, (index) => joined(sized(nameOf(index)), [0, 0]));
  return moduleOf(
    PLAIN_TYPE,
    functions(1),
    section(7, count, exports),
    section(10, 1, body(NO_LOCALS)),
  );
}

function manyImports(count: number): Uint8Array {
  const one = joined(sized('wasi_snapshot_preview1'), sized('sched_yield'), [0, 0]);
  return moduleOf(section(1, 1, [0x60, 0, 1, 0x7f]), section(2, count, repeated(one, count)));
}

/** Guests that are large in one direction. */
export const SIZES: HostileFamily = [
  {
    title: 'as many locals as a function can have',
    promise: 'W2',
    module: () => oneFunction(i32Locals(MOST_LOCALS)),
    calls: [['f']],
    expected: lives(),
  },
  {
    title: 'one local too many',
    promise: 'P18',
    module: () => oneFunction(i32Locals(MOST_LOCALS + 1)),
    expected: NOT_COMPILED,
  },
  {
    title: '200 functions of 50,000 locals each',
    promise: 'W2',
    module: () => manyLocalsEverywhere(200),
    spec: PATIENT,
    calls: [['f']],
    expected: lives(),
  },
  {
    title: 'recursion with 50,000 locals in each frame',
    promise: 'W2',
    module: () => oneFunction(i32Locals(MOST_LOCALS), [0x10, 0]),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'a million functions',
    promise: 'W2',
    module: () => emptyFunctions(999_999),
    spec: PATIENT,
    calls: [['f']],
    expected: lives(),
  },
  {
    title: 'more than a million functions',
    promise: 'P19',
    module: () => emptyFunctions(1_000_001),
    expected: refused({ what: 'functions' }),
  },
  {
    title: 'the largest br_table',
    promise: 'W2',
    module: () => brTable(65_520),
    spec: PATIENT,
    calls: [['f']],
    expected: lives(),
  },
  {
    title: 'a br_table that is too large',
    promise: 'P18',
    module: () => brTable(1_000_000),
    expected: NOT_COMPILED,
  },
  {
    title: 'a hundred thousand loops inside each other',
    promise: 'W2',
    module: () =>
      oneFunction(NO_LOCALS, repeated([0x03, 0x40], 100_000), repeated([0x0b], 100_000)),
    spec: PATIENT,
    calls: [['f'], ['f'], ['f']],
    expected: lives(),
  },
  {
    title: 'the largest function body',
    promise: 'W2',
    module: () => oneFunction(NO_LOCALS, repeated([0x01], MOST_FUNCTION_BYTES - 2)),
    spec: PATIENT,
    calls: [['f']],
    expected: lives(),
  },
  {
    title: 'a function body that is too large',
    promise: 'P18',
    module: () => oneFunction(NO_LOCALS, repeated([0x01], MOST_FUNCTION_BYTES)),
    expected: NOT_COMPILED,
  },
  {
    title: 'a large function in nested loops, hot enough to be optimised',
    promise: 'W2',
    module: () =>
      oneFunction(
        i32Locals(1),
        repeated([0x03, 0x40, 0x20, 0, 0x41, 1, 0x6a, 0x21, 0], 2_000),
        repeated([0x20, 0, 0x0d, 0, 0x0b], 2_000),
      ),
    calls: [['f']],
    expected: { stage: 'call', code: 'TIMEOUT', exit: 'timeout' },
  },
  {
    title: 'as many different types as are admitted',
    promise: 'W2',
    module: () => manyTypes(10_000),
    spec: PATIENT,
    calls: [['f']],
    expected: lives(),
  },
  {
    title: 'more types than are admitted, which the engine would never forget',
    promise: 'P19',
    module: () => manyTypes(100_000),
    spec: PATIENT,
    expected: refused({ what: 'types' }),
  },
  {
    title: '50,000 exports',
    promise: 'W2',
    module: () => manyExports(50_000, (index) => `export-${index}`),
    spec: PATIENT,
    calls: [['export-49999']],
    expected: lives(),
  },
  {
    title: 'more exports than are looked at',
    promise: 'P19',
    module: () => manyExports(50_001, (index) => `e${index}`),
    expected: refused({ what: 'exports' }),
  },
  {
    title: '80 export names of 100,000 characters each',
    promise: 'W2',
    module: () => manyExports(80, (index) => `${index}`.padEnd(100_000, 'n')),
    spec: PATIENT,
    calls: [[`7`.padEnd(100_000, 'n')]],
    expected: lives(),
  },
  {
    title: 'an export name that is too long',
    promise: 'P19',
    module: () => manyExports(1, () => 'n'.repeat(100_001)),
    expected: refused({ what: 'characters in a name' }),
  },
  {
    title: 'more imports than are looked at',
    promise: 'P19',
    module: () => manyImports(10_001),
    expected: refused({ what: 'imports' }),
  },
  {
    title: 'as many imports as are looked at, all the same',
    promise: 'W2',
    module: () => manyImports(10_000),
    spec: { ...PATIENT, abi: 'wasi' },
    expected: lives(),
  },
  {
    title: 'a million globals',
    promise: 'W2',
    module: () => {
      const globals = repeated([0x7e, 1, 0x42, 0, 0x0b], 1_000_000);
      return moduleOf(section(6, 1_000_000, globals));
    },
    spec: { ...PATIENT, abi: 'core' },
    expected: lives(),
  },
  {
    title: 'data that fills all its memory',
    promise: 'W2',
    module: () => {
      const pages = 255;
      const data = sized(new Uint8Array(pages * 65_536));
      return moduleOf(section(5, 1, [0, 0xff, 0x01]), section(11, 1, [0, 0x41, 0, 0x0b], data));
    },
    spec: { limits: { ...PATIENT.limits, memoryBytes: 256 * 65_536 } },
    expected: lives(),
  },
  {
    title: 'data that begins behind the end of its memory',
    promise: 'W2',
    module: () => wat('(module (memory 1) (data (i32.const 65536) "x"))'),
    expected: TRAPPED_START,
  },
  {
    title: 'more data segments than are looked at',
    promise: 'P19',
    module: () => moduleOf(section(12, 100_001), section(11, 100_001, repeated([1, 0], 100_001))),
    expected: refused({ what: 'dataSegments' }),
  },
];

import { wat } from '../guests/guest-file.ts';
import { type HostileFamily, KILLED_CALL, lives, refused, TRAPPED_CALL } from './hostile-guest.ts';
import {
  body,
  exported,
  functions,
  i32Const,
  leb,
  moduleOf,
  NO_LOCALS,
  PLAIN_TYPE,
  repeated,
  section,
  sequence,
} from './module-bytes.ts';

/** Grows by one until that fails, and answers the size that it came to. */
function growing(declaration: string, grow: string, size: string, type = 'i32'): Uint8Array {
  return wat(`(module ${declaration}
    (func (export "f") (result ${type})
      (loop $again (br_if $again (${type}.ne (${type}.const -1) ${grow})))
      ${size}))`);
}

const MEMORIES = 32;
const TABLES = 1_000;

/** Grows each of many memories or tables in turn, and answers how much they have together. */
function growingAll(count: number, declare: (index: number) => string, what: string): Uint8Array {
  const each = (make: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => make(index)).join('\n');
  const by = what === 'memory' ? '(i32.const 1)' : '(ref.null func) (i32.const 100)';
  return wat(`(module ${each(declare)}
    (func (export "f") (result i32) (local $sum i32)
      ${each((index) => `(loop $again (br_if $again (i32.ne (i32.const -1) (${what}.grow ${index} ${by}))))`)}
      ${each((index) => `(local.set $sum (i32.add (local.get $sum) (${what}.size ${index})))`)}
      (local.get $sum)))`);
}

const FUNCTIONS = 900_000;

/** Initialises a table from a passive segment that names 900,000 different functions. */
function hugePassiveSegment(): Uint8Array {
  const use = [...i32Const(0), ...i32Const(0), ...i32Const(1), 0xfc, 12, 0, 0];
  return moduleOf(
    PLAIN_TYPE,
    functions(FUNCTIONS + 1),
    section(4, 1, [0x70, 0, 10]),
    exported('f', FUNCTIONS),
    section(9, 1, [1, 0], leb(FUNCTIONS), sequence(FUNCTIONS, leb)),
    section(10, FUNCTIONS + 1, repeated([2, 0, 0x0b], FUNCTIONS), body(NO_LOCALS, use)),
  );
}

/** Guests that take as much memory as they are given, and ask for more. */
export const GROWTH: HostileFamily = [
  {
    title: 'memory grown page by page to its limit',
    promise: 'P19',
    module: () => growing('(memory 1)', '(memory.grow (i32.const 1))', '(memory.size)'),
    calls: [['f']],
    expected: lives(1_024),
  },
  {
    title: 'a 64-bit memory grown to the limit of all memories',
    promise: 'P19',
    module: () => growing('(memory i64 1)', '(memory.grow (i64.const 1))', '(memory.size)', 'i64'),
    calls: [['f']],
    expected: lives(1_024n),
  },
  {
    title: 'memory grown at once by all that 32 bits can say',
    promise: 'P19',
    module: () =>
      wat(`(module (memory 1)
        (func (export "f") (result i32) (memory.grow (i32.const -1))))`),
    calls: [['f']],
    expected: lives(-1),
  },
  {
    title: 'memory of 4 GiB, allowed and grown, but not touched',
    promise: 'P19',
    module: () =>
      wat(`(module (memory 1)
        (func (export "f") (result i32) (drop (memory.grow (i32.const 65535)))
          (i32.store (i32.const -4) (i32.const 7)) (i32.load (i32.const -4))))`),
    spec: { limits: { memoryBytes: 4_294_967_296, callTimeoutMs: 2_000 } },
    calls: [['f']],
    expected: lives(7),
  },
  {
    title: 'as many memories as there may be, each grown as far as it can',
    promise: 'P19',
    module: () => growingAll(MEMORIES, () => '(memory 1)', 'memory'),
    calls: [['f']],
    expected: lives(1_024),
  },
  {
    title: 'one memory too many',
    promise: 'P19',
    module: () => wat(`(module ${'(memory 0)'.repeat(MEMORIES + 1)})`),
    expected: refused({ what: 'memories' }),
  },
  {
    title: 'an initial memory above the limit',
    promise: 'P19',
    module: () => wat('(module (memory 1025))'),
    expected: refused({ field: 'limits.memoryBytes' }),
  },
  {
    title: 'an initial 64-bit memory of 2^47 bytes',
    promise: 'P19',
    module: () => wat('(module (memory i64 2147483648))'),
    expected: refused({ field: 'limits.memoryBytes' }),
  },
  {
    title: 'a table of functions grown to its limit',
    promise: 'P19',
    module: () =>
      growing(
        '(table $t 0 funcref)',
        '(table.grow $t (ref.null func) (i32.const 4096))',
        '(table.size $t)',
      ),
    spec: { limits: { callTimeoutMs: 2_000 } },
    calls: [['f']],
    expected: lives(524_288),
  },
  {
    title: 'a 64-bit table of host references grown to its limit',
    promise: 'P19',
    module: () =>
      growing(
        '(table $t i64 0 externref)',
        '(table.grow $t (ref.null extern) (i64.const 4096))',
        '(table.size $t)',
        'i64',
      ),
    spec: { limits: { callTimeoutMs: 2_000 } },
    calls: [['f']],
    expected: lives(524_288n),
  },
  {
    title: 'as many tables as there may be, each grown as far as it can',
    promise: 'P19',
    module: () => growingAll(TABLES, () => '(table 0 funcref)', 'table'),
    spec: { limits: { callTimeoutMs: 4_000 } },
    calls: [['f']],
    expected: lives(1_000_000),
  },
  {
    title: 'one table too many',
    promise: 'P19',
    module: () => wat(`(module ${'(table 0 funcref)'.repeat(TABLES + 1)})`),
    expected: refused({ what: 'tables' }),
  },
  {
    title: 'an initial table above the limit',
    promise: 'P19',
    module: () => wat('(module (table 1000001 funcref))'),
    expected: refused({ field: 'limits.tableEntries' }),
  },
  {
    title: 'a table filled beyond its end',
    promise: 'P19',
    module: () =>
      wat(`(module (table $t 10 funcref)
        (func (export "f") (table.fill $t (i32.const 1) (ref.null func) (i32.const -1))))`),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'a passive segment of 900,000 functions, which take more heap than its thread has',
    promise: 'P19',
    module: hugePassiveSegment,
    spec: { limits: { startTimeoutMs: 5_000, callTimeoutMs: 10_000 } },
    calls: [['f']],
    expected: { stage: 'call', code: 'CRASH_DETECTED', exit: 'out-of-memory' },
  },
  {
    title: 'recursion in which each frame keeps an exception with a thousand values',
    promise: 'P19',
    module: () =>
      wat(`(module (tag $e (param ${'i64 '.repeat(1_000)}))
        (func $throw (throw $e ${'(i64.const -1) '.repeat(1_000)}))
        (func $caught (result exnref)
          (block $b (result exnref) (try_table (catch_all_ref $b) (call $throw)) unreachable))
        (func $f (export "f") (local $kept exnref) (local.set $kept (call $caught)) (call $f)
          (drop (ref.is_null (local.get $kept)))))`),
    spec: { limits: { callTimeoutMs: 8_000 } },
    calls: [['f']],
    expected: { stage: 'call', code: 'CRASH_DETECTED', exit: 'out-of-memory' },
  },
  {
    title: 'exceptions with a thousand values, thrown and caught for ever',
    promise: 'W2',
    module: () =>
      wat(`(module (tag $e (param ${'i64 '.repeat(1_000)}))
        (func $throw (throw $e ${'(i64.const -1) '.repeat(1_000)}))
        (func (export "f") (loop $again
          (block $b (try_table (catch_all $b) (call $throw))) (br $again))))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
];

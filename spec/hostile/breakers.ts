import { wat } from '../guests/guest-file.ts';
import { type HostileFamily, KILLED_CALL, lives, refused, TRAPPED_CALL } from './hostile-guest.ts';
import {
  body,
  customSection,
  exported,
  functions,
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

const MIB = 1_048_576;
const forEver = (code: string): string => `(loop $again ${code} (br $again))`;

/** Function types that are all different, and not those of another `seed`. */
function distinctTypes(count: number, seed: number): Uint8Array {
  const VALUE_TYPES = [0x7f, 0x7e, 0x7d, 0x7c];
  const types = sequence(count, (index) => {
    const digits = index + seed * count;
    const params = Array.from(
      { length: 12 },
      (_, place) => VALUE_TYPES[(digits >> (2 * place)) & 3] as number,
    );
    return [0x60, 12, ...params, 0];
  });
  return moduleOf(section(1, count, types));
}

/** A component that has these core modules and makes an instance of each. */
function componentOf(modules: readonly Uint8Array[]): Uint8Array {
  const instances = modules.flatMap((_, index) => [0, ...leb(index), 0]);
  return joined(
    [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0],
    ...modules.map((module) => joined([1], sized(module))),
    section(2, modules.length, instances),
  );
}

function typesIn(modules: number, typesEach: number): Uint8Array {
  return componentOf(Array.from({ length: modules }, (_, seed) => distinctTypes(typesEach, seed)));
}

/**
 * Guests that the engine itself is no match for: it goes on running them, needs minutes or gigabytes to
 * compile them, or ends the process. Each is let loose in a process of its own.
 */
export const BREAKERS: HostileFamily = [
  {
    title: 'tail calls of itself',
    promise: 'W2',
    module: () => wat('(module (func $f (export "f") (return_call $f)))'),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'two functions that tail-call each other through a table, by a br_table',
    promise: 'W2',
    module: () =>
      wat(`(module (type $t (func (param i32))) (table funcref (elem $a $b))
        (func $a (param i32) (block $x (block $y (br_table $x $y (local.get 0))))
          (return_call_indirect (type $t) (i32.const 0) (i32.const 1)))
        (func $b (param i32) (block $x (block $y (br_table $y $x (local.get 0))))
          (return_call_indirect (type $t) (i32.const 1) (i32.const 0)))
        (func (export "f") (call $a (i32.const 0))))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'filling all its memory again and again',
    promise: 'W2',
    module: () =>
      wat(`(module (memory 1024) (func (export "f")
        ${forEver('(memory.fill (i32.const 0) (i32.const 255) (i32.const 67108864))')}))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'copying its memory over itself again and again',
    promise: 'W2',
    module: () =>
      wat(`(module (memory 1024) (func (export "f")
        ${forEver('(memory.copy (i32.const 1) (i32.const 0) (i32.const 67108863))')}))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'table.fill, table.copy and table.init of all entries again and again',
    promise: 'W2',
    module: () =>
      wat(`(module (table $t 100000 funcref) (elem $e funcref (ref.func $f)) (func $f)
        (func (export "f") ${forEver(`
          (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 0))
          (table.fill $t (i32.const 0) (ref.func $f) (i32.const 100000))
          (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 99999))`)}))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'branches out of a block with 50,000 locals, which take seconds to compile',
    promise: 'W2',
    module: () =>
      oneFunction(i32Locals(50_000), [0x02, 0x40], repeated([0x41, 0, 0x0d, 0], 60_000), [0x0b]),
    expected: refused({ what: 'values at the branches of one function' }),
  },
  {
    title: 'loops above 30,000 values on the stack, which take a gigabyte to compile',
    promise: 'W2',
    module: () =>
      oneFunction(
        NO_LOCALS,
        repeated([0x41, 0], 30_000),
        repeated([0x03, 0x40, 0x0b], 3_000),
        repeated([0x1a], 30_000),
      ),
    expected: refused({ what: 'values at the branches of one function' }),
  },
  {
    title: 'more types in its parts than the engine counts in a process',
    promise: 'P19',
    module: () => typesIn(4, 600_000),
    expected: refused({ what: 'types' }),
  },
  {
    title: 'as many types, in parts that are small each',
    promise: 'P19',
    module: () => typesIn(250, 9_600),
    expected: refused({ what: 'types' }),
  },
  {
    title: 'a trap in a function whose name has 200 MB',
    promise: 'W2',
    module: () =>
      moduleOf(
        PLAIN_TYPE,
        functions(1),
        exported('f', 0),
        section(10, 1, body(NO_LOCALS, [0])),
        customSection(
          'name',
          [1],
          sized(joined([1, 0], sized(new Uint8Array(200 * MIB).fill(120)))),
        ),
      ),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'an address of a source map of 200 MB',
    promise: 'P19',
    module: () =>
      joined(
        oneFunction(NO_LOCALS),
        customSection('sourceMappingURL', sized(new Uint8Array(200 * MIB).fill(120))),
      ),
    calls: [['f']],
    expected: lives(),
  },
  {
    title: 'a line of 200 MB logged under a payload limit that allows it',
    promise: 'P19',
    module: () =>
      wat(`(module
        (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
        (import "extism:host/env" "log_info" (func $log (param i64)))
        (func (export "f") (call $log (call $alloc (i64.const ${200 * MIB})))))`),
    spec: { limits: { payloadBytes: 256 * MIB, callTimeoutMs: 8_000 } },
    calls: [['f']],
    expected: lives(),
  },
];

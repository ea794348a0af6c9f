import { wat } from '../guests/guest-file.ts';
import {
  type HostileFamily,
  KILLED_CALL,
  NOT_COMPILED,
  refused,
  TRAPPED_CALL,
  TRAPPED_START,
} from './hostile-guest.ts';
import { customSection, joined, moduleOf, section } from './module-bytes.ts';

/** A module with this one type. */
const typed = (...type: readonly number[]): Uint8Array => moduleOf(section(1, 1, type));

const STORM = '(tag $e (param i32))';

/** Guests of features that are refused, and of exceptions. */
export const FEATURES: HostileFamily = [
  {
    title: 'a garbage-collected struct',
    promise: 'P19',
    module: () => typed(0x5f, 1, 0x7f, 1),
    expected: refused({ feature: 'gc' }),
  },
  {
    title: 'a garbage-collected array',
    promise: 'P19',
    module: () => typed(0x5e, 0x7f, 1),
    expected: refused({ feature: 'gc' }),
  },
  {
    title: 'garbage collection declared in a recursive group alone',
    promise: 'P19',
    module: () => typed(0x4e, 2, 0x60, 0, 0, 0x5e, 0x7f, 1),
    expected: refused({ feature: 'gc' }),
  },
  {
    title: 'garbage collection behind a subtype',
    promise: 'P19',
    module: () => typed(0x50, 0, 0x5f, 0),
    expected: refused({ feature: 'gc' }),
  },
  {
    title: 'a table of structs',
    promise: 'P19',
    module: () => moduleOf(section(4, 1, [0x6b, 0, 1])),
    expected: refused({ feature: 'gc' }),
  },
  {
    title: 'shared memory',
    promise: 'P19',
    module: () => wat('(module (memory 1 2 shared))'),
    expected: refused({ feature: 'shared memory' }),
  },
  {
    title: 'a custom page size',
    promise: 'P19',
    module: () => moduleOf(section(5, 1, [8, 1, 0])),
    expected: refused({ feature: 'custom page sizes' }),
  },
  {
    title: 'stack switching',
    promise: 'P19',
    module: () => moduleOf(section(1, 2, [0x60, 0, 0], [0x5d, 0])),
    expected: refused({ feature: 'stack switching' }),
  },
  {
    title: 'an unknown section',
    promise: 'P18',
    module: () => joined(moduleOf(), [14, 1, 0]),
    expected: NOT_COMPILED,
  },
  {
    title: 'more custom sections than are looked at',
    promise: 'P19',
    module: () => moduleOf(...Array.from({ length: 10_001 }, () => customSection('x'))),
    expected: refused({ what: 'custom sections' }),
  },
  {
    title: 'waiting for memory that nobody shares',
    promise: 'W2',
    module: () =>
      wat(`(module (memory 1) (func (export "f") (result i32)
        (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))`),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'exceptions thrown and caught for ever',
    promise: 'W2',
    module: () =>
      wat(`(module ${STORM} (func $t (throw $e (i32.const 1)))
        (func (export "f") (loop $again
          (drop (block $b (result i32) (try_table (catch $e $b) (call $t)) (i32.const 0)))
          (br $again))))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'exceptions of the former kind, thrown and caught for ever',
    promise: 'W2',
    module: () =>
      wat(`(module ${STORM} (func $t (throw $e (i32.const 1)))
        (func (export "f") (loop $again (try (do (call $t)) (catch $e drop)) (br $again))))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'an exception thrown again and again by its own handler',
    promise: 'W2',
    module: () =>
      wat(`(module ${STORM} (func $t (throw $e (i32.const 1)))
        (func (export "f") (loop $again
          (try (do (try (do (call $t)) (catch_all (rethrow 0)))) (catch_all)) (br $again))))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'an exception that leaves the export',
    promise: 'W2',
    module: () => wat(`(module ${STORM} (func (export "f") (throw $e (i32.const 1))))`),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'an exception in the start function',
    promise: 'W2',
    module: () => wat(`(module ${STORM} (func $s (throw $e (i32.const 1))) (start $s))`),
    expected: TRAPPED_START,
  },
  {
    title: 'recursion until the stack is full, which the guest tries to catch',
    promise: 'W2',
    module: () =>
      wat(`(module (func $r (call $r)) (func (export "f") (result i32)
        (block $b (try_table (catch_all $b) (call $r))) (i32.const 1)))`),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'an exit that is caught, by a guest that then goes on for ever',
    promise: 'W2',
    module: () =>
      wat(`(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "f") (loop $again
          (block $b (try_table (catch_all $b) (call $exit (i32.const 9)))) (br $again))))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'an exit that is caught, by a guest that then answers',
    promise: 'W2',
    module: () =>
      wat(`(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "f") (result i32)
          (block $b (try_table (catch_all $b) (call $exit (i32.const 9)))) (i32.const 1)))`),
    calls: [['f']],
    expected: {
      stage: 'call',
      code: 'WASM_RUNTIME_ERROR',
      details: { kind: 'exit', exitCode: 9 },
      exit: 'exited',
      exitCode: 9,
    },
  },
];

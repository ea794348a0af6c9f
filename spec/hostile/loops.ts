import { ALL_KV, kvGrant } from '../e2e/fixtures.ts';
import { wat } from '../guests/guest-file.ts';
import { ALLOCATING, hostileComponent, STORE } from './hostile-component.ts';
import { type HostileFamily, KILLED_CALL, KILLED_START, TRAPPED_CALL } from './hostile-guest.ts';

/** Calls the store for ever, whatever it answers. */
const asksForEver = (): Promise<Uint8Array> =>
  hostileComponent(
    `import wasi:keyvalue/store@0.2.0-draft; export f: func();`,
    `(import "${STORE}" "open" (func $open (param i32 i32 i32)))
     (import "${STORE}" "[method]bucket.get" (func $get (param i32 i32 i32 i32)))
     ${ALLOCATING}
     (data (i32.const 0) "default")
     (func (export "f")
       (loop $retry (call $open (i32.const 0) (i32.const 7) (i32.const 64))
         (br_if $retry (i32.load8_u (i32.const 64))))
       (loop $again
         (call $get (i32.load (i32.const 68)) (i32.const 0) (i32.const 7) (i32.const 128))
         (br $again)))`,
  );

/** A loop around calls of one function of WASI. */
function wasiLoop(name: string, params: string, setUp: string, args: string): Uint8Array {
  return wat(`(module
    (import "wasi_snapshot_preview1" "${name}" (func $call (param ${params}) (result i32)))
    (memory (export "memory") 2)
    (func (export "f") ${setUp} (loop $again (drop (call $call ${args})) (br $again))))`);
}

const forEver = (code: string): string => `(loop $again ${code} (br $again))`;

/** Guests that never come to an end by themselves. */
export const LOOPS: HostileFamily = [
  {
    title: 'a loop in an export',
    promise: 'W2',
    module: () => wat('(module (func (export "f") (loop $again (br $again))))'),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'a loop in the start function',
    promise: 'W2',
    module: () => wat('(module (func $s (loop $again (br $again))) (start $s))'),
    expected: KILLED_START,
  },
  {
    title: 'a loop in _initialize',
    promise: 'W2',
    module: () => wat('(module (func (export "_initialize") (loop $again (br $again))))'),
    expected: KILLED_START,
  },
  {
    title: 'a loop of call_indirect',
    promise: 'W2',
    module: () =>
      wat(`(module (type $t (func)) (table funcref (elem $nothing)) (func $nothing)
        (func (export "f") ${forEver('(call_indirect (type $t) (i32.const 0))')}))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'mutual recursion by br_table',
    promise: 'W2',
    module: () =>
      wat(`(module
        (func $a (param i32) (block $x (br_table $x $x (local.get 0))) (call $b (i32.const 1)))
        (func $b (param i32) (block $x (br_table $x $x (local.get 0))) (call $a (i32.const 0)))
        (func (export "f") (call $a (i32.const 0))))`),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'a call of the store, retried for ever while it is denied',
    promise: 'W2',
    module: asksForEver,
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: "a flood of reads from the neighbours' own provider",
    promise: 'P19',
    module: asksForEver,
    spec: { capabilities: [kvGrant(ALL_KV, 'hostile')] },
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'filling a page of its memory again and again',
    promise: 'W2',
    module: () =>
      wat(`(module (memory 1) (func (export "f")
        ${forEver('(memory.fill (i32.const 0) (i32.const 255) (i32.const 65536))')}))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'growing its memory by nothing for ever',
    promise: 'W2',
    module: () =>
      wat(`(module (memory 1) (func (export "f")
        ${forEver('(drop (memory.grow (i32.const 0)))')}))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'one sleep of 500 years',
    promise: 'W2',
    module: () =>
      wasiLoop(
        'poll_oneoff',
        'i32 i32 i32 i32',
        '(i64.store (i32.const 24) (i64.const -1))',
        '(i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)',
      ),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'a sleep in _initialize',
    promise: 'W2',
    module: () =>
      wat(`(module
        (import "wasi_snapshot_preview1" "poll_oneoff"
          (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 24) "\\ff\\ff\\ff\\ff\\ff\\ff")
        (func $s (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))
        (func (export "f")) (func (export "_initialize") (call $s)))`),
    expected: KILLED_START,
  },
  {
    title: 'asking for the time for ever',
    promise: 'W2',
    module: () =>
      wasiLoop('clock_time_get', 'i32 i64 i32', '', '(i32.const 0) (i64.const 0) (i32.const 0)'),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'a flood of random bytes',
    promise: 'W2',
    module: () => wasiLoop('random_get', 'i32 i32', '', '(i32.const 0) (i32.const 131072)'),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'a component that waits for a clock for ever',
    promise: 'W2',
    module: () =>
      hostileComponent(
        `import wasi:clocks/monotonic-clock@0.2.3; import wasi:io/poll@0.2.3; export f: func();`,
        `(import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration"
           (func $in (param i64) (result i32)))
         (import "wasi:io/poll@0.2.3" "[method]pollable.block" (func $block (param i32)))
         (func (export "f") (call $block (call $in (i64.const -1))))`,
      ),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'an answer that comes after its deadline',
    promise: 'W2',
    module: () =>
      wat(`(module
        (import "wasi_snapshot_preview1" "poll_oneoff"
          (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "f") (result i32)
          (i64.store (i32.const 24) (i64.const 270000000))
          (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'a command that never ends',
    promise: 'W2',
    module: () =>
      wat(`(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
        (memory (export "memory") 1) (func (export "_start") (loop $again (br $again))))`),
    expected: { stage: 'alive', exit: 'none' },
  },
  {
    title: 'a loop in cabi_realloc',
    promise: 'W2',
    module: () =>
      hostileComponent(
        'export f: func(s: string);',
        `(memory (export "memory") 1)
         (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
           (loop $again (br $again)) unreachable)
         (func (export "f") (param i32 i32))`,
      ),
    calls: [['f', ['text']]],
    expected: KILLED_CALL,
  },
  {
    title: 'a loop in a post-return',
    promise: 'W2',
    module: () =>
      hostileComponent(
        'export f: func() -> string;',
        `${ALLOCATING} (func (export "f") (result i32) (i32.const 0))
         (func (export "cabi_post_f") (param i32) (loop $again (br $again)))`,
      ),
    calls: [['f']],
    expected: KILLED_CALL,
  },
];

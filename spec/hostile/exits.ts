import { wat } from '../guests/guest-file.ts';
import { ALLOCATING, hostileComponent } from './hostile-component.ts';
import { type HostileFamily, type Outcome, TRAPPED_CALL, TRAPPED_START } from './hostile-guest.ts';

const EXIT = '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))';
const MEMORY = '(memory (export "memory") 1)';
const CLI_EXIT = '(import "wasi:cli/exit@0.2.3" "exit" (func $exit (param i32)))';

/** A reactor that exits with a code. */
const exits = (code: number): Uint8Array =>
  wat(`(module ${EXIT} ${MEMORY} (func (export "f") (call $exit (i32.const ${code}))))`);

const exited = (exitCode: number): Outcome => ({
  stage: 'call',
  code: 'WASM_RUNTIME_ERROR',
  details: { kind: 'exit', exitCode },
  exit: 'exited',
  exitCode,
});

const exitedAtStart = (exitCode: number): Outcome => ({
  stage: 'start',
  code: 'WASM_RUNTIME_ERROR',
  details: { kind: 'exit', exitCode },
});

/** Guests that end themselves, or break, wherever that is possible. */
export const EXITS: HostileFamily = [
  ...[0, 255, 2 ** 31].map((code) => ({
    title: `an exit with code ${code} from an export`,
    promise: 'W2',
    module: () => exits(code),
    calls: [['f']] as const,
    expected: exited(code),
  })),
  {
    title: 'an exit from _initialize',
    promise: 'W2',
    module: () =>
      wat(`(module ${EXIT} ${MEMORY} (func (export "f"))
        (func (export "_initialize") (call $exit (i32.const 3))))`),
    expected: exitedAtStart(3),
  },
  {
    title: 'an exit from the start function',
    promise: 'W2',
    module: () =>
      wat(`(module ${EXIT} ${MEMORY} (func (export "f"))
        (func $s (call $exit (i32.const 4))) (start $s))`),
    expected: exitedAtStart(4),
  },
  {
    title: 'a command that exits with code 255',
    promise: 'W2',
    module: () =>
      wat(`(module ${EXIT} ${MEMORY} (func (export "_start") (call $exit (i32.const 255))))`),
    expected: { stage: 'life', exit: 'exited', exitCode: 255 },
  },
  {
    title: 'a command that traps',
    promise: 'W2',
    module: () => wat(`(module ${EXIT} ${MEMORY} (func (export "_start") unreachable))`),
    expected: { stage: 'life', exit: 'trap' },
  },
  {
    title: 'a component that exits from an export',
    promise: 'W2',
    module: () =>
      hostileComponent(
        'import wasi:cli/exit@0.2.3; export f: func();',
        `${CLI_EXIT} (func (export "f") (call $exit (i32.const 1)))`,
      ),
    calls: [['f']],
    expected: exited(1),
  },
  {
    title: 'a component that exits from a post-return, where it may not call out',
    promise: 'W2',
    module: () =>
      hostileComponent(
        'import wasi:cli/exit@0.2.3; export f: func() -> string;',
        `${CLI_EXIT} ${ALLOCATING} (func (export "f") (result i32) (i32.const 0))
         (func (export "cabi_post_f") (param i32) (call $exit (i32.const 0)))`,
      ),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'a trap in an export',
    promise: 'W2',
    module: () => wat('(module (func (export "f") unreachable))'),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'a trap in the start function',
    promise: 'W2',
    module: () => wat('(module (func $s unreachable) (start $s))'),
    expected: TRAPPED_START,
  },
  {
    title: 'a trap in cabi_realloc',
    promise: 'W2',
    module: () =>
      hostileComponent(
        'export f: func(s: string);',
        `(memory (export "memory") 1)
         (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
         (func (export "f") (param i32 i32))`,
      ),
    calls: [['f', ['text']]],
    expected: TRAPPED_CALL,
  },
  {
    title: 'recursion in cabi_realloc until the stack is full',
    promise: 'W2',
    module: () =>
      hostileComponent(
        'export f: func(s: string);',
        `(memory (export "memory") 1)
         (func $r (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
           (i32.add (i32.const 1)
             (call $r (local.get 0) (local.get 1) (local.get 2) (local.get 3))))
         (func (export "f") (param i32 i32))`,
      ),
    calls: [['f', ['text']]],
    expected: TRAPPED_CALL,
  },
  {
    title: 'a trap in a post-return',
    promise: 'W2',
    module: () =>
      hostileComponent(
        'export f: func() -> string;',
        `${ALLOCATING} (func (export "f") (result i32) (i32.const 0))
         (func (export "cabi_post_f") (param i32) unreachable)`,
      ),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'recursion through a function of the host until the stack is full',
    promise: 'W2',
    module: () =>
      wat(`(module
        (import "wasi_snapshot_preview1" "fd_write"
          (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\\10\\00\\00\\00\\01\\00\\00\\00")
        (func $r (export "f")
          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
          (call $r)))`),
    spec: { limits: { callTimeoutMs: 3_000 } },
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'a full stack inside the host, caught again and again',
    promise: 'W2',
    module: () =>
      wat(`(module
        (import "wasi_snapshot_preview1" "fd_write"
          (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\\10\\00\\00\\00\\01\\00\\00\\00")
        (func $r
          (block $b (try_table (catch_all $b)
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))))
          (call $r))
        (func (export "f") (loop $again
          (block $b (try_table (catch_all $b) (call $r))) (br $again))))`),
    calls: [['f']],
    expected: { stage: 'call', code: 'TIMEOUT', exit: 'timeout' },
  },
  {
    title: 'a handler of messages that traps',
    promise: 'W2',
    module: () => handler('unreachable'),
    spec: { capabilities: [subscription()] },
    message: { topic: 'hostile.now', body: new Uint8Array(1) },
    expected: { stage: 'life', exit: 'trap' },
  },
  {
    title: 'a handler of messages that never comes back',
    promise: 'W2',
    module: () => handler('(loop $again (br $again)) unreachable'),
    spec: { capabilities: [subscription()] },
    message: { topic: 'hostile.now', body: new Uint8Array(1) },
    expected: { stage: 'life', exit: 'timeout' },
  },
];

function subscription(): {
  capabilityId: string;
  providerType: string;
  permissions: string[];
  config: Record<string, unknown>;
} {
  const permissions = ['msg:subscribe'];
  const config = { subscriptions: ['hostile.*'] };
  return { capabilityId: 'bus', providerType: 'messaging', permissions, config };
}

function handler(code: string): Promise<Uint8Array> {
  return hostileComponent(
    'export wasmcloud:messaging/handler@0.2.0;',
    `${ALLOCATING}
     (func (export "wasmcloud:messaging/handler@0.2.0#handle-message")
       (param i32 i32 i32 i32 i32 i32 i32) (result i32) ${code})`,
  );
}

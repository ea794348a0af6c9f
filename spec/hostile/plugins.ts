import { ALL_KV, kvGrant } from '../e2e/fixtures.ts';
import { wat } from '../guests/guest-file.ts';
import {
  type HostileFamily,
  KILLED_CALL,
  lives,
  type Outcome,
  TRAPPED_CALL,
} from './hostile-guest.ts';

const SIGNATURES: Readonly<Record<string, string>> = {
  alloc: '(param i64) (result i64)',
  input_set: '(param i64 i64)',
  output_set: '(param i64 i64)',
  error_set: '(param i64)',
  var_set: '(param i64 i64)',
  log_info: '(param i64)',
  free: '(param i64)',
  http_request: '(param i64 i64) (result i64)',
  reset: '',
};

/** A plug-in whose function `f` does this with some functions of the kernel. */
function plugin(names: readonly string[], code: string): Uint8Array {
  const imports = names.map(
    (name) => `(import "extism:host/env" "${name}" (func $${name} ${SIGNATURES[name] ?? ''}))`,
  );
  return wat(`(module ${imports.join('\n')} (func (export "f") ${code}))`);
}

const alloc = (bytes: number): string => `(call $alloc (i64.const ${bytes}))`;
const NOTHING = new Uint8Array(0);
const OWN_ERROR: Outcome = {
  stage: 'call',
  code: 'WASM_RUNTIME_ERROR',
  details: { kind: 'guest-error' },
  exit: 'none',
};

/** Extism plug-ins that lie to the kernel or wear it out. */
export const PLUGINS: HostileFamily = [
  {
    title: 'an output behind the end of the kernel’s memory',
    promise: 'P19',
    module: () => plugin(['output_set'], '(call $output_set (i64.const 65536) (i64.const 1))'),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'an output of 2^63 bytes',
    promise: 'P19',
    module: () => plugin(['output_set'], '(call $output_set (i64.const 1024) (i64.const -1))'),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'an input that the plug-in sets itself, of memory that is not there',
    promise: 'P19',
    module: () => plugin(['input_set'], '(call $input_set (i64.const -8) (i64.const 16))'),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'an output larger than any payload',
    promise: 'P19',
    module: () =>
      plugin(['alloc', 'output_set'], `(call $output_set ${alloc(8_000_000)} (i64.const 8000000))`),
    spec: { limits: { callTimeoutMs: 2_000 } },
    calls: [['f']],
    expected: {
      stage: 'call',
      code: 'RESOURCE_EXHAUSTED',
      details: { resource: 'payload' },
      exit: 'none',
    },
  },
  {
    title: 'blocks allocated until there are none left',
    promise: 'P19',
    module: () =>
      plugin(['alloc'], `(loop $again (br_if $again (i64.ne (i64.const 0) ${alloc(1)})))`),
    spec: { limits: { callTimeoutMs: 5_000 } },
    calls: [['f'], ['f']],
    expected: lives(NOTHING),
  },
  {
    title: 'a block of all memory asked for, for ever',
    promise: 'W2',
    module: () => plugin(['alloc'], `(loop $again (drop ${alloc(2 ** 40)}) (br $again))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'blocks that are freed twice and never were, for ever',
    promise: 'W2',
    module: () =>
      plugin(
        ['alloc', 'free'],
        `(local $at i64) (loop $again (local.set $at ${alloc(100)})
          (call $free (local.get $at)) (call $free (local.get $at))
          (call $free (i64.const -1)) (br $again))`,
      ),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'a kernel that the plug-in resets again and again',
    promise: 'W2',
    module: () =>
      plugin(
        ['alloc', 'reset'],
        `(loop $again (drop ${alloc(10_000_000)}) (call $reset) (br $again))`,
      ),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'a variable of 8 MB',
    promise: 'P19',
    module: () => plugin(['alloc', 'var_set'], `(call $var_set ${alloc(8)} ${alloc(8_000_000)})`),
    spec: { capabilities: [kvGrant(ALL_KV, 'hostile')], limits: { callTimeoutMs: 2_000 } },
    calls: [['f']],
    expected: OWN_ERROR,
  },
  {
    title: 'an error that is no block',
    promise: 'P19',
    module: () => plugin(['error_set'], '(call $error_set (i64.const 4096))'),
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'an error of 8 MB',
    promise: 'P19',
    module: () => plugin(['alloc', 'error_set'], `(call $error_set ${alloc(8_000_000)})`),
    spec: { limits: { callTimeoutMs: 2_000 } },
    calls: [['f']],
    expected: OWN_ERROR,
  },
  {
    title: 'a log flooded for ever',
    promise: 'P19',
    module: () =>
      plugin(
        ['alloc', 'log_info'],
        `(local $at i64) (local.set $at ${alloc(1_000_000)})
          (loop $again (call $log_info (local.get $at)) (br $again))`,
      ),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'a request that is not one',
    promise: 'P19',
    module: () =>
      plugin(
        ['alloc', 'http_request'],
        `(drop (call $http_request ${alloc(1_000_000)} ${alloc(1)}))`,
      ),
    spec: { limits: { callTimeoutMs: 2_000 } },
    calls: [['f']],
    expected: lives(NOTHING),
  },
];

import { wat } from '../guests/guest-file.ts';
import { componentText } from './hostile-component.ts';
import { type HostileFamily, lives, refused } from './hostile-guest.ts';
import {
  body,
  customSection,
  exported,
  functions,
  moduleOf,
  NO_LOCALS,
  PLAIN_TYPE,
  section,
  sized,
} from './module-bytes.ts';

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'then',
  'toJSON',
  'length',
  'invoke',
  'hasOwnProperty',
  '0',
  '',
  '${process.exit(1)}',
  "'];process.exit(1)//",
  '../../index.js',
  'ünïcödé \u{1f480}',
];

const escaped = (name: string): string =>
  [...new TextEncoder().encode(name)]
    .map((byte) => `\\${byte.toString(16).padStart(2, '0')}`)
    .join('');

/** A guest that traps in a function whose name has so many bytes. */
function longFunctionName(bytes: number): Uint8Array {
  const names = sized(new Uint8Array(bytes).fill(0x78));
  const content = new Uint8Array(names.length + 2);
  content.set([1, 0]);
  content.set(names, 2);
  return moduleOf(
    PLAIN_TYPE,
    functions(1),
    exported('f', 0),
    section(10, 1, body(NO_LOCALS, [0])),
    customSection('name', [1], sized(content)),
  );
}

/** Guests whose names are the attack. */
export const NAMED: HostileFamily = [
  ...NAMES.map((name) => ({
    title: `an export called ${JSON.stringify(name)}`,
    promise: 'P18',
    module: () => wat(`(module (func (export "${escaped(name)}") (result i32) (i32.const 42)))`),
    calls: [[name]] as const,
    expected: lives(42),
  })),
  ...['__proto__', 'constructor', 'then'].map((name) => ({
    title: `an import called ${JSON.stringify(name)}`,
    promise: 'P3',
    module: () => wat(`(module (import "${name}" "${name}" (func)))`),
    expected: refused({ import: `${name}.${name}` }),
  })),
  {
    title: 'an import of WASI that only an object inherits',
    promise: 'P3',
    module: () => wat('(module (import "wasi_snapshot_preview1" "constructor" (func)))'),
    expected: refused({ import: 'wasi_snapshot_preview1.constructor' }),
  },
  {
    title: 'a component whose core calls its parts by inherited names',
    promise: 'P18',
    module: () =>
      componentText(`(component
        (core module $m (func (export "__proto__") (result i32) (i32.const 42)))
        (core instance $a (instantiate $m))
        (core module $n (import "__proto__" "__proto__" (func $f (result i32)))
          (func (export "constructor") (result i32) (call $f)))
        (core instance $b (instantiate $n (with "__proto__" (instance $a))))
        (func (export "constructor") (result u32) (canon lift (core func $b "constructor"))))`),
    calls: [['constructor']],
    expected: lives(42),
  },
  {
    title: 'a trap in a function whose name has 6 MB',
    promise: 'W2',
    module: () => longFunctionName(6_000_000),
    spec: { limits: { callTimeoutMs: 3_000 } },
    calls: [['f']],
    expected: {
      stage: 'call',
      code: 'WASM_RUNTIME_ERROR',
      details: { kind: 'trap' },
      exit: 'trap',
    },
  },
];

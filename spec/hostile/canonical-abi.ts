import { ALL_KV, kvGrant } from '../e2e/fixtures.ts';
import { ALLOCATING, hostileComponent, STORE } from './hostile-component.ts';
import {
  type HostileFamily,
  type HostileGuest,
  lives,
  type Outcome,
  TRAPPED_CALL,
} from './hostile-guest.ts';

/** A result of which the guest says where it is and how long. */
function lyingResult(
  what: string,
  type: string,
  claim: { pointer: number; length: number; at?: number },
  expected: Outcome = TRAPPED_CALL,
  encoding: 'utf8' | 'utf16' = 'utf8',
): HostileGuest {
  const { pointer, length, at = 16 } = claim;
  return {
    title: `a result that is ${what}`,
    promise: 'P19',
    module: () =>
      hostileComponent(
        `export f: func() -> ${type};`,
        `${ALLOCATING}
         (data (i32.const 64) "\\ff\\fe\\00\\d8\\00\\00")
         (func (export "f") (result i32)
           (i32.store (i32.const 16) (i32.const ${pointer}))
           (i32.store (i32.const 20) (i32.const ${length}))
           (i32.const ${at}))`,
        encoding,
      ),
    spec: { limits: { payloadBytes: 65_536 } },
    calls: [['f']],
    expected,
  };
}

/** A result that comes as one number. */
function flatResult(what: string, type: string, value: number): HostileGuest {
  return {
    title: `a result that is ${what}`,
    promise: 'P19',
    module: () =>
      hostileComponent(
        `export f: func() -> ${type};`,
        `${ALLOCATING} (func (export "f") (result i32) (i32.const ${value}))`,
      ),
    calls: [['f']],
    expected: TRAPPED_CALL,
  };
}

const IMPORTS = `
  (import "${STORE}" "open" (func $open (param i32 i32 i32)))
  (import "${STORE}" "[method]bucket.get" (func $get (param i32 i32 i32 i32)))
  (import "${STORE}" "[resource-drop]bucket" (func $drop (param i32)))`;

const WORLD = `import wasi:keyvalue/store@0.2.0-draft; import wasi:clocks/monotonic-clock@0.2.3;
  export f: func();`;

/** A call of the store with something that is not what it seems. */
function lyingCall(what: string, code: string, expected: Outcome = TRAPPED_CALL): HostileGuest {
  return {
    title: `a call of the store with ${what}`,
    promise: 'P19',
    module: () =>
      hostileComponent(
        WORLD,
        `${IMPORTS}
         (import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration"
           (func $pollable (param i64) (result i32)))
         ${ALLOCATING} (data (i32.const 0) "default")
         (func $opened (result i32)
           (call $open (i32.const 0) (i32.const 7) (i32.const 64)) (i32.load (i32.const 68)))
         (func (export "f") (local $bucket i32) (local.set $bucket (call $opened)) ${code})`,
      ),
    spec: { capabilities: [kvGrant(ALL_KV, 'hostile')] },
    calls: [['f']],
    expected,
  };
}

const get = (handle: string, key = '(i32.const 0) (i32.const 7)', to = '(i32.const 128)'): string =>
  `(call $get ${handle} ${key} ${to})`;

/** Components that lie to the canonical ABI. */
export const CANONICAL_ABI: HostileFamily = [
  lyingResult('a list of 4 GiB', 'list<u8>', { pointer: 0, length: -1 }),
  lyingResult('a list behind the end of memory', 'list<u8>', { pointer: 262_144, length: 1 }),
  lyingResult('a list that wraps around', 'list<u64>', { pointer: 8, length: 536_870_912 }),
  lyingResult('a list that is not aligned', 'list<u64>', { pointer: 9, length: 1 }),
  lyingResult('described behind the end of memory', 'list<u8>', {
    pointer: 0,
    length: 0,
    at: 262_140,
  }),
  lyingResult('described where nothing is aligned', 'list<u8>', { pointer: 0, length: 0, at: 17 }),
  lyingResult('not UTF-8', 'string', { pointer: 64, length: 2 }),
  lyingResult(
    'a lone surrogate in UTF-16',
    'string',
    { pointer: 66, length: 1 },
    TRAPPED_CALL,
    'utf16',
  ),
  lyingResult(
    'larger than any payload, and all there',
    'list<u8>',
    { pointer: 0, length: 262_144 },
    {
      stage: 'call',
      code: 'RESOURCE_EXHAUSTED',
      details: { resource: 'payload' },
      exit: 'none',
    },
  ),
  lyingResult(
    'thirty thousand records, which are more work than bytes',
    'list<tuple<u8, u8>>',
    { pointer: 0, length: 120_000 },
    { stage: 'call', code: 'RESOURCE_EXHAUSTED', exit: 'none' },
  ),
  flatResult('no case of an enum', 'result', 2),
  flatResult('no scalar value', 'char', 0xd800),
  flatResult('beyond all characters', 'char', 0x110000),
  lyingResult('no case of an option', 'option<u32>', { pointer: 2, length: 0 }),
  lyingCall('handle 0', get('(i32.const 0)')),
  lyingCall('a handle that was never given', get('(i32.const 77)')),
  lyingCall('a handle of 2^32-1', get('(i32.const -1)')),
  lyingCall('a handle of another type', get('(call $pollable (i64.const 1))')),
  lyingCall(
    'a handle that was dropped',
    `(call $drop (local.get $bucket)) ${get('(local.get $bucket)')}`,
  ),
  lyingCall(
    'a handle dropped twice',
    '(call $drop (local.get $bucket)) (call $drop (local.get $bucket))',
  ),
  lyingCall(
    'a key behind the end of memory',
    get('(local.get $bucket)', '(i32.const -8) (i32.const 7)'),
  ),
  lyingCall('a key of 4 GiB', get('(local.get $bucket)', '(i32.const 0) (i32.const -1)')),
  lyingCall(
    'room for the answer behind the end of memory',
    get('(local.get $bucket)', undefined, '(i32.const -16)'),
  ),
  lyingCall(
    'room for the answer where nothing is aligned',
    get('(local.get $bucket)', undefined, '(i32.const 129)'),
  ),
  lyingCall(
    "an answer that goes over the guest's own strings and allocator",
    `(memory.fill (i32.const 0) (i32.const 255) (i32.const 262144))
     ${get('(local.get $bucket)', '(i32.const 0) (i32.const 0)', '(i32.const 0)')}`,
    lives(),
  ),
  ...(['-4', '65535', '1'] as const).map(
    (answer): HostileGuest => ({
      title: `an allocator that answers ${answer}`,
      promise: 'P19',
      module: () =>
        hostileComponent(
          'export f: func(s: list<u64>);',
          `(memory (export "memory") 1)
           (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const ${answer}))
           (func (export "f") (param i32 i32))`,
        ),
      calls: [['f', [BigUint64Array.of(1n, 2n)]]],
      expected: TRAPPED_CALL,
    }),
  ),
];

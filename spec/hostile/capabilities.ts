import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { ALL_KV, kvGrant } from '../e2e/fixtures.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { ALLOCATING, hostileComponent, STORE } from './hostile-component.ts';
import { type HostileFamily, KILLED_CALL, lives, TRAPPED_CALL } from './hostile-guest.ts';

const MIB = 1_048_576;
const KV = { capabilities: [kvGrant(ALL_KV, 'hostile')] } as const;
const REFUSED_BY_ITSELF = {
  stage: 'call',
  code: 'WASM_RUNTIME_ERROR',
  details: { kind: 'guest-error' },
  exit: 'none',
} as const;

/** Sets a key and a value of so many bytes; answers whether the store refused. */
function sets(keyBytes: number, valueBytes: number): Promise<Uint8Array> {
  return hostileComponent(
    'import wasi:keyvalue/store@0.2.0-draft; export f: func() -> u32;',
    `(import "${STORE}" "open" (func $open (param i32 i32 i32)))
     (import "${STORE}" "[method]bucket.set" (func $set (param i32 i32 i32 i32 i32 i32)))
     ${ALLOCATING.replace('"memory") 4', '"memory") 1024')} (data (i32.const 0) "default")
     (func (export "f") (result i32)
       (call $open (i32.const 0) (i32.const 7) (i32.const 64))
       (call $set (i32.load (i32.const 68)) (i32.const 0) (i32.const ${keyBytes})
         (i32.const 0) (i32.const ${valueBytes}) (i32.const 128))
       (i32.load8_u (i32.const 128)))`,
  );
}

/** Makes one resource after the other and drops none. */
function hoards(imports: string, items: string, code: string): Promise<Uint8Array> {
  return hostileComponent(
    `${imports} export f: func();`,
    `${items} ${ALLOCATING} (data (i32.const 0) "default")
     (func (export "f") (loop $again ${code} (br $again)))`,
  );
}

const OPEN = `(import "${STORE}" "open" (func $open (param i32 i32 i32)))`;
const LOG = `(import "wasi:logging/logging@0.1.0-draft" "log"
  (func $log (param i32 i32 i32 i32 i32)))`;

function bus(
  permissions: readonly string[],
  subscriptions: readonly string[],
): CapabilityAssignment {
  return {
    capabilityId: 'bus',
    providerType: 'messaging',
    permissions,
    config: { subscriptions },
  };
}

const ODD_KEYS = ['__proto__', 'constructor', 'toString', 'a\u0000b', '../../etc/passwd', '*', ''];

/** Guests that wear out what they are given. */
export const CAPABILITIES: HostileFamily = [
  {
    title: 'a value of 60 MiB',
    promise: 'P19',
    module: () => sets(7, 60 * MIB),
    spec: { ...KV, limits: { callTimeoutMs: 2_000 } },
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'a value a little above the limit',
    promise: 'P19',
    module: () => sets(7, MIB + 100_000),
    spec: { ...KV, limits: { callTimeoutMs: 2_000 } },
    calls: [['f']],
    expected: lives(1),
  },
  {
    title: 'a key of a mebibyte',
    promise: 'P19',
    module: () => sets(MIB, 1),
    spec: { ...KV, limits: { callTimeoutMs: 2_000 } },
    calls: [['f']],
    expected: lives(1),
  },
  ...ODD_KEYS.map((key) => ({
    title: `the key ${JSON.stringify(key)}`,
    promise: 'P19',
    module: () => guestBytes('counter-c'),
    spec: KV,
    calls: [
      ['remove', [key]],
      ['bump', [key]],
      ['bump', [key]],
    ] as const,
    expected: key === '' ? REFUSED_BY_ITSELF : lives(2n),
  })),
  {
    title: 'stores opened for ever and never dropped',
    promise: 'W2',
    module: () =>
      hoards(
        'import wasi:keyvalue/store@0.2.0-draft;',
        OPEN,
        '(call $open (i32.const 0) (i32.const 7) (i32.const 64))',
      ),
    spec: { ...KV, limits: { callTimeoutMs: 300 } },
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'header fields made for ever and never dropped',
    promise: 'P19',
    module: () =>
      hoards(
        'import wasi:http/types@0.2.6;',
        `(import "wasi:http/types@0.2.6" "[static]fields.from-list"
           (func $fields (param i32 i32 i32)))`,
        '(call $fields (i32.const 0) (i32.const 0) (i32.const 64))',
      ),
    spec: { limits: { callTimeoutMs: 10_000 } },
    calls: [['f']],
    expected: TRAPPED_CALL,
  },
  {
    title: 'standard output and error written to for ever',
    promise: 'P19',
    module: () =>
      wat(`(module
        (import "wasi_snapshot_preview1" "fd_write"
          (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 16)
        (data (i32.const 0) "\\10\\00\\00\\00\\00\\00\\0f\\00")
        (func (export "f") (loop $again
          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
          (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
          (br $again))))`),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'lines logged for ever',
    promise: 'P19',
    module: () =>
      hoards(
        'import wasi:logging/logging@0.1.0-draft;',
        LOG,
        '(call $log (i32.const 2) (i32.const 0) (i32.const 7) (i32.const 0) (i32.const 60000))',
      ),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'messages published for ever, which nobody may publish',
    promise: 'P4',
    module: () => publishesForEver(),
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'messages published for ever to nobody',
    promise: 'P19',
    module: () => publishesForEver(),
    spec: { capabilities: [bus(['msg:publish'], [])] },
    calls: [['f']],
    expected: KILLED_CALL,
  },
  {
    title: 'a question to itself, asked from its own export',
    promise: 'P10',
    module: () => guestBytes('messenger-c'),
    spec: {
      capabilities: [bus(['msg:publish', 'msg:subscribe'], ['self.>'])],
      limits: { callTimeoutMs: 1_000 },
    },
    calls: [['request', ['self.echo', new Uint8Array(1), 100]]],
    expected: REFUSED_BY_ITSELF,
  },
  {
    title: 'an environment that is not there',
    promise: 'P3',
    module: () =>
      wat(`(module
        (import "wasi_snapshot_preview1" "environ_sizes_get"
          (func $sizes (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "f") (result i32)
          (drop (call $sizes (i32.const 0) (i32.const 4)))
          (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 4)))))`),
    calls: [['f']],
    expected: lives(0),
  },
];

function publishesForEver(): Promise<Uint8Array> {
  return hoards(
    'import wasmcloud:messaging/consumer@0.2.0;',
    `(import "wasmcloud:messaging/consumer@0.2.0" "publish"
       (func $publish (param i32 i32 i32 i32 i32 i32 i32 i32)))`,
    `(call $publish (i32.const 0) (i32.const 7) (i32.const 0) (i32.const 1000)
       (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))`,
  );
}

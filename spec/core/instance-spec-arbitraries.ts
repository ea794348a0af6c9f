import * as fc from 'fast-check';

/** A specification as a caller may write it: every field valid, most left out. */
export const validSpecs: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    module: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.constant('guest.wasm'),
      fc.constant(new URL('file:///guest.wasm')),
    ),
    instanceId: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,20}$/),
    name: fc.string({ maxLength: 20 }).filter((name) => !/\p{Cc}/u.test(name)),
    labels: fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 })),
    abi: fc.constantFrom('auto', 'component', 'wasi', 'extism', 'wapc', 'core'),
    residency: fc.constant('resident'),
    isolation: fc.constantFrom('thread', 'process'),
    capabilities: fc.uniqueArray(
      fc.record(
        {
          capabilityId: fc.stringMatching(/^[a-z0-9]{1,5}$/),
          providerType: fc.stringMatching(/^[a-z][a-z0-9-]{0,5}$/),
          providerId: fc.stringMatching(/^[a-z0-9]{1,5}$/),
          permissions: fc.array(fc.constantFrom('kv:read', 'kv:write:a*', 'msg:publish:a.>')),
          config: fc.dictionary(fc.string(), fc.jsonValue()),
        },
        { requiredKeys: ['capabilityId', 'providerType', 'permissions'] },
      ),
      { selector: ({ capabilityId }) => capabilityId, maxLength: 3 },
    ),
    restartPolicy: fc.oneof(
      fc.constant({ policyType: 'never' }),
      fc.record(
        {
          policyType: fc.constantFrom('always', 'on-failure'),
          maxRetries: fc.nat(1_000_000),
          periodMs: fc.integer({ min: 1, max: 1_000_000 }),
          backoff: fc.record(
            {
              initialMs: fc.nat(10_000),
              factor: fc.double({ min: 1, max: 1_000, noNaN: true }),
              maxMs: fc.nat(2 ** 31 - 1),
              jitter: fc.double({ min: 0, max: 1, noNaN: true }),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      ),
    ),
    limits: fc.record(
      {
        memoryBytes: fc.nat(2 ** 31 - 1),
        tableEntries: fc.nat(10_000_000),
        callTimeoutMs: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        startTimeoutMs: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        stopGraceMs: fc.nat(2 ** 31 - 1),
        mailbox: fc.nat(65_536),
        payloadBytes: fc.integer({ min: 1, max: 2 ** 28 }),
        outputBytes: fc.nat(2 ** 26),
        fuel: fc.maxSafeInteger().map((units) => Math.max(1, Math.abs(units))),
      },
      { requiredKeys: [] },
    ),
    wasi: fc.record(
      {
        args: fc.array(fc.string({ maxLength: 5 }).filter((each) => !each.includes('\0'))),
        env: fc.dictionary(
          fc.stringMatching(/^[A-Z_]{1,5}$/),
          fc.string({ maxLength: 5 }).filter((each) => !each.includes('\0')),
        ),
        stdin: fc.uint8Array({ maxLength: 8 }),
        // No two of them name one file, and none is the folder of another.
        files: fc.dictionary(
          fc.stringMatching(/^(\/[a-m]{1,4}|[n-z]{1,4}|[a-z]{1,4}X\/[a-z]{1,4})$/),
          fc.uint8Array(),
        ),
        scratchBytes: fc.nat(2 ** 31 - 1),
      },
      { requiredKeys: [] },
    ),
    config: fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 })),
  },
  { requiredKeys: ['module'] },
);

/** One way to spoil a specification: where, with what, and which field the refusal has to name. */
export interface Flaw {
  /** The path to what is replaced; keys of records only. */
  readonly path: readonly string[];
  readonly value: unknown;
  readonly field: string;
}

const flaw = (path: string, value: unknown, field: string = path): Flaw => ({
  path: path.split('.'),
  value,
  field,
});

const flawsOf = (path: string, ...values: unknown[]): Flaw[] =>
  values.map((value) => flaw(path, value));

const assignment = { capabilityId: 'kv', providerType: 'kv', permissions: ['kv:read'] };
const entries = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']));
const numbers = (path: string, ...outside: number[]): Flaw[] =>
  flawsOf(path, ...outside, '5', null, Number.NaN, Number.POSITIVE_INFINITY, 5n, [5], true);
const integers = (path: string, ...outside: number[]): Flaw[] => [
  ...numbers(path, ...outside),
  flaw(path, 1.5),
];
const assignmentFlaw = (field: string, value: unknown, named: string = field): Flaw =>
  flaw(
    'capabilities',
    [assignment, { ...assignment, capabilityId: 'b', [field]: value }],
    `capabilities[1].${named}`,
  );

/** Every kind of mistake that a specification can hold. */
export const FLAWS: readonly Flaw[] = [
  ...flawsOf('module', undefined, null, 5, '', 'a\0b', new Uint8Array(0), new URL('http://a/b')),
  ...flawsOf('module', new ArrayBuffer(8), new Uint16Array(4), {}, []),
  ...flawsOf('instanceId', '', ' ', 'a\n', 'a\0', '\u001b[1m', '-a', 'a/b', 'é', null, 7, {}),
  ...flawsOf('name', 5, null, 'a\nb', '\u0007', '\u009f', 'x'.repeat(257), ['a']),
  ...flawsOf('labels', null, 5, 'a', [], new Map(), entries(65), new Date(0)),
  flaw('labels', { a: 1 }, 'labels.a'),
  flaw('labels', { a: 'x'.repeat(1_025) }, 'labels.a'),
  flaw('labels', { ['k'.repeat(129)]: '' }, 'labels (key)'),
  flaw('labels', JSON.parse('{"__proto__": 5}'), 'labels.__proto__'),
  ...flawsOf('abi', 'wasm', null, '', 'AUTO', ['auto'], 'constructor'),
  ...flawsOf('residency', 'elsewhere', null, 1),
  ...flawsOf('isolation', 'Process', 'none', null, 1),
  // oxlint-disable-next-line unicorn/no-new-array
  ...[null, 5, 'kv', {}].map((value) => flaw('capabilities', value)),
  flaw(
    'capabilities',
    Array.from({ length: 257 }, (_, n) => ({ ...assignment, capabilityId: `c${n}` })),
  ),
  flaw('capabilities', [assignment, assignment], 'capabilities[1].capabilityId'),
  flaw('capabilities', [assignment, null], 'capabilities[1]'),
  flaw('capabilities', Object.assign([assignment], { length: 2 }), 'capabilities[1]'),
  assignmentFlaw('capabilityId', 'a b'),
  assignmentFlaw('capabilityId', undefined),
  assignmentFlaw('providerType', 'KV'),
  assignmentFlaw('providerType', ''),
  assignmentFlaw('providerType', null),
  assignmentFlaw('providerId', 'a\n'),
  assignmentFlaw('providerId', null),
  assignmentFlaw('permissions', undefined),
  assignmentFlaw('permissions', 'kv:read'),
  assignmentFlaw('permissions', ['kv:read', 'kv'], 'permissions[1]'),
  assignmentFlaw('permissions', ['kv:read:\n'], 'permissions[0]'),
  assignmentFlaw('permissions', Object.assign(['kv:read'], { length: 2 }), 'permissions[1]'),
  assignmentFlaw(
    'permissions',
    Array.from({ length: 1_001 }, () => 'kv:read'),
  ),
  assignmentFlaw('config', null),
  assignmentFlaw('config', []),
  assignmentFlaw('config', { f: () => undefined }),
  assignmentFlaw('permission', ['kv:read']),
  ...flawsOf('restartPolicy', null, 'never', [], 5),
  ...flawsOf('restartPolicy.policyType', 'sometimes', null, '', ['never']),
  flaw('restartPolicy.maxRetry', 5),
  flaw('restartPolicy', { policyType: 'never', maxRetries: 5 }, 'restartPolicy.maxRetries'),
  ...integers('restartPolicy.maxRetries', -1, 1_000_001),
  ...integers('restartPolicy.periodMs', 0, -1, 1e12),
  ...flawsOf('restartPolicy.backoff', null, 5, []),
  flaw('restartPolicy.backoff', { initial: 5 }, 'restartPolicy.backoff.initial'),
  ...numbers('restartPolicy.backoff.initialMs', -1, 2 ** 31),
  ...numbers('restartPolicy.backoff.factor', 0.5, -2, 1_001),
  ...numbers('restartPolicy.backoff.maxMs', -1, 2 ** 31),
  ...numbers('restartPolicy.backoff.jitter', -0.1, 1.1),
  ...flawsOf('limits', null, 5, [], 'none'),
  ...flawsOf('limits.memory', 5),
  ...integers('limits.fuel', 0, -1, 2 ** 53),
  ...integers('limits.memoryBytes', -1, 2 ** 32 + 1),
  ...integers('limits.tableEntries', -1, 10_000_001),
  ...integers('limits.callTimeoutMs', 0, 2 ** 31),
  ...integers('limits.startTimeoutMs', 0, 2 ** 31),
  ...integers('limits.stopGraceMs', -1, 2 ** 31),
  ...integers('limits.mailbox', -1, 65_537),
  ...integers('limits.payloadBytes', 0, 2 ** 28 + 1),
  ...integers('limits.outputBytes', -1, 2 ** 26 + 1),
  ...flawsOf('wasi', null, 5, []),
  ...flawsOf('wasi.arguments', []),
  ...flawsOf(
    'wasi.args',
    null,
    'a',
    {},
    Array.from({ length: 4_097 }, () => ''),
  ),
  flaw('wasi.args', ['a', 'b\0'], 'wasi.args[1]'),
  flaw('wasi.args', ['a', 5], 'wasi.args[1]'),
  flaw('wasi.args', Object.assign(['a'], { length: 2 }), 'wasi.args[1]'),
  ...flawsOf('wasi.env', null, 'A=B', [], new Map()),
  flaw('wasi.env', { A: 5 }, 'wasi.env.A'),
  flaw('wasi.env', { A: 'x\0' }, 'wasi.env.A'),
  flaw('wasi.env', { 'A=B': '' }, 'wasi.env.A=B'),
  flaw('wasi.env', { '': '' }, 'wasi.env.'),
  ...flawsOf('wasi.stdin', null, 'text', [1], new ArrayBuffer(1)),
  ...flawsOf('wasi.files', null, [], 'a'),
  flaw('wasi.files', { a: 'text' }, 'wasi.files.a'),
  ...['..', 'a/../b', 'a/', '', '/', '.'].map((path) =>
    flaw('wasi.files', { [path]: new Uint8Array(1) }, `wasi.files.${path}`),
  ),
  flaw('wasi.files', { 'a\0': new Uint8Array(1) }, 'wasi.files (path)'),
  ...integers('wasi.scratchBytes', -1, 2 ** 32 + 1),
  ...flawsOf('config', null, [], 5, entries(1_025)),
  flaw('config', { a: 1 }, 'config.a'),
  flaw('modul', 5, 'spec.modul'),
  flaw('__proto__', {}, 'spec.__proto__'),
  flaw('constructor', {}, 'spec.constructor'),
];

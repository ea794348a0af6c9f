import { expect } from 'chai';
import { checkedAssignment, checkedAssignments } from '../../lib/core/capability-assignment.ts';
import { defineProvider } from '../../lib/core/define-provider.ts';
import { explainPolicy } from '../../lib/core/explain-policy.ts';
import { resolveGroupSpec } from '../../lib/core/group-spec.ts';
import { plainId } from '../../lib/core/ids.ts';
import { resolveInstanceSpec } from '../../lib/core/instance-spec.ts';
import { parsePermission } from '../../lib/core/permissions.ts';
import { copiedPayload } from '../../lib/core/plain-payload.ts';
import { resolveProviderConfig } from '../../lib/core/provider-config.ts';
import { resolveWasiOptions } from '../../lib/core/wasi-options.ts';
import { thrownBy } from '../thrown.ts';

const module = new Uint8Array([0]);
const kv = { capabilityId: 'a', providerType: 'kv', permissions: [] };
const instance = { module };
const child = { childId: 'c', instance };
const own = { type: 'own', operations: {}, open: () => undefined };

const assigned = (change: object) => () => checkedAssignment({ ...kv, ...change }, 'x');
const started = (change: object) => () => resolveInstanceSpec({ module, ...change });
const grouped = (change: object) => () => resolveGroupSpec({ children: [child], ...change });
const member = (change: object) => grouped({ children: [{ ...child, ...change }] });
const provided = (change: object) => () =>
  resolveProviderConfig({ providerType: 'kv', ...change }, new Map([['kv', undefined]]));
const wasi = (change: object) => () => resolveWasiOptions(change);
const given = (value: unknown, limit?: number) => () => copiedPayload([value], limit ?? 1_000);
const many = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** What is asked for, and what is said of it. */
const REFUSALS: readonly (readonly [() => unknown, string])[] = [
  [() => checkedAssignment(5, 'x'), 'x: must be an object'],
  [() => checkedAssignment(new Map(), 'x'), 'x: must be a plain object'],
  [assigned({ extra: 1 }), 'x.extra: unknown option'],
  [assigned({ permissions: 'kv:read' }), 'x.permissions: must be an array of permissions'],
  [
    assigned({ permissions: many(1_001).map((n) => `kv:read:${n}`) }),
    'x.permissions: must have at most 1000 entries',
  ],
  [assigned({ permissions: [5] }), 'x.permissions[0]: must be a string'],
  [
    assigned({ permissions: ['kv'] }),
    'x.permissions[0]: must have the form area:verb or area:verb:scope',
  ],
  [
    assigned({ providerType: 'K V' }),
    'x.providerType: must be lower-case letters, digits and dashes',
  ],
  [
    assigned({ providerType: 'kv!' }),
    'x.providerType: must be lower-case letters, digits and dashes',
  ],
  [assigned({ config: { f: () => 1 } }), 'x.config: must be plain data'],
  [() => checkedAssignments({}, 'x'), 'x: must be an array of assignments'],
  [() => checkedAssignments(many(257), 'x'), 'x: must have at most 256 entries'],
  [() => checkedAssignments([kv, kv], 'x'), 'x[1].capabilityId: is used twice'],
  [() => explainPolicy(5 as never, []), 'history: must be an array of facts'],
  [
    () => explainPolicy([], { kv: 'kv:read' as never }),
    'permissions.kv: must be an array of permissions',
  ],
  [
    () =>
      explainPolicy(
        [],
        many(1_001).map((n) => `kv:read:${n}`),
      ),
    'permissions: must have at most 1000 entries',
  ],
  [
    () => explainPolicy([], Object.fromEntries(many(257).map((n) => [`c${n}`, []]))),
    'permissions: must have at most 256 entries',
  ],
  [() => plainId(5, 'id'), 'id: must be a string'],
  [
    () => plainId('-', 'id'),
    'id: must be 1 to 128 characters of A-Z a-z 0-9 . _ : - and begin with a letter or a digit',
  ],
  [() => parsePermission(5, 'p'), 'p: must be a string'],
  [started({ module: new Uint8Array(0) }), 'module: is empty'],
  [started({ module: new URL('https://example.com/') }), 'module: must be a file: URL'],
  [started({ module: '' }), 'module: is an empty path'],
  [started({ module: 'a\0' }), 'module: is a path with a zero byte'],
  [started({ module: 5 }), 'module: must be bytes (Uint8Array), a file: URL or a path'],
  [started({ name: 'a\n' }), 'name: must have no control characters'],
  [started({ name: 'x'.repeat(257) }), 'name: must have at most 256 characters'],
  [started({ labels: { a: 5 } }), 'labels.a: must be a string'],
  [
    started({ labels: Object.fromEntries(many(65).map((n) => [n, ''])) }),
    'labels: must have at most 64 entries',
  ],
  [
    started({ residency: 'on-demand', isolation: 'process' }),
    'residency: has to be "resident" where isolation is "process"',
  ],
  [started({ abi: 'elf' }), 'abi: must be one of auto, component, wasi, extism, wapc, core'],
  [started({ limits: { mailbox: '1' } }), 'limits.mailbox: must be an integer'],
  [started({ limits: { mailbox: -1 } }), 'limits.mailbox: must be between 0 and 65536'],
  [started({ limits: [] }), 'limits: must be an object'],
  [
    started({ restartPolicy: { backoff: { factor: 'x' } } }),
    'restartPolicy.backoff.factor: must be a finite number',
  ],
  [grouped({ children: [] }), 'children: must have 1 to 256 entries'],
  [grouped({ children: {} }), 'children: must be an array of children'],
  [grouped({ children: [child, child] }), 'children[1].childId: is used twice'],
  [member({ group: {} }), 'children[0]: must have either an instance or a group'],
  [
    member({ instance: undefined, group: { children: [child] }, shutdownMs: 5 }),
    'children[0].shutdownMs: belongs to instances, not to groups',
  ],
  [
    member({ instance: { module, restartPolicy: { policyType: 'always' } } }),
    'children[0].instance.restartPolicy: must be left out, or "never": the group decides',
  ],
  [member({ instance: { module: '' } }), 'children[0].instance.module: is an empty path'],
  [member({ instance: { module, x: 1 } }), 'children[0].instance.x: unknown option'],
  [() => defineProvider(5 as never), 'definition: must be an object'],
  [
    () => defineProvider({ type: 'x', operations: { op: {} as never } }),
    'operations.op.permission: must be a function',
  ],
  [
    () =>
      defineProvider({
        type: 'x',
        operations: { op: { permission: () => [], run: () => null, parse: 5 as never } },
      }),
    'operations.op.parse: must be a function',
  ],
  [provided({ providerType: 'no' }), 'providerType: there is no provider of type "no"'],
  [provided({ definition: own }), 'providerType: the definition is of "own"'],
  [
    provided({ providerType: 'own', definition: own, module: '/x' }),
    'module: or a definition, not both',
  ],
  [
    provided({ providerType: 'own', definition: own, placement: 'thread' }),
    'placement: functions cannot move to a thread; give their module instead',
  ],
  [provided({ module: 'x.js' }), 'module: must be a file: URL or an absolute path'],
  [provided({ config: { f: () => 1 } }), 'config: must be plain data, to be given to a thread'],
  [wasi({ args: 'x' }), 'wasi.args: must be an array of strings'],
  [wasi({ args: many(4_097).map(String) }), 'wasi.args: must have at most 4096 entries'],
  [wasi({ args: ['\0'] }), 'wasi.args[0]: must have no zero byte'],
  [wasi({ env: { 'a=': '' } }), 'wasi.env.a=: is no name of an environment variable'],
  [wasi({ stdin: 'x' }), 'wasi.stdin: must be a Uint8Array'],
  [wasi({ files: { 'a/': new Uint8Array(0) } }), 'wasi.files.a/: is no path of a file'],
  [wasi({ files: { 'a\0': new Uint8Array(0) } }), 'wasi.files (path): must have no zero byte'],
  [
    wasi({ files: { a: new Uint8Array(0), './a': new Uint8Array(0) } }),
    'wasi.files../a: is given twice',
  ],
  [
    wasi({ files: { a: new Uint8Array(0), 'a/b': new Uint8Array(0) } }),
    'wasi.files.a/b: lies below another file',
  ],
  [given(() => 1), 'args[0]: a function cannot be given to a guest'],
  [given(2n ** 64n), 'args[0]: a bigint of more than 64 bits cannot be given to a guest'],
  [given(new Map()), 'args[0]: only plain data can be given to a guest'],
  [
    given(new Uint8Array(new SharedArrayBuffer(1))),
    'args[0]: shared memory cannot be given to a guest',
  ],
  [given('x'.repeat(11), 10), 'args[0]: larger than 10 bytes'],
];

describe('a refusal', () => {
  it('P18 · names the field and says in words what is wrong with it', () => {
    for (const [ask, words] of REFUSALS) expect(thrownBy(ask).message).to.equal(words);
  });

  it('P18 · tells what would be right, as data', () => {
    const detailsOf = (ask: () => unknown): unknown => thrownBy(ask).details;
    expect(detailsOf(assigned({ extra: 1 }))).to.deep.equal({
      field: 'x.extra',
      known: ['capabilityId', 'providerType', 'providerId', 'permissions', 'config'],
    });
    expect(detailsOf(started({ abi: 'elf' }))).to.deep.equal({
      field: 'abi',
      allowed: ['auto', 'component', 'wasi', 'extism', 'wapc', 'core'],
    });
    expect(detailsOf(started({ residency: 'elsewhere' }))).to.deep.equal({
      field: 'residency',
      allowed: ['resident', 'on-demand'],
    });
    expect(detailsOf(started({ limits: { mailbox: -1 } }))).to.deep.equal({
      field: 'limits.mailbox',
      min: 0,
      max: 65_536,
    });
    expect(detailsOf(started({ name: 'x'.repeat(257) }))).to.deep.equal({
      field: 'name',
      maxLength: 256,
    });
    expect(detailsOf(() => checkedAssignments([kv, kv], 'x'))).to.deep.equal({
      field: 'x[1].capabilityId',
      capabilityId: 'a',
    });
    expect(detailsOf(() => parsePermission(`KV${'x'.repeat(300)}`, 'p'))).to.deep.equal({
      field: 'p',
      permission: `KV${'x'.repeat(198)}`,
    });
    expect(detailsOf(given('x'.repeat(11), 10))).to.deep.equal({
      field: 'args[0]',
      resource: 'payload',
      limitBytes: 10,
    });
  });

  it('P18 · repeats no more of a long name than it has to', () => {
    const long = 'n'.repeat(1_000);
    const operations = { [long]: {} as never };
    const definition = thrownBy(() => defineProvider({ type: 'x', operations }));
    expect(definition.details['field']).to.equal(`operations.${'n'.repeat(64)}.permission`);
    const policy = thrownBy(() => explainPolicy([], { [long]: 5 as never }));
    expect(policy.details['field']).to.equal(`permissions.${'n'.repeat(128)}`);
  });
});

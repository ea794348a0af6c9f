import { expect } from 'chai';
import { checkedAssignment, checkedAssignments } from '../../lib/core/capability-assignment.ts';
import { normalisedHost, parseDomainPattern } from '../../lib/core/domain-pattern.ts';
import { explainPolicy } from '../../lib/core/explain-policy.ts';
import { stringRecord } from '../../lib/core/field-checks.ts';
import { resolveGroupSpec } from '../../lib/core/group-spec.ts';
import { LARGEST_LIMITS, resolveLimits } from '../../lib/core/limits.ts';
import { copiedPayload } from '../../lib/core/plain-payload.ts';
import { resolveProviderConfig } from '../../lib/core/provider-config.ts';
import { resolveRestartPolicy } from '../../lib/core/restart-policy.ts';
import { isTopic } from '../../lib/core/topic-pattern.ts';
import { resolveWasiOptions } from '../../lib/core/wasi-options.ts';
import { thrownBy } from '../thrown.ts';

const YEAR_MS = 31_536_000_000;
const MIB = 2 ** 20;

const many = (length: number): number[] => Array.from({ length }, (_, index) => index);
const named = (length: number): Record<string, string> =>
  Object.fromEntries(many(length).map((n) => [`n${n}`, '']));
const grants = (length: number): string[] => many(length).map((n) => `kv:read:${n}`);
const nested = (depth: number): unknown => many(depth).reduce<unknown>((inner) => [inner], 1);
const child = { childId: 'c', instance: { module: new Uint8Array([0]) } };

/** Bytes that claim a length without taking the memory. */
function claiming(length: number): Uint8Array {
  return Object.defineProperty(new Uint8Array(1), 'length', { value: length });
}

/** What has a bound, and its bound: that much is accepted, one more is refused. */
const BOUNDS: readonly (readonly [string, number, (size: number) => unknown])[] = [
  ['permissions of an assignment', 1_000, (n) => assignmentOf(grants(n))],
  [
    'assignments',
    256,
    (n) =>
      checkedAssignments(
        many(n).map((i) => assignmentOf([], i)),
        'x',
      ),
  ],
  ['permissions that are tried', 1_000, (n) => explainPolicy([], grants(n))],
  [
    'capabilities that are tried',
    256,
    (n) => explainPolicy([], Object.fromEntries(many(n).map((i) => [i, []]))),
  ],
  [
    'entries of a record',
    3,
    (n) => stringRecord(named(n), 'x', { entries: 3, keyLength: 9, valueLength: 9 }),
  ],
  [
    'a key',
    3,
    (n) => stringRecord({ ['k'.repeat(n)]: '' }, 'x', { entries: 1, keyLength: 3, valueLength: 9 }),
  ],
  [
    'a text',
    3,
    (n) => stringRecord({ k: 'v'.repeat(n) }, 'x', { entries: 1, keyLength: 3, valueLength: 3 }),
  ],
  ['arguments of a guest', 4_096, (n) => resolveWasiOptions({ args: many(n).map(String) })],
  ['the standard input', 512 * MIB, (n) => resolveWasiOptions({ stdin: claiming(n) })],
  ['depth of an argument', 64, (n) => copiedPayload([nested(n)], 10_000)],
  ['the name of a property', 3, (n) => copiedPayload([{ ['k'.repeat(n)]: null }], 8 + 3)],
  ['the period of a policy', YEAR_MS, (periodMs) => resolveRestartPolicy({ periodMs })],
  [
    'the period of a group',
    YEAR_MS,
    (periodMs) => resolveGroupSpec({ children: [child], intensity: { periodMs } }),
  ],
  ['memory', LARGEST_LIMITS.memoryBytes, (memoryBytes) => resolveLimits({ memoryBytes })],
  ['tables', LARGEST_LIMITS.tableEntries, (tableEntries) => resolveLimits({ tableEntries })],
  ['the path of a module', 4_096, (n) => providerOf(`/${'x'.repeat(n - 1)}`)],
];

function assignmentOf(permissions: readonly string[], index = 0): unknown {
  const given = { capabilityId: `c${index}`, providerType: 'kv', permissions };
  return permissions.length === 0 ? given : checkedAssignment(given, 'x');
}

function providerOf(module: string): unknown {
  return resolveProviderConfig({ providerType: 'x', module }, new Map());
}

describe('a bound', () => {
  it('P18 · is what may still be asked for, and one more is refused', () => {
    for (const [what, most, ask] of BOUNDS) {
      expect(() => ask(most), what).to.not.throw();
      expect(thrownBy(() => ask(most + 1)).code, what).to.be.oneOf([
        'INVALID_REQUEST',
        'RESOURCE_EXHAUSTED',
      ]);
    }
  });

  it('P18 · of the files of a guest is 65,536', () => {
    const error = thrownBy(() => resolveWasiOptions({ files: named(65_537) }));
    expect(error.message).to.equal('wasi.files: must have at most 65536 files');
  });

  it('is the largest that any instance may have, where a module is only looked at', () => {
    expect(LARGEST_LIMITS).to.deep.equal({ memoryBytes: 4_096 * MIB, tableEntries: 10_000_000 });
  });

  it('of a host is that of its normal form, and of what it is made from', () => {
    const longest = `${`${'x'.repeat(63)}.`.repeat(3)}${'y'.repeat(61)}`;
    expect(parseDomainPattern(longest)?.host).to.have.length(253);
    expect(parseDomainPattern(`${longest}y`)).to.equal(undefined);
    // A soft hyphen is left out of a name.
    const padded = (length: number): string => `${'\u00ad'.repeat(length - 1)}a`;
    for (const read of [normalisedHost, (text: string) => parseDomainPattern(text)?.host]) {
      expect(read(padded(512))).to.equal('a');
      expect(read(padded(513))).to.equal(undefined);
    }
  });

  it('of a port is 1 and 65,535', () => {
    const portOf = (port: number): number | undefined => parseDomainPattern(`a:${port}`)?.port;
    expect([0, 1, 65_535, 65_536].map(portOf)).to.deep.equal([undefined, 1, 65_535, undefined]);
  });

  it('of a topic is 256 characters and 32 tokens', () => {
    expect(isTopic('')).to.equal(false);
    expect(isTopic('x'.repeat(256))).to.equal(true);
    expect(isTopic('x'.repeat(257))).to.equal(false);
    expect(isTopic(many(32).join('.'))).to.equal(true);
    expect(isTopic(many(33).join('.'))).to.equal(false);
  });
});

describe('a host on its own', () => {
  it('is nothing but a host', () => {
    for (const text of ['a/b', 'a:81', 'u@a', 'a?b', 'a#b']) {
      expect(normalisedHost(text), text).to.equal(undefined);
    }
    expect(normalisedHost('A.')).to.equal('a');
  });

  it('is no address because a label begins with a number', () => {
    expect(parseDomainPattern('*.1a.com')).to.deep.equal({ host: '1a.com', isBelow: true });
    expect(parseDomainPattern('*.a.1b.com')).to.deep.equal({ host: 'a.1b.com', isBelow: true });
  });
});

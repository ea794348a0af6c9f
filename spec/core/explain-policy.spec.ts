import { expect } from 'chai';
import * as fc from 'fast-check';
import type { ExecutionEvent } from '../../lib/core/execution-event.ts';
import { explainPolicy } from '../../lib/core/explain-policy.ts';
import { FactLog } from '../../lib/core/fact-log.ts';
import { PermissionSet } from '../../lib/core/permissions.ts';
import type { RequiredPermission } from '../../lib/core/provider.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { thrownBy } from '../thrown.ts';
import { RUNS } from './property-runs.ts';

interface Call {
  readonly instanceId: string;
  readonly capabilityId: string;
  readonly operation: string;
  readonly required: readonly RequiredPermission[];
}

const scope = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 3 });
const action = fc.constantFrom('kv:read', 'kv:write', 'http:method', 'msg:publish');
const permission = fc.oneof(
  action,
  fc.tuple(action, scope).map(([name, pattern]) => `${name}:${pattern}`),
);
const permissions = fc.array(permission, { maxLength: 5 });
const required: fc.Arbitrary<RequiredPermission> = fc.record(
  { action, scope, isNarrowing: fc.boolean() },
  { requiredKeys: ['action'] },
);
const call: fc.Arbitrary<Call> = fc.record({
  instanceId: fc.constantFrom('i-1', 'i-2'),
  capabilityId: fc.constantFrom('c-1', 'c-2', '__proto__'),
  operation: fc.constantFrom('get', 'set'),
  required: fc.array(required, { maxLength: 3 }),
});
const calls = fc.array(call, { maxLength: 30 });

/** As the router decides: every need covered, and with no need any permission at all. */
function isServed(held: readonly string[], needs: readonly RequiredPermission[]): boolean {
  const set = new PermissionSet(held);
  return needs.length === 0 ? held.length > 0 : needs.every((each) => set.allows(each));
}

function newLog(capacity = 1_000): FactLog {
  return new FactLog({ capacity, nodeId: 'n', clock: new SimulatedClock() });
}

/** Facts of calls that were decided by grants, with facts of other things between. */
function historyOf(
  made: readonly Call[],
  heldBy: (each: Call) => readonly string[],
): ExecutionEvent[] {
  const log = newLog();
  for (const [index, each] of made.entries()) {
    if (index % 3 === 0) log.append('instance_started', { instanceId: each.instanceId });
    const { instanceId, ...details } = each;
    const type = isServed(heldBy(each), each.required) ? 'capability_called' : 'capability_denied';
    log.append(type, { instanceId, details: { providerType: 'kv', ...details } });
  }
  return log.query({});
}

function deniedIn(history: readonly ExecutionEvent[]): number[] {
  return history.filter(({ type }) => type === 'capability_denied').map(({ seq }) => seq);
}

const seqs = (list: readonly { readonly seq: number }[]): number[] => list.map(({ seq }) => seq);

describe('the explanation of a policy', () => {
  it('W7 · by the permissions that were held denies exactly what was denied', () => {
    fc.assert(
      fc.property(calls, permissions, (made, held) => {
        const history = historyOf(made, () => held);
        const explanation = explainPolicy(history, held);
        expect(seqs(explanation.wouldDeny)).to.deep.equal(deniedIn(history));
        expect(explanation.wouldDeny.every(({ wasDenied }) => wasDenied)).to.equal(true);
        expect(explanation.wouldNewlyAllow).to.deep.equal([]);
        expect(explanation.calls).to.equal(made.length);
        expect(explanation.wouldAllow).to.equal(made.length - deniedIn(history).length);
        expect(explanation.isComplete).to.equal(true);
      }),
      RUNS,
    );
  });

  it('W7 · by the permissions of each capability denies exactly what was denied', () => {
    const byCapability = fc.dictionary(fc.constantFrom('c-1', 'c-2'), permissions);
    fc.assert(
      fc.property(calls, byCapability, (made, held) => {
        const history = historyOf(made, (each) =>
          Object.hasOwn(held, each.capabilityId) ? (held[each.capabilityId] ?? []) : [],
        );
        const explanation = explainPolicy(history, held);
        expect(seqs(explanation.wouldDeny)).to.deep.equal(deniedIn(history));
        expect(explanation.wouldNewlyAllow).to.deep.equal([]);
      }),
      RUNS,
    );
  });

  it('W7 · by other permissions decides each call as a grant of them would have', () => {
    fc.assert(
      fc.property(calls, permissions, permissions, (made, held, tried) => {
        const history = historyOf(made, () => held);
        const { wouldDeny, wouldNewlyAllow } = explainPolicy(history, tried);
        const facts = history.filter(({ type }) => type !== 'instance_started');
        const refused = facts.filter((_, index) => !isServed(tried, made[index]!.required));
        expect(seqs(wouldDeny)).to.deep.equal(seqs(refused));
        const before = new Set(deniedIn(history));
        const expected = [...before].filter((seq) => !seqs(refused).includes(seq));
        expect(seqs(wouldNewlyAllow)).to.deep.equal(expected);
        for (const { seq, missing, wasDenied } of wouldDeny) {
          expect(wasDenied).to.equal(before.has(seq));
          const needs = made[facts.findIndex((fact) => fact.seq === seq)]!.required;
          expect(missing).to.have.length(
            needs.filter((each) => !new PermissionSet(tried).allows(each)).length,
          );
        }
      }),
      RUNS,
    );
  });

  it('W7 · decides all recorded calls alike without the permissions that it finds unused', () => {
    fc.assert(
      fc.property(calls, permissions, (made, tried) => {
        const history = historyOf(made, () => []);
        const whole = explainPolicy(history, tried);
        const kept = tried.filter((each) => !whole.unused.includes(each));
        const lean = explainPolicy(history, kept);
        expect(lean.wouldDeny).to.deep.equal(whole.wouldDeny);
        expect(lean.wouldNewlyAllow).to.deep.equal(whole.wouldNewlyAllow);
        expect(lean.unused).to.deep.equal([]);
      }),
      RUNS,
    );
  });

  it('does so by capability too, where a permission is unused only if nobody needs it', () => {
    const [reading, writing] = [{ action: 'kv:read' }, { action: 'kv:write', scope: 'a' }];
    const base = { instanceId: 'i', operation: 'op' };
    const history = historyOf(
      [
        { ...base, capabilityId: 'c-1', required: [reading] },
        { ...base, capabilityId: 'c-2', required: [writing] },
        { ...base, capabilityId: 'c-3', required: [] },
      ],
      () => [],
    );
    const tried = { 'c-1': ['kv:read', 'kv:write'], 'c-2': ['kv:write', 'kv:delete'], 'c-3': [] };
    const { unused, wouldDeny } = explainPolicy(history, tried);
    expect(unused).to.deep.equal(['kv:delete']);
    expect(wouldDeny).to.deep.equal([
      { seq: 4, ...base, capabilityId: 'c-3', missing: [], wasDenied: true },
    ]);
  });

  it('keeps a permission that narrows, even where it has only refused', () => {
    const needs = [
      { action: 'http:request' },
      { action: 'http:domain', scope: 'b.example:443', isNarrowing: true },
    ];
    const made = { instanceId: 'i', capabilityId: 'c', operation: 'request', required: needs };
    const { unused, wouldDeny } = explainPolicy(
      historyOf([made], () => []),
      ['http:request', 'http:domain:a.example', 'http:private'],
    );
    expect(unused).to.deep.equal(['http:private']);
    expect(wouldDeny[0]?.missing).to.deep.equal([needs[1]]);
  });

  it('judges one instance alone if asked to', () => {
    fc.assert(
      fc.property(calls, permissions, (made, held) => {
        const history = historyOf(made, () => held);
        const { calls: count } = explainPolicy(history, held, { instanceId: 'i-2' });
        expect(count).to.equal(made.filter(({ instanceId }) => instanceId === 'i-2').length);
      }),
      RUNS,
    );
  });
});

describe('the completeness of an explanation', () => {
  const fact = {
    instanceId: 'i',
    details: { operation: 'get', required: [{ action: 'kv:read' }] },
  };
  const isComplete = (history: readonly ExecutionEvent[]): boolean =>
    explainPolicy(history, ['kv:read']).isComplete;

  it('is denied by a first fact that is not number 1, by a gap, and by a cut', () => {
    const log = newLog(3);
    for (let count = 0; count < 3; count += 1) log.append('capability_called', fact);
    const [first, second, third] = log.query({});
    expect(isComplete([])).to.equal(true);
    expect(isComplete([first!, second!, third!])).to.equal(true);
    expect(isComplete([second!, third!])).to.equal(false);
    expect(isComplete([first!, third!])).to.equal(false);
    const cut = Object.defineProperty([first!], 'isCut', { value: true });
    expect(isComplete(cut)).to.equal(false);
    log.append('capability_called', fact);
    expect(isComplete(log.query({}))).to.equal(false);
  });

  it('counts the facts of each node on their own', () => {
    const [one, other] = [newLog(), newLog()];
    const first = one.append('capability_called', fact);
    const second = { ...other.append('capability_called', fact), nodeId: 'm' };
    expect(isComplete([first, second])).to.equal(true);
  });

  it('is denied by calls that were only counted, and by facts that tell no need', () => {
    const details = [
      // No grant concerned it, so what it needs was never asked.
      { operation: 'get', required: [] },
      { ...fact.details, unrecorded: 3 },
      { operation: 'get' },
      { operation: 'get', required: 'kv:read' },
      { operation: 'get', required: [null] },
      { operation: 'get', required: [{ action: 1 }] },
      { operation: 'get', required: [{ action: 'kv:read', scope: 1 }] },
      { required: [] },
    ];
    for (const each of details) {
      const log = newLog();
      log.append('capability_denied', { instanceId: 'i', details: each });
      const { isComplete: isWhole, unjudged } = explainPolicy(log.query({}), ['kv:read']);
      expect(isWhole, JSON.stringify(each)).to.equal(false);
      expect(unjudged, JSON.stringify(each)).to.equal('unrecorded' in each ? 0 : 1);
    }
    const log = newLog();
    log.append('capability_denied', { details: fact.details });
    expect(explainPolicy(log.query({}), []).unjudged).to.equal(1);
  });
});

describe('the permissions to be explained', () => {
  it('P18 · are refused by the name of the one that is wrong', () => {
    const many = Array.from({ length: 1_001 }, () => 'kv:read');
    const bad: [unknown, string][] = [
      [['kv:read', 'nope'], 'permissions[1]'],
      [many, 'permissions'],
      [{ c: 'kv:read' }, 'permissions.c'],
      [{ c: ['kv:read', 5] }, 'permissions.c[1]'],
      [Object.fromEntries(many.slice(0, 257).map((_, index) => [`c${index}`, []])), 'permissions'],
      [undefined, 'permissions'],
      ['kv:read', 'permissions'],
    ];
    for (const [given, field] of bad) {
      const error = thrownBy(() => explainPolicy([], given as readonly string[]));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal(field);
    }
    const none = undefined as unknown as readonly ExecutionEvent[];
    expect(thrownBy(() => explainPolicy(none, [])).details['field']).to.equal('history');
  });
});

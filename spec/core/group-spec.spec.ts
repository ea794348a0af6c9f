import { expect } from 'chai';
import * as fc from 'fast-check';
import { WasmatrixError } from '../../lib/core/errors.ts';
import { planGroup } from '../../lib/core/group-plan.ts';
import { inMember, resolveGroupSpec } from '../../lib/core/group-spec.ts';
import { thrownBy } from '../thrown.ts';
import { type PlainGroup, plainGroups } from './group-arbitraries.ts';
import { RUNS } from './property-runs.ts';

const module = new Uint8Array([0]);
const child = (more: Record<string, unknown> = {}, instance: Record<string, unknown> = {}) => ({
  childId: 'a',
  instance: { module, ...instance },
  ...more,
});
const nested = (depth: number): Record<string, unknown> =>
  depth === 1
    ? { children: [child()] }
    : { children: [{ childId: 'g', group: nested(depth - 1) }] };

/** Each a wrong group, and the field that is to be named. */
const FLAWS: readonly (readonly [string, unknown])[] = [
  ['spec', undefined],
  ['spec', []],
  ['spec.color', { color: 'red' }],
  ['spec.__proto__', JSON.parse('{"__proto__": {}}')],
  ['groupId', { groupId: '' }],
  ['groupId', { groupId: 'a b', children: [child()] }],
  ['strategy', { strategy: 'simple-one-for-one', children: [child()] }],
  ['intensity', { intensity: 5, children: [child()] }],
  ['intensity.maxRestarts', { intensity: { maxRestarts: 10_001 }, children: [child()] }],
  ['intensity.periodMs', { intensity: { periodMs: 0 }, children: [child()] }],
  ['intensity.period', { intensity: { period: 5 }, children: [child()] }],
  ['backoff.factor', { backoff: { factor: 0 }, children: [child()] }],
  ['children', {}],
  ['children', { children: [] }],
  ['children', { children: Array.from({ length: 257 }, (_, n) => child({ childId: `c${n}` })) }],
  ['children[0]', { children: [null] }],
  ['children[0]', { children: Array.from({ length: 1 }) }],
  ['children[0]', { children: [{ childId: 'a' }] }],
  ['children[0]', { children: [child({ group: { children: [child()] } })] }],
  ['children[0].childId', { children: [child({ childId: 5 })] }],
  ['children[1].childId', { children: [child(), child()] }],
  ['children[0].restart', { children: [child({ restart: 'always' })] }],
  ['children[0].shutdownMs', { children: [child({ shutdownMs: -1 })] }],
  [
    'children[0].shutdownMs',
    { children: [{ childId: 'a', shutdownMs: 5, group: { children: [child()] } }] },
  ],
  ['children[0].colour', { children: [child({ colour: 'red' })] }],
  ['children[0].instance', { children: [{ childId: 'a', instance: 5 }] }],
  ['children[0].instance.modul', { children: [child({}, { modul: 5 })] }],
  ['children[0].instance.limits.mailbox', { children: [child({}, { limits: { mailbox: -1 } })] }],
  [
    'children[0].instance.restartPolicy',
    { children: [child({}, { restartPolicy: { policyType: 'on-failure' } })] },
  ],
  [
    'children[0].instance.restartPolicy.policyType',
    { children: [child({}, { restartPolicy: { policyType: 'sometimes' } })] },
  ],
  [
    'children[1].instance.instanceId',
    { children: ['a', 'b'].map((childId) => child({ childId }, { instanceId: 'same' })) },
  ],
  [
    'children[0].group.groupId',
    { groupId: 'g', children: [{ childId: 'a', group: { groupId: 'g', children: [child()] } }] },
  ],
  [
    'children[0].group.children[0].instance.module',
    { children: [{ childId: 'a', group: { children: [child({}, { module: 5 })] } }] },
  ],
];

/** The instances of a group in the order in which they are written down. */
function namesOf({ children }: PlainGroup, path = ''): string[] {
  return children.flatMap((each) =>
    'group' in each ? namesOf(each.group, `${path}/${each.childId}`) : [`${path}/${each.childId}`],
  );
}

describe('a group specification', () => {
  it('P18 · is refused for each known mistake, naming the field', () => {
    for (const [field, spec] of FLAWS) {
      const error = thrownBy(() => resolveGroupSpec(spec));
      expect(error.code, field).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal(field);
      expect(error.message).to.include(field);
    }
  });

  it('P18 · is bounded in depth and in the number of its instances', () => {
    resolveGroupSpec(nested(8));
    expect(thrownBy(() => resolveGroupSpec(nested(9))).details['field']).to.match(/group$/);
    const many = (count: number) => ({
      children: Array.from({ length: count }, (_, n) => child({ childId: `c${n}` })),
    });
    const groups = (sizes: readonly number[]) => ({
      children: sizes.map((size, n) => ({ childId: `g${n}`, group: many(size) })),
    });
    resolveGroupSpec(groups([256, 256, 256, 256]));
    const error = thrownBy(() => resolveGroupSpec(groups([256, 256, 256, 256, 1])));
    expect(error.details['field']).to.equal('children[4].group.children[0]');
    const endless: { children: unknown[] } = { children: [] };
    endless.children.push({ childId: 'a', group: endless });
    expect(thrownBy(() => resolveGroupSpec(endless)).code).to.equal('INVALID_REQUEST');
  });

  it('P18 · never makes anything but INVALID_REQUEST out of arbitrary values', () => {
    const anything = fc.anything({ withNullPrototype: true, withBigInt: true });
    const wrap = fc.constantFrom(
      (value: unknown) => value,
      (value: unknown) => ({ children: value }),
      (value: unknown) => ({ children: [value] }),
      (value: unknown) => ({ children: [{ childId: 'a', instance: value }] }),
      (value: unknown) => ({ children: [child({}, { restartPolicy: value })] }),
    );
    fc.assert(
      fc.property(anything, wrap, (value, wrapped) => {
        try {
          resolveGroupSpec(wrapped(value));
        } catch (error) {
          expect(error).to.include({ name: 'WasmatrixError', code: 'INVALID_REQUEST' });
        }
      }),
      RUNS,
    );
  });

  it('has its defaults, and members that never restart by themselves', () => {
    const resolved = resolveGroupSpec({
      children: [child({}, { restartPolicy: { policyType: 'never' }, limits: { stopGraceMs: 7 } })],
    });
    expect(resolved).to.deep.include({
      groupId: undefined,
      strategy: 'one-for-one',
      intensity: { maxRestarts: 5, periodMs: 60_000 },
      backoff: { initialMs: 100, factor: 2, maxMs: 30_000, jitter: 0.1 },
    });
    const [only] = resolved.children;
    expect(only).to.deep.include({ childId: 'a', restart: 'permanent', shutdownMs: 7 });
    expect(only?.kind === 'instance' && only.instance.restartPolicy).to.deep.equal({
      policyType: 'never',
    });
  });

  it('W6 · is planned with its instances numbered as they are written down', () => {
    fc.assert(
      fc.property(plainGroups, (group) => {
        let made = 0;
        const plan = planGroup(resolveGroupSpec(group), () => `g${++made}`);
        const pathOf = ({ childId, parent }: (typeof plan.leaves)[number]): string => {
          let path = `/${childId}`;
          for (let up: typeof parent | undefined = parent; up?.parent; up = up.parent) {
            path = `/${up.childId}${path}`;
          }
          return path;
        };
        expect(plan.leaves.map(pathOf)).to.deep.equal(namesOf(group));
        expect(plan.leaves.map(({ first }) => first)).to.deep.equal([...plan.leaves.keys()]);
        expect(plan.members).to.have.length(plan.leaves.length);
        for (const { first, end, children } of plan.groups) {
          expect(children[0]?.first).to.equal(first);
          expect(children.at(-1)?.end).to.equal(end);
          children.forEach((each, n) => {
            if (n > 0) expect(each.first).to.equal(children[n - 1]?.end);
          });
        }
        expect(plan.groups).to.have.length(made);
      }),
      RUNS,
    );
  });

  it('P18 · names the field of a member below the member, and keeps the rest of what was wrong', () => {
    const inner = new WasmatrixError('VALIDATION_ERROR', 'limits.mailbox: too small: spec.x', {
      field: 'limits.mailbox',
      min: 1,
    });
    const outer = inMember(inner, 'children[2].instance') as WasmatrixError;
    expect(outer).to.include({ code: 'VALIDATION_ERROR', cause: inner });
    expect(outer.message).to.equal('children[2].instance.limits.mailbox: too small: spec.x');
    expect(outer.details).to.deep.equal({ field: 'children[2].instance.limits.mailbox', min: 1 });
    const named = (field: string, message: string): string =>
      (inMember(new WasmatrixError('INVALID_REQUEST', message, { field }), 'm') as Error).message;
    expect(named('spec.x', 'spec.x: unknown option')).to.equal('m.x: unknown option');
    expect(named('env.spec.x', 'it is odd')).to.equal('m.env.spec.x: it is odd');
  });

  it('P18 · leaves errors alone that name no field, or are none of ours', () => {
    const nameless = new WasmatrixError('RESOURCE_EXHAUSTED', 'no room', { field: 5 });
    for (const error of [nameless, new Error('x'), 'x', undefined]) {
      expect(inMember(error, 'm')).to.equal(error);
    }
  });

  it('P18 · names an unknown option of a group within, and of itself', () => {
    const fieldOf = (spec: unknown): unknown =>
      thrownBy(() => resolveGroupSpec(spec)).details['field'];
    expect(fieldOf({ size: 1 })).to.equal('spec.size');
    const children = [{ childId: 'c', group: { size: 1 } }];
    expect(fieldOf({ children })).to.equal('children[0].group.size');
  });
});

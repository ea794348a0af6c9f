import { expect } from 'chai';
import {
  childToward,
  type GroupNode,
  type GroupPlan,
  leavesOf,
  outerOf,
  planGroup,
} from '../../lib/core/group-plan.ts';
import {
  mergedProcedure,
  nextStep,
  type Procedure,
  touches,
} from '../../lib/core/group-procedure.ts';
import { resolveGroupSpec } from '../../lib/core/group-spec.ts';

const instance = { module: new Uint8Array([0]) };
const child = (childId: string): object => ({ childId, instance });

/** a · (b · c) · d, the inner group between two instances of the outer one. */
function laidOut(): GroupPlan {
  const group = { children: [child('b'), child('c')] };
  const children = [child('a'), { childId: 'inner', group }, child('d')];
  return planGroup(resolveGroupSpec({ groupId: 'outer', children }), () => 'made-up');
}

describe('the plan of a group', () => {
  let [plan, outer, inner] = [] as unknown as [GroupPlan, GroupNode, GroupNode];

  before(() => {
    plan = laidOut();
    [outer, inner] = plan.groups as [GroupNode, GroupNode];
  });

  it('W6 · gives an id to each group that has none', () => {
    expect(plan.groups.map(({ groupId }) => groupId)).to.deep.equal(['outer', 'made-up']);
    expect(plan.root).to.equal(outer);
  });

  it('W6 · knows for each instance which child of a group it belongs to', () => {
    const toward = plan.leaves.map((leaf) => childToward(plan.root, leaf).childId);
    expect(toward).to.deep.equal(['a', 'inner', 'inner', 'd']);
    const within = plan.leaves.slice(1, 3).map((leaf) => childToward(inner, leaf).childId);
    expect(within).to.deep.equal(['b', 'c']);
    for (const place of [0, 3]) {
      expect(() => childToward(inner, plan.leaves[place]!)).to.throw(
        'the instance is not below that group',
      );
    }
  });

  it('W6 · numbers what is below a child without a gap', () => {
    expect(plan.root.children.map((each) => leavesOf([each]))).to.deep.equal([[0], [1, 2], [3]]);
    expect(leavesOf(plan.root.children)).to.deep.equal([0, 1, 2, 3]);
  });

  it('W6 · finds the outer one of two groups, whichever is named first', () => {
    expect(outerOf(outer, inner)).to.equal(outer);
    expect(outerOf(inner, outer)).to.equal(outer);
    expect(outerOf(inner, inner)).to.equal(inner);
  });
});

describe('a procedure', () => {
  let procedure: Procedure;

  before(() => {
    const rest = { isFirst: false, stops: [2], starts: [1], dueMs: 0, fallen: [] };
    procedure = { owner: laidOut().root, ...rest };
  });

  it('W6 · touches whom it stops and whom it starts', () => {
    expect(touches(procedure, new Set([1]))).to.equal(true);
    expect(touches(procedure, new Set([2, 3]))).to.equal(true);
    expect(touches(procedure, new Set([0, 3]))).to.equal(false);
    expect(touches(procedure, new Set())).to.equal(false);
  });

  it('W6 · that meets others belongs to the outermost group of all, and is first if any is', () => {
    const [outer, inner] = laidOut().groups as [GroupNode, GroupNode];
    const none = (): boolean => false;
    const within = { ...procedure, owner: inner };
    expect(mergedProcedure(within, [{ ...within, owner: outer }], none).owner).to.equal(outer);
    expect(mergedProcedure({ ...within, owner: outer }, [within], none).owner).to.equal(outer);
    expect(mergedProcedure(within, [within], none).owner).to.equal(inner);
    const first = { ...within, isFirst: true };
    expect(mergedProcedure(within, [first, within], none).isFirst).to.equal(true);
    expect(mergedProcedure(first, [], none).isFirst).to.equal(true);
    expect(mergedProcedure(within, [within], none).isFirst).to.equal(false);
  });

  it('W6 · waits for a member that is on its way up or down already', () => {
    for (const phase of ['starting', 'stopping'] as const) {
      const { step } = nextStep({ ...procedure, stops: [] }, () => ({ phase, mode: undefined }), 0);
      expect(step).to.deep.equal({ kind: 'wait' });
    }
  });
});

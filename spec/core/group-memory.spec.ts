import { expect } from 'chai';
import { type PlanNode, planGroup } from '../../lib/core/group-plan.ts';
import type { ChildRestart, GroupStrategy } from '../../lib/core/group-spec.ts';
import { resolveGroupSpec } from '../../lib/core/group-spec.ts';
import {
  decideChildEnd,
  EMPTY_MEMORY,
  type GroupDecision,
  type GroupMemory,
} from '../../lib/core/group-strategy.ts';

const child = (childId: string, restart: ChildRestart = 'permanent'): object => ({
  childId,
  restart,
  instance: { module: new Uint8Array([0]) },
});

const group = (strategy: GroupStrategy, ...children: object[]): object => ({
  strategy,
  intensity: { maxRestarts: 1, periodMs: 1_000 },
  backoff: { initialMs: 0 },
  children,
});

/** a · t · (x · u · (y · v)), all for one on the outside, one for one within. */
class Bench {
  readonly nodes = new Map<string, PlanNode>();
  memory: GroupMemory = EMPTY_MEMORY;

  constructor() {
    const deep = {
      childId: 'deep',
      group: group('one-for-one', child('y'), child('v', 'temporary')),
    };
    const within = group('one-for-one', child('x'), child('u', 'temporary'), deep);
    const spec = group('one-for-all', child('a'), child('t', 'temporary'), {
      childId: 'within',
      group: within,
    });
    const plan = planGroup(resolveGroupSpec(spec), () => 'g');
    for (const node of [...plan.leaves, ...plan.groups]) this.nodes.set(node.childId, node);
  }

  end(childId: string, nowMs = 0): GroupDecision {
    const node = this.nodes.get(childId) as PlanNode;
    const decision = decideChildEnd(node, true, this.memory, nowMs, 0.5);
    this.memory = decision.memory;
    return decision;
  }

  get dropped(): string[] {
    return [...this.memory.dropped].map(({ childId }) => childId).sort();
  }

  get counted(): string[] {
    return [...this.memory.restarts.keys()].map(({ childId }) => childId).sort();
  }
}

describe('what a tree of groups remembers', () => {
  it('W6 · a temporary child that has ended, until its group begins anew', () => {
    const bench = new Bench();
    expect(bench.end('u')).to.include({ kind: 'rest' });
    expect(bench.end('v')).to.include({ kind: 'rest' });
    expect(bench.dropped).to.deep.equal(['u', 'v']);
    const all = bench.end('a');
    expect(all).to.deep.include({ kind: 'restart', stops: [5, 4, 3, 2, 1, 0] });
    expect(all, 'those within come back, that of the group itself does not').to.deep.include({
      starts: [0, 2, 3, 4, 5],
    });
    expect(bench.dropped).to.deep.equal(['t']);
  });

  it('W6 · a temporary child that was brought down with its neighbours does not come back later', () => {
    const bench = new Bench();
    bench.end('a');
    expect(bench.end('a', 2_000)).to.deep.include({ starts: [0, 2, 3, 4, 5] });
    expect(bench.dropped).to.deep.equal(['t']);
  });

  it('W6 · restarts of groups below, until they begin anew', () => {
    const bench = new Bench();
    bench.end('x');
    bench.end('y');
    expect(bench.counted).to.deep.equal(['deep', 'within']);
    bench.end('a');
    expect(bench.counted).to.deep.equal(['']);
    expect(bench.end('x')).to.deep.include({ kind: 'restart', fallen: [] });
    expect(bench.end('y')).to.deep.include({ kind: 'restart', fallen: [] });
  });

  it('W6 · what it remembered before it failed, and nothing else', () => {
    const bench = new Bench();
    bench.end('u');
    bench.end('a');
    bench.end('v');
    const failed = bench.end('a');
    expect(failed.kind).to.equal('fail');
    expect(failed.fallen.map(({ childId }) => childId)).to.deep.equal(['']);
    expect(bench.dropped).to.deep.equal(['t', 'v']);
    expect(bench.counted).to.deep.equal(['']);
  });
});

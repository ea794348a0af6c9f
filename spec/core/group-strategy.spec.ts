import { expect } from 'chai';
import * as fc from 'fast-check';
import { type GroupNode, type PlanNode, planGroup } from '../../lib/core/group-plan.ts';
import { resolveGroupSpec } from '../../lib/core/group-spec.ts';
import {
  countRestart,
  decideChildEnd,
  EMPTY_MEMORY,
  type GroupDecision,
} from '../../lib/core/group-strategy.ts';
import { PERIOD_MS, type PlainChild, type PlainGroup, plainGroups } from './group-arbitraries.ts';
import { RUNS } from './property-runs.ts';

/** A group once more, as OTP tells of it: objects that call each other, with state of their own. */
class PlainSupervisor {
  readonly children: PlainNode[];
  readonly #group: PlainGroup;
  #times: number[] = [];

  constructor(group: PlainGroup, count: { instances: number } = { instances: 0 }) {
    this.#group = group;
    this.children = group.children.map((each) => new PlainNode(this, each, count));
  }

  parent: PlainNode | undefined;

  /** What happens when one of the children ends. */
  childEnded(child: PlainNode, isFailure: boolean, nowMs: number): PlainVerdict {
    if (child.restart === 'temporary') child.isGone = true;
    if (child.restart === 'temporary' || (child.restart === 'transient' && !isFailure)) {
      return { kind: 'rest', fallen: [], down: child.instances(), up: [] };
    }
    this.#times = this.#times.filter((time) => time > nowMs - PERIOD_MS);
    this.#times.push(nowMs);
    if (this.#times.length > this.#group.intensity.maxRestarts) {
      const outer = this.parent?.owner.childEnded(this.parent, true, nowMs);
      const verdict = outer ?? { kind: 'fail' as const, fallen: [], down: [], up: [] };
      return { ...verdict, fallen: [this, ...verdict.fallen] };
    }
    const at = this.children.indexOf(child);
    const concerned = this.children.filter((_, index) => {
      if (this.#group.strategy === 'one-for-all') return true;
      return this.#group.strategy === 'rest-for-one' ? index >= at : index === at;
    });
    for (const each of concerned) if (each.restart === 'temporary') each.isGone = true;
    const back = concerned.filter(({ isGone }) => !isGone);
    for (const each of back) each.group?.beginAnew();
    const down = concerned.flatMap((each) => each.instances());
    return { kind: 'restart', fallen: [], down, up: back.flatMap((each) => each.instances()) };
  }

  beginAnew(): void {
    this.#times = [];
    for (const each of this.children) {
      each.isGone = false;
      each.group?.beginAnew();
    }
  }
}

class PlainNode {
  isGone = false;
  readonly restart: PlainChild['restart'];
  readonly owner: PlainSupervisor;
  readonly group: PlainSupervisor | undefined;
  readonly number: number | undefined;

  constructor(owner: PlainSupervisor, child: PlainChild, count: { instances: number }) {
    this.owner = owner;
    this.restart = child.restart;
    this.group = 'group' in child ? new PlainSupervisor(child.group, count) : undefined;
    if (this.group === undefined) this.number = count.instances++;
    else this.group.parent = this;
  }

  instances(): number[] {
    if (this.number !== undefined) return [this.number];
    return this.group?.children.flatMap((each) => each.instances()) ?? [];
  }

  /** Whether it may come back, as far as it and the groups around it are concerned. */
  get isKept(): boolean {
    return !this.isGone && (this.owner.parent?.isKept ?? true);
  }

  /** The leaves below, as nodes. */
  leaves(): PlainNode[] {
    return this.group === undefined ? [this] : this.group.children.flatMap((each) => each.leaves());
  }
}

interface PlainVerdict {
  readonly kind: GroupDecision['kind'];
  readonly fallen: readonly PlainSupervisor[];
  readonly down: readonly number[];
  readonly up: readonly number[];
}

const ends = fc.array(
  fc.record({
    leaf: fc.nat(100),
    isFailure: fc.boolean(),
    afterMs: fc.constantFrom(0, 1, 300, PERIOD_MS - 1, PERIOD_MS),
  }),
  { maxLength: 30, size: 'max' },
);

describe('the decisions of a group', () => {
  it('W6 · are those of supervisors that call each other, for any ends of any instances', () => {
    fc.assert(
      fc.property(plainGroups, ends, (group, sequence) => {
        const plan = planGroup(resolveGroupSpec(group), () => 'g');
        const model = new PlainSupervisor(group);
        const leaves = model.children.flatMap((each) => each.leaves());
        let [now, memory] = [1_000_000, EMPTY_MEMORY];
        for (const { leaf, isFailure, afterMs } of sequence) {
          now += afterMs;
          const number = leaf % leaves.length;
          const plain = leaves[number] as PlainNode;
          // What is not there any more cannot end.
          if (!plain.isKept) continue;
          const verdict = plain.owner.childEnded(plain, isFailure, now);
          const node = plan.leaves[number] as PlanNode;
          const decision = decideChildEnd(node, isFailure, memory, now, 0.5);
          memory = decision.memory;
          expect(decision.kind).to.equal(verdict.kind);
          expect(decision.fallen).to.have.length(verdict.fallen.length);
          if (decision.kind === 'fail') return;
          expect(decision.stops).to.deep.equal([...verdict.down].reverse());
          expect(decision.starts).to.deep.equal(verdict.up);
          const { initialMs } = decision.owner.rules.backoff;
          expect(decision.delayMs).to.equal(decision.kind === 'restart' ? initialMs : 0);
        }
      }),
      RUNS,
    );
  });

  it('W6 · never change what they were given', () => {
    fc.assert(
      fc.property(plainGroups, fc.boolean(), (group, isFailure) => {
        const plan = planGroup(resolveGroupSpec(group), () => 'g');
        const [leaf] = plan.leaves;
        const before = new Map<GroupNode, readonly number[]>([[plan.root, [5]]]);
        const memory = { restarts: before, dropped: new Set<PlanNode>() };
        const decide = (): GroupDecision =>
          decideChildEnd(leaf as PlanNode, isFailure, memory, 6, 0.5);
        expect(decide()).to.deep.equal(decide());
        expect(memory.dropped.size).to.equal(0);
        expect(before).to.deep.equal(new Map([[plan.root, [5]]]));
      }),
      RUNS,
    );
  });

  it('W6 · a restart counts until it is as old as the period', () => {
    const times = fc.array(fc.nat(3_000), { maxLength: 20 });
    fc.assert(
      fc.property(times, fc.nat(5), fc.integer({ min: 1, max: 2_000 }), (gaps, max, periodMs) => {
        let [now, history]: [number, readonly number[]] = [0, []];
        const all: number[] = [];
        for (const gap of gaps) {
          now += gap;
          all.push(now);
          const counted = countRestart({ maxRestarts: max, periodMs }, history, now);
          const young = all.filter((time) => now - time < periodMs);
          expect(counted.history).to.deep.equal(young);
          expect(counted.isExceeded).to.equal(young.length > max);
          history = counted.history;
        }
      }),
      RUNS,
    );
  });
});

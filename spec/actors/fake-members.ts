import { expect } from 'chai';
import { GroupActor } from '../../lib/actors/group-actor.ts';
import { WasmatrixError } from '../../lib/core/errors.ts';
import { type GroupPlan, planGroup } from '../../lib/core/group-plan.ts';
import type { StopMode } from '../../lib/core/group-procedure.ts';
import { resolveGroupSpec } from '../../lib/core/group-spec.ts';
import type { RestartDecision } from '../../lib/core/restart-policy.ts';
import type { PlainGroup } from '../core/group-arbitraries.ts';
import { SimulatedClock } from '../simulated-clock.ts';

/** What a member is doing, as its own machine would have it. */
type FakePhase =
  | 'none'
  | 'starting'
  | 'up'
  | 'holding'
  | 'held'
  | 'ending'
  /** It was held when somebody else stopped it. */
  | 'leaving';

interface FakeMember {
  phase: FakePhase;
  /** Whether its machine has run already. */
  hasRun: boolean;
  /** While it ends: whether somebody else asked for that. */
  wasAsked: boolean;
  error: WasmatrixError | undefined;
  /** Whether the group has asked it to stop since it was last started. */
  isCalled: boolean;
}

const isDown = ({ phase }: FakeMember): boolean =>
  phase === 'none' || phase === 'held' || phase === 'leaving';

const hasMachine = ({ phase }: FakeMember): boolean => phase !== 'none' && phase !== 'leaving';

/** A group with members without threads: they do what a spec says, when it says so. */
export class GroupBench {
  readonly clock = new SimulatedClock();
  readonly plan: GroupPlan;
  readonly group: GroupActor;
  readonly members: FakeMember[];
  readonly fallen: string[] = [];
  /** What the group has asked for, in order. */
  readonly asked: string[] = [];
  ends = 0;
  /** How the start came out, once it has. */
  start: 'ran' | WasmatrixError | undefined;
  hasStopped = false;
  /** Whether the group has been told to end, or has decided it. */
  isEnding = false;

  constructor(spec: PlainGroup) {
    let groups = 0;
    this.plan = planGroup(resolveGroupSpec(spec), () => `g${groups++}`);
    this.members = this.plan.leaves.map(() => ({
      phase: 'none',
      hasRun: false,
      wasAsked: false,
      error: undefined,
      isCalled: false,
    }));
    this.group = new GroupActor(this.plan, {
      clock: this.clock,
      random: () => 0.5,
      start: (leaf) => this.#start(leaf),
      stop: (leaf, mode) => this.#stop(leaf, mode),
      onFallen: ({ groupId, first, end }) => {
        for (const each of this.members.slice(first, end)) expect(isDown(each)).to.equal(true);
        this.fallen.push(groupId);
      },
      onEnded: () => {
        this.ends += 1;
      },
    });
  }

  /** Whether the order of the whole group is one: everybody below the root, bound to each other. */
  get isOrdered(): boolean {
    const { groups, root } = this.plan;
    return groups.length === 1 && root.rules.strategy !== 'one-for-one';
  }

  begin(): void {
    const start = this.group.start();
    start.then(
      () => {
        this.start = 'ran';
      },
      (error: WasmatrixError) => {
        this.start = error;
      },
    );
  }

  at(leaf: number): FakeMember {
    return this.members[leaf] as FakeMember;
  }

  #start(leaf: number): void {
    const member = this.at(leaf);
    this.asked.push(`start ${leaf}`);
    member.isCalled = false;
    // Somebody else has stopped it while it waited, which is not told yet.
    if (member.phase === 'leaving') return;
    expect(isDown(member), `${leaf} is down before it is started`).to.equal(true);
    expect(this.isEnding, 'nobody is started at the end').to.equal(false);
    if (this.isOrdered) this.#expectDownBehind(leaf);
    if (member.phase === 'none') member.hasRun = false;
    member.phase = 'starting';
  }

  #stop(leaf: number, mode: StopMode): void {
    const member = this.at(leaf);
    this.asked.push(`${mode} ${leaf}`);
    member.isCalled = true;
    if (this.isOrdered || this.isEnding) this.#expectDownBehind(leaf, mode);
    if (member.phase === 'held') expect(mode).to.equal('end');
    // Who was asked by others to end does not stay; who is gone has not been told of yet.
    if (member.wasAsked || member.phase === 'ending') return;
    expect(member.phase, `${leaf} is there to be stopped`).to.not.equal('none');
    member.phase = mode === 'hold' ? 'holding' : 'ending';
  }

  #expectDownBehind(leaf: number, mode?: StopMode): void {
    for (const each of this.members.slice(leaf + 1)) {
      const isOut = mode === 'end' && this.isEnding ? !hasMachine(each) : isDown(each);
      expect(isOut, `those behind ${leaf} are down first`).to.equal(true);
    }
  }

  /** What it is about to do comes to its end. */
  answer(leaf: number): void {
    const member = this.at(leaf);
    if (member.phase === 'starting') {
      member.phase = 'up';
      member.hasRun = true;
      this.group.running(leaf);
    } else if (member.phase === 'holding') {
      member.phase = 'held';
      this.group.held(leaf);
    } else if (member.phase === 'ending' || member.phase === 'leaving') {
      const { wasAsked, error } = member;
      Object.assign(member, { phase: 'none', wasAsked: false, error: undefined });
      // A machine that the group has ended was asked to, too.
      this.group.gone(leaf, { wasAsked: wasAsked || error === undefined, error });
    }
  }

  /** It ends by itself; undefined where it has nothing to end, or never ran. */
  end(leaf: number, isFailure: boolean): RestartDecision | undefined {
    const member = this.at(leaf);
    if (member.phase === 'starting' && !member.hasRun) {
      member.phase = 'ending';
      member.error = new WasmatrixError('WASM_RUNTIME_ERROR', 'it could not be started');
      return undefined;
    }
    if (member.phase !== 'up' && member.phase !== 'starting') return undefined;
    const decision = this.group.judge(leaf, isFailure);
    member.phase = decision.kind === 'restart' ? 'holding' : 'ending';
    if (decision.kind === 'give-up') {
      member.error = new WasmatrixError('CRASH_DETECTED', decision.why);
    }
    return decision;
  }

  /** Somebody else stops it. */
  stopByCaller(leaf: number): boolean {
    const member = this.at(leaf);
    if (['none', 'ending', 'leaving'].includes(member.phase)) return false;
    member.phase = member.phase === 'held' ? 'leaving' : 'ending';
    member.wasAsked = true;
    return true;
  }

  stop(): void {
    this.isEnding = true;
    void this.group.stop().then(() => {
      this.hasStopped = true;
    });
  }

  /** Lets everything come to its end that is under way. */
  settle(): void {
    for (let turn = 0; turn < 10_000; turn++) {
      const busy = this.members.findIndex(({ phase }) =>
        ['starting', 'holding', 'ending', 'leaving'].includes(phase),
      );
      if (busy !== -1) this.answer(busy);
      else if (this.clock.pending > 0) this.clock.advance(200);
      else return;
    }
    expect.fail('the group never comes to rest');
  }
}

import type { Clock } from '../core/clock.ts';
import type { WasmatrixError } from '../core/errors.ts';
import { childToward, type GroupNode, type GroupPlan, type PlanNode } from '../core/group-plan.ts';
import {
  type MemberState,
  mergedProcedure,
  nextStep,
  type Procedure,
  type ProcedureStep,
  type StopMode,
  touches,
} from '../core/group-procedure.ts';
import {
  decideChildEnd,
  EMPTY_MEMORY,
  type GroupDecision,
  type GroupMemory,
  isRestartedAfter,
} from '../core/group-strategy.ts';
import type { RestartDecision } from '../core/restart-policy.ts';
import {
  groupStopped,
  intensityExceeded,
  secondStartFailed,
  supervisorClosed,
} from './group-failures.ts';
import type { MemberGone } from './group-membership.ts';

/** What a group does to its members, by their numbers, and whom it tells. */
export interface GroupPorts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Is answered by `running`, or by `gone`. */
  start(leaf: number): void;
  /** Is answered by `held` or by `gone`. */
  stop(leaf: number, mode: StopMode, graceMs: number): void;
  /** A group has exceeded its intensity, and everything in it is down. */
  onFallen(group: GroupNode): void;
  /** Nothing of the outermost group is left. */
  onEnded(): void;
}

type GiveUp = Extract<RestartDecision, { readonly kind: 'give-up' }>;

const giveUp = (why: GiveUp['why']): GiveUp => ({ kind: 'give-up', why, history: [] });

/** One tree of groups: has the pure core decide what follows from an end, and does it step by step. */
export class GroupActor {
  readonly #plan: GroupPlan;
  readonly #ports: GroupPorts;
  readonly #states: MemberState[];
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #procedures: readonly Procedure[] = [];
  #memory: GroupMemory = EMPTY_MEMORY;
  /** Why the group comes to its end. */
  #ending: WasmatrixError | undefined;
  #graceMs: number | undefined;
  #isOver = false;
  #isAdvancing = false;
  #hasNews = false;
  #timer: unknown;

  constructor(plan: GroupPlan, ports: GroupPorts) {
    this.#plan = plan;
    this.#ports = ports;
    this.#states = plan.leaves.map(() => ({ phase: 'gone', mode: undefined }));
    // Who does not wait for the start hears of its failure by the facts.
    this.#started.promise.catch(() => undefined);
  }

  /** Resolves when nothing of the group is left. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /**
   * Starts the members one after another; resolves when all run.
   *
   * @throws why one could not be started; all others are gone then.
   */
  start(): Promise<void> {
    const { root, leaves } = this.#plan;
    const starts = leaves.map(({ first }) => first);
    const all = { owner: root, isFirst: true, stops: [], starts, dueMs: 0, fallen: [] };
    this.#procedures = [all];
    this.#advance();
    return this.#started.promise;
  }

  /**
   * Stops the members in reverse order; resolves when nothing is left.
   *
   * @param graceMs - how long running calls may go on, in the place of what each member has.
   */
  stop(graceMs?: number): Promise<void> {
    if (graceMs !== undefined) this.#graceMs = Math.min(this.#graceMs ?? graceMs, graceMs);
    if (this.#ending === undefined) {
      this.#end(groupStopped(this.#plan.root), []);
    } else if (graceMs !== undefined) {
      for (const [leaf, { phase, mode }] of this.#states.entries()) {
        if (phase === 'stopping' && mode === 'end') this.#ports.stop(leaf, 'end', graceMs);
      }
    }
    this.#advance();
    return this.ended;
  }

  /** Lets go of everything at once; the members are somebody else's to end. Idempotent. */
  destroy(): void {
    this.#over(supervisorClosed());
  }

  #over(error: WasmatrixError): void {
    this.#isOver = true;
    this.#procedures = [];
    this.#ports.clock.clearTimeout(this.#timer);
    this.#started.reject(error);
    this.#ended.resolve();
  }

  /**
   * A member has ended by itself: what its machine is to do. What follows for others begins when it is
   * really down.
   */
  judge(leaf: number, isFailure: boolean): RestartDecision {
    const { phase } = this.#stateOf(leaf);
    const decision = this.#decide(leaf, isFailure, phase);
    const mode = decision.kind === 'restart' ? 'hold' : 'end';
    this.#states[leaf] = { phase: 'stopping', mode };
    return decision;
  }

  running(leaf: number): void {
    if (this.#stateOf(leaf).phase !== 'starting') return;
    this.#states[leaf] = { phase: 'up', mode: undefined };
    this.#advance();
  }

  held(leaf: number): void {
    const { phase, mode } = this.#stateOf(leaf);
    // One that is to end after all is on its way: that it is gone will be told.
    if (phase !== 'stopping' || mode === 'end') return;
    this.#states[leaf] = { phase: 'held', mode: undefined };
    this.#advance();
  }

  gone(leaf: number, { wasAsked, error }: MemberGone): void {
    const { phase, mode } = this.#stateOf(leaf);
    this.#states[leaf] = { phase: 'gone', mode: undefined };
    if (phase !== 'stopping' || mode === 'hold') {
      if (wasAsked) this.#park(leaf);
      else if (phase !== 'stopping') this.#decide(leaf, true, phase, error);
    }
    this.#advance();
  }

  /** Somebody else has stopped it: it stays down until its neighbours begin anew. */
  #park(leaf: number): void {
    this.#procedures = this.#procedures.map((each) => ({
      ...each,
      starts: each.starts.filter((other) => other !== leaf),
    }));
    const node = this.#nodeOf(leaf);
    if (node.restart !== 'temporary') return;
    this.#memory = { ...this.#memory, dropped: new Set([...this.#memory.dropped, node]) };
  }

  #decide(
    leaf: number,
    isFailure: boolean,
    phase: MemberState['phase'],
    error?: WasmatrixError,
  ): RestartDecision {
    if (this.#ending !== undefined || this.#isOver) return giveUp('group-stopping');
    const node = this.#nodeOf(leaf);
    const now = this.#ports.clock.now();
    const pending = this.#procedures.find(({ starts }) => starts.includes(leaf));
    if (pending?.isFirst === true && phase === 'starting') {
      this.#end(error ?? secondStartFailed(this.#plan.root, node), []);
      return giveUp('group-stopping');
    }
    const isStartFailure = pending !== undefined && phase === 'starting';
    if (pending !== undefined && !isStartFailure && !isRestartedAfter(node.restart, isFailure)) {
      // A good end before it was to be stopped: it begins anew with the others.
      return { kind: 'restart', delayMs: Math.max(0, pending.dueMs - now), history: [] };
    }
    const child = pending === undefined ? node : childToward(pending.owner, node);
    const hasFailed = isFailure || isStartFailure;
    const decision = decideChildEnd(child, hasFailed, this.#memory, now, this.#ports.random());
    this.#memory = decision.memory;
    if (decision.kind === 'fail') {
      this.#end(intensityExceeded(this.#plan.root), decision.fallen);
      return giveUp('retries-exhausted');
    }
    const procedure = this.#follow(decision, now);
    if (procedure.starts.includes(leaf)) {
      return { kind: 'restart', delayMs: Math.max(0, procedure.dueMs - now), history: [] };
    }
    if (decision.fallen.length > 0) return giveUp('retries-exhausted');
    return giveUp(hasFailed ? 'policy-never' : 'completed');
  }

  #follow(decision: Extract<GroupDecision, { readonly owner: unknown }>, now: number): Procedure {
    const { owner, stops, starts, delayMs, fallen } = decision;
    const affected = new Set(stops);
    const touched = this.#procedures.filter((each) => touches(each, affected));
    const decided = { owner, isFirst: false, stops, starts, dueMs: now + delayMs, fallen };
    const merged = mergedProcedure(decided, touched, (leaf) => this.#isDropped(leaf));
    this.#procedures = [...this.#procedures.filter((each) => !touched.includes(each)), merged];
    return merged;
  }

  #isDropped(leaf: number): boolean {
    let node: PlanNode | undefined = this.#nodeOf(leaf);
    for (; node !== undefined; node = node.parent) if (this.#memory.dropped.has(node)) return true;
    return false;
  }

  #end(reason: WasmatrixError, fallen: readonly GroupNode[]): void {
    this.#ending = reason;
    const { root, leaves } = this.#plan;
    const stops = leaves.map(({ first }) => first).reverse();
    const told = [...this.#procedures.flatMap((each) => each.fallen), ...fallen];
    const last = { owner: root, isFirst: false, stops, starts: [], dueMs: 0, fallen: told };
    this.#procedures = [last];
  }

  /** Takes every step that can be taken now. What the members answer at once is taken up as well. */
  #advance(): void {
    this.#hasNews = true;
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    const { clock } = this.#ports;
    let wakeAtMs = Number.POSITIVE_INFINITY;
    while (this.#hasNews) {
      this.#hasNews = false;
      wakeAtMs = Number.POSITIVE_INFINITY;
      for (const procedure of this.#procedures) {
        const { procedure: rest, step } = nextStep(procedure, (n) => this.#stateOf(n), clock.now());
        this.#procedures = this.#procedures.map((each) => (each === procedure ? rest : each));
        if (step.kind === 'sleep') wakeAtMs = Math.min(wakeAtMs, step.untilMs);
        else if (this.#take(rest, step)) this.#hasNews = true;
        // Whatever was done may have changed all of them.
        if (this.#hasNews) break;
      }
    }
    this.#isAdvancing = false;
    clock.clearTimeout(this.#timer);
    if (wakeAtMs === Number.POSITIVE_INFINITY || this.#isOver) return;
    this.#timer = clock.setTimeout(() => this.#advance(), wakeAtMs - clock.now());
  }

  /** @returns whether anything was done. */
  #take(procedure: Procedure, step: Exclude<ProcedureStep, { readonly kind: 'sleep' }>): boolean {
    switch (step.kind) {
      case 'wait':
        return false;
      case 'stop': {
        const { leaf, mode } = step;
        this.#states[leaf] = { phase: 'stopping', mode };
        const shutdownMs = this.#plan.members[leaf]?.shutdownMs ?? 0;
        this.#ports.stop(leaf, mode, this.#graceMs ?? shutdownMs);
        return true;
      }
      case 'start':
        this.#states[step.leaf] = { phase: 'starting', mode: undefined };
        this.#ports.start(step.leaf);
        return true;
      case 'down':
        this.#procedures = this.#procedures.map((each) =>
          each === procedure ? { ...each, fallen: [] } : each,
        );
        for (const group of procedure.fallen) this.#ports.onFallen(group);
        return true;
      case 'done':
        this.#procedures = this.#procedures.filter((each) => each !== procedure);
        if (procedure.isFirst) this.#started.resolve();
        if (this.#ending !== undefined && !this.#isOver) {
          this.#over(this.#ending);
          this.#ports.onEnded();
        }
        return true;
    }
  }

  #stateOf(leaf: number): MemberState {
    return this.#states[leaf] ?? { phase: 'gone', mode: undefined };
  }

  #nodeOf(leaf: number): GroupPlan['leaves'][number] {
    const node = this.#plan.leaves[leaf];
    if (node === undefined) throw new Error(`the group has no member ${leaf}`);
    return node;
  }
}

import { backoffDelayMs } from './backoff.ts';
import { type GroupNode, leavesOf, type PlanNode } from './group-plan.ts';
import type { ChildRestart, GroupIntensity } from './group-spec.ts';

/**
 * What a tree of groups remembers of what has happened; never changed in place.
 *
 * @internal
 */
export interface GroupMemory {
  /** Times of the restarts that count, by group. */
  readonly restarts: ReadonlyMap<GroupNode, readonly number[]>;
  /** Temporary children that have ended: they do not come back with their group's restarts. */
  readonly dropped: ReadonlySet<PlanNode>;
}

/**
 * Before anything has happened.
 *
 * @internal
 */
export const EMPTY_MEMORY: GroupMemory = { restarts: new Map(), dropped: new Set() };

/**
 * What is to be done about the end of a child.
 *
 * @internal
 */
export type GroupDecision =
  | {
      /** `rest`: nobody is started for it. */
      readonly kind: 'restart' | 'rest';
      /** The group that restarts. */
      readonly owner: GroupNode;
      /** Instances that have to be down first, in the order of stops. */
      readonly stops: readonly number[];
      /** Instances that are started when the others are down, in this order. */
      readonly starts: readonly number[];
      readonly delayMs: number;
      /** Groups whose intensity was exceeded on the way, the innermost first. */
      readonly fallen: readonly GroupNode[];
      readonly memory: GroupMemory;
    }
  | {
      /** The outermost group has failed. */
      readonly kind: 'fail';
      readonly fallen: readonly GroupNode[];
      readonly memory: GroupMemory;
    };

/**
 * Whether a child is restarted after an end of that kind.
 *
 * @internal
 */
export function isRestartedAfter(restart: ChildRestart, isFailure: boolean): boolean {
  return restart === 'permanent' || (restart === 'transient' && isFailure);
}

/**
 * Counts one more restart: only those younger than the period count, this one among them.
 *
 * @param history - times of earlier restarts, as the last count returned them.
 * @internal
 */
export function countRestart(
  { maxRestarts, periodMs }: Required<GroupIntensity>,
  history: readonly number[],
  nowMs: number,
): { readonly history: readonly number[]; readonly isExceeded: boolean } {
  const recent = [...history.filter((time) => nowMs - time < periodMs), nowMs];
  return { history: recent, isExceeded: recent.length > maxRestarts };
}

/** The children that a strategy begins anew for one of them, in the order of starts. */
function affectedChildren(group: GroupNode, child: PlanNode): readonly PlanNode[] {
  switch (group.rules.strategy) {
    case 'one-for-one':
      return [child];
    case 'one-for-all':
      return group.children;
    case 'rest-for-one':
      return group.children.slice(group.children.indexOf(child));
  }
}

/**
 * Decides about the end of a child; a function of its arguments alone. A group that has restarted too
 * often has failed, which is the end of a child for the group around it (OTP's supervisors,
 * https://www.erlang.org/doc/system/sup_princ.html).
 *
 * @param child - what has ended.
 * @param nowMs - on the clock of `memory`.
 * @param random - in [0, 1).
 * @internal
 */
export function decideChildEnd(
  child: PlanNode,
  isFailure: boolean,
  memory: GroupMemory,
  nowMs: number,
  random: number,
): GroupDecision {
  const restarts = new Map(memory.restarts);
  const fallen: GroupNode[] = [];
  let [ended, hasFailed] = [child, isFailure];
  for (;;) {
    const group = ended.parent;
    if (group === undefined) return { kind: 'fail', fallen, memory: { ...memory, restarts } };
    if (!isRestartedAfter(ended.restart, hasFailed)) {
      return resting(ended, group, fallen, { ...memory, restarts });
    }
    const { intensity, backoff } = group.rules;
    const { history, isExceeded } = countRestart(intensity, restarts.get(group) ?? [], nowMs);
    if (!isExceeded) {
      restarts.set(group, history);
      const delayMs = backoffDelayMs(backoff, history.length, random);
      return { ...restarting(ended, group, { ...memory, restarts }), fallen, delayMs };
    }
    fallen.push(group);
    [ended, hasFailed] = [group, true];
  }
}

function resting(
  ended: PlanNode,
  owner: GroupNode,
  fallen: readonly GroupNode[],
  memory: GroupMemory,
): GroupDecision {
  const dropped = new Set(memory.dropped);
  if (ended.restart === 'temporary') dropped.add(ended);
  return {
    kind: 'rest',
    owner,
    stops: leavesOf([ended]).reverse(),
    starts: [],
    delayMs: 0,
    fallen,
    memory: { ...memory, dropped },
  };
}

function restarting(
  ended: PlanNode,
  owner: GroupNode,
  memory: GroupMemory,
): Omit<Extract<GroupDecision, { kind: 'restart' | 'rest' }>, 'fallen' | 'delayMs'> {
  const dropped = new Set(memory.dropped);
  const restarts = new Map(memory.restarts);
  const affected = affectedChildren(owner, ended);
  const started = affected.filter((each) => {
    if (each.restart === 'temporary') dropped.add(each);
    return !dropped.has(each);
  });
  for (const each of started) forgetBelow(each, restarts, dropped);
  return {
    kind: 'restart',
    owner,
    stops: leavesOf(affected).reverse(),
    starts: leavesOf(started),
    memory: { restarts, dropped },
  };
}

/** A group that begins anew remembers nothing of its former life. */
function forgetBelow(
  node: PlanNode,
  restarts: Map<GroupNode, readonly number[]>,
  dropped: Set<PlanNode>,
): void {
  if (node.kind === 'leaf') return;
  restarts.delete(node);
  for (const child of node.children) {
    dropped.delete(child);
    forgetBelow(child, restarts, dropped);
  }
}

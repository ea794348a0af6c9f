import { type GroupNode, outerOf } from './group-plan.ts';

/**
 * What a group knows of a member: `held` is down and waits for the group's word, `gone` is down and has to
 * be made anew.
 *
 * @internal
 */
export type MemberPhase = 'gone' | 'held' | 'starting' | 'up' | 'stopping';

/**
 * How a member is stopped: to be started again, or for good.
 *
 * @internal
 */
export type StopMode = 'hold' | 'end';

/**
 * A member as its group knows it.
 *
 * @internal
 */
export interface MemberState {
  readonly phase: MemberPhase;
  /** While it is stopping: what was asked of it. */
  readonly mode: StopMode | undefined;
}

/**
 * Instances that are brought down one by one, the last first, and then up one by one, the first first.
 *
 * @internal
 */
export interface Procedure {
  /** The group whose decision it is; a start that fails is the failure of a child of this group. */
  readonly owner: GroupNode;
  /** Whether it is the first start of all, which a failing start ends. */
  readonly isFirst: boolean;
  /** Numbers of instances, falling. */
  readonly stops: readonly number[];
  /** Numbers of instances, rising. */
  readonly starts: readonly number[];
  /** Nothing is started before. */
  readonly dueMs: number;
  /** Groups that have failed; told when their instances are down. */
  readonly fallen: readonly GroupNode[];
}

/**
 * One procedure in the place of a decision and of the procedures that it touches: all of them begin anew
 * together.
 *
 * @param isDropped - whether an instance may not come back.
 * @internal
 */
export function mergedProcedure(
  decided: Procedure,
  touched: readonly Procedure[],
  isDropped: (leaf: number) => boolean,
): Procedure {
  const all = [decided, ...touched];
  const starts = new Set(all.flatMap((each) => each.starts).filter((leaf) => !isDropped(leaf)));
  const stops = new Set(all.flatMap((each) => [...each.stops, ...each.starts]));
  return {
    owner: touched.reduce((owner, each) => outerOf(owner, each.owner), decided.owner),
    isFirst: all.some(({ isFirst }) => isFirst),
    stops: [...stops].sort((a, b) => b - a),
    starts: [...starts].sort((a, b) => a - b),
    dueMs: Math.max(...all.map(({ dueMs }) => dueMs)),
    fallen: [...touched.flatMap(({ fallen }) => fallen), ...decided.fallen],
  };
}

/**
 * Whether a procedure has to do with any of some instances.
 *
 * @internal
 */
export function touches({ stops, starts }: Procedure, leaves: ReadonlySet<number>): boolean {
  return [...stops, ...starts].some((leaf) => leaves.has(leaf));
}

/**
 * What a procedure does next.
 *
 * @internal
 */
export type ProcedureStep =
  | { readonly kind: 'stop'; readonly leaf: number; readonly mode: StopMode }
  | { readonly kind: 'start'; readonly leaf: number }
  /** Everything is down that had to be. */
  | { readonly kind: 'down' }
  | { readonly kind: 'sleep'; readonly untilMs: number }
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' };

/**
 * The procedure without what it has achieved, and its next step; a function of its arguments alone.
 *
 * @internal
 */
export function nextStep(
  procedure: Procedure,
  stateOf: (leaf: number) => MemberState,
  nowMs: number,
): { readonly procedure: Procedure; readonly step: ProcedureStep } {
  const modeOf = (leaf: number): StopMode => (procedure.starts.includes(leaf) ? 'hold' : 'end');
  const isDown = (leaf: number): boolean => {
    const { phase } = stateOf(leaf);
    return phase === 'gone' || (phase === 'held' && modeOf(leaf) === 'hold');
  };
  const open = procedure.stops.findIndex((leaf) => !isDown(leaf));
  const stops = open === -1 ? [] : procedure.stops.slice(open);
  const [leaf] = stops;
  if (leaf !== undefined) {
    const { phase, mode } = stateOf(leaf);
    // Who ends for good is not asked to stay: it is made anew where it is wanted again.
    const isAsked = phase === 'stopping' && (mode === 'end' || mode === modeOf(leaf));
    const step: ProcedureStep = isAsked
      ? { kind: 'wait' }
      : { kind: 'stop', leaf, mode: modeOf(leaf) };
    return { procedure: { ...procedure, stops }, step };
  }
  if (procedure.fallen.length > 0) {
    return { procedure: { ...procedure, stops }, step: { kind: 'down' } };
  }
  const closed = procedure.starts.findIndex((each) => stateOf(each).phase !== 'up');
  const starts = closed === -1 ? [] : procedure.starts.slice(closed);
  const rest = { ...procedure, stops, starts };
  return { procedure: rest, step: startStep(rest, stateOf, nowMs) };
}

function startStep(
  { starts, dueMs }: Procedure,
  stateOf: (leaf: number) => MemberState,
  nowMs: number,
): ProcedureStep {
  const [leaf] = starts;
  if (leaf === undefined) return { kind: 'done' };
  if (nowMs < dueMs) return { kind: 'sleep', untilMs: dueMs };
  const { phase } = stateOf(leaf);
  return phase === 'held' || phase === 'gone' ? { kind: 'start', leaf } : { kind: 'wait' };
}

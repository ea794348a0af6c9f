import { WasmatrixError } from '../core/errors.ts';
import type { GroupNode, LeafNode } from '../core/group-plan.ts';

/** Why a start did not come to its end: somebody stopped the group. */
export function groupStopped({ groupId }: GroupNode): WasmatrixError {
  return new WasmatrixError('CRASH_DETECTED', 'the group was stopped', { groupId });
}

/** Why a start did not come to its end: the supervisor was destroyed. */
export function supervisorClosed(): WasmatrixError {
  return new WasmatrixError('INVALID_REQUEST', 'the supervisor is closed');
}

/** Why a start failed: a member that had run did not come back before the last one ran. */
export function secondStartFailed({ groupId }: GroupNode, { childId }: LeafNode): WasmatrixError {
  const details = { groupId, childId };
  return new WasmatrixError('CRASH_DETECTED', `${childId} could not be started again`, details);
}

/** Why a group has failed. */
export function intensityExceeded({ groupId, rules }: GroupNode): WasmatrixError {
  const { maxRestarts, periodMs } = rules.intensity;
  const message = `the group restarted more than ${maxRestarts} times in ${periodMs} ms`;
  const details = { groupId, maxRestarts, periodMs };
  return new WasmatrixError('RESTART_POLICY_VIOLATION', message, details);
}

import { invalidField } from './errors.ts';
import type { ExecutionEvent } from './execution-event.ts';
import { plainRecord, within } from './field-checks.ts';
import { PermissionSet } from './permissions.ts';
import type { RequiredPermission } from './provider.ts';

/** As many as one assignment may hold. */
const MAX_PERMISSIONS = 1_000;

/** As many as one instance may hold. */
const MAX_CAPABILITIES = 256;

/**
 * A recorded capability call.
 *
 * @public
 */
export interface ExplainedCall {
  /** The number of the fact that records it. */
  readonly seq: number;
  readonly instanceId: string;
  readonly operation: string;
  /** The assignment that served or refused it; absent where none concerned it. */
  readonly capabilityId?: string;
}

/**
 * A recorded call that the permissions would have refused.
 *
 * @public
 */
export interface ExplainedDenial extends ExplainedCall {
  /** What is not covered; empty where the call needs any permission at all and there is none. */
  readonly missing: readonly RequiredPermission[];
  /** Whether it was refused then, too. */
  readonly wasDenied: boolean;
}

/**
 * What a set of permissions would have made of recorded calls.
 *
 * @public
 */
export interface PolicyExplanation {
  /** Calls that were judged: `wouldAllow` and those in `wouldDeny`. */
  readonly calls: number;
  readonly wouldAllow: number;
  /** In the order of the history, whether they were refused then or not. */
  readonly wouldDeny: readonly ExplainedDenial[];
  /** Calls that were refused then and would be served now. */
  readonly wouldNewlyAllow: readonly ExplainedCall[];
  /**
   * Permissions without which each recorded call would have been decided alike. With permissions by
   * capability: those that are needed by none of the capabilities that hold them.
   */
  readonly unused: readonly string[];
  /** Facts of calls that do not tell what the call needed, and so were not judged. */
  readonly unjudged: number;
  /** Whether every call is known that there was: no gap in the history, none unrecorded or unjudged. */
  readonly isComplete: boolean;
}

/**
 * Tries permissions against what happened: which of the recorded calls a grant that holds them would
 * have served, and which refused. Calls that were served are facts only where the supervisor records
 * them; those that were refused always are, up to a rate.
 *
 * @param history - facts as `executionEvents()` answers them, all of them: what a narrower query has
 * left out is a gap. Facts that are not about capability calls are passed over.
 * @param permissions - a list stands for one grant that every call is judged by. An object holds the
 * permissions of each capability, and a call is judged by the one that it was served or refused by;
 * without permissions there, it is denied.
 * @param filter - `instanceId`: judges the calls of this instance only.
 * @throws `INVALID_REQUEST` naming the permission that is none.
 *
 * @example
 * ```ts
 * const history = await supervisor.executionEvents();
 * const { wouldDeny, unused, isComplete } = explainPolicy(history, ['kv:read', 'kv:write:hits*']);
 * for (const { seq, operation, missing } of wouldDeny) console.log(seq, operation, missing);
 * ```
 * @public
 */
export function explainPolicy(
  history: readonly ExecutionEvent[],
  permissions: readonly string[] | { readonly [capabilityId: string]: readonly string[] },
  filter: { readonly instanceId?: string } = {},
): PolicyExplanation {
  if (!Array.isArray(history)) throw invalidField('history', 'must be an array of facts');
  const grantOf = grantsFrom(permissions);
  const wouldDeny: ExplainedDenial[] = [];
  const wouldNewlyAllow: ExplainedCall[] = [];
  let [calls, unjudged, hasUnrecorded] = [0, 0, false];
  for (const event of history as readonly ExecutionEvent[]) {
    if (event.type !== 'capability_called' && event.type !== 'capability_denied') continue;
    if (filter.instanceId !== undefined && event.instanceId !== filter.instanceId) continue;
    hasUnrecorded ||= Boolean(event.details['unrecorded']);
    const call = callFrom(event);
    const required = requiredFrom(event.details['required']);
    const wasDenied = event.type === 'capability_denied';
    // Where no grant concerned a call, nobody has asked what it needs.
    const isUnasked = wasDenied && call?.capabilityId === undefined && required?.length === 0;
    if (call === undefined || required === undefined || isUnasked) {
      unjudged += 1;
      continue;
    }
    calls += 1;
    const grant = grantOf.of(call.capabilityId);
    grant.note(required);
    const missing = required.filter((each) => !grant.allows(each));
    if (missing.length > 0 || (required.length === 0 && !grant.holdsAny)) {
      wouldDeny.push({ ...call, missing, wasDenied });
    } else if (wasDenied) {
      wouldNewlyAllow.push(call);
    }
  }
  return {
    calls,
    wouldAllow: calls - wouldDeny.length,
    wouldDeny,
    wouldNewlyAllow,
    unused: grantOf.unused(),
    unjudged,
    isComplete: unjudged === 0 && !hasUnrecorded && isGapless(history),
  };
}

/** The permissions of one grant, with a note of those that made a difference. */
class TriedGrant {
  readonly holdsAny: boolean;
  readonly #permissions: PermissionSet;
  readonly #idle = new Map<string, PermissionSet>();
  readonly #first: string | undefined;
  #isUsed = false;
  #isAnyNeeded = false;

  constructor(permissions: readonly string[], field: string) {
    if (permissions.length > MAX_PERMISSIONS) {
      throw invalidField(field, `must have at most ${MAX_PERMISSIONS} entries`);
    }
    this.#permissions = new PermissionSet(permissions, field);
    this.holdsAny = permissions.length > 0;
    this.#first = permissions[0];
    for (const each of permissions) this.#idle.set(each, new PermissionSet([each]));
  }

  allows(required: RequiredPermission): boolean {
    return this.#permissions.allows(required);
  }

  note(required: readonly RequiredPermission[]): void {
    if (required.length === 0) this.#isAnyNeeded = true;
    for (const { action, scope, isNarrowing } of required) {
      // One that narrows makes a difference to what it does not cover: it refuses that.
      const touched = isNarrowing || scope === undefined ? { action } : { action, scope };
      for (const [permission, alone] of this.#idle) {
        if (!alone.allows(touched)) continue;
        this.#idle.delete(permission);
        this.#isUsed = true;
      }
    }
  }

  /** What none of the noted calls has needed. */
  idle(): ReadonlySet<string> {
    const idle = new Set(this.#idle.keys());
    // A call that needs any permission at all needs one of them, if no other call does.
    if (this.#isAnyNeeded && !this.#isUsed && this.#first !== undefined) idle.delete(this.#first);
    return idle;
  }
}

interface TriedGrants {
  of(capabilityId: string | undefined): TriedGrant;
  unused(): readonly string[];
}

function grantsFrom(permissions: unknown): TriedGrants {
  if (Array.isArray(permissions)) {
    const only = new TriedGrant(permissions, 'permissions');
    return { of: () => only, unused: () => [...only.idle()] };
  }
  const entries = Object.entries(plainRecord(permissions, 'permissions'));
  if (entries.length > MAX_CAPABILITIES) {
    throw invalidField('permissions', `must have at most ${MAX_CAPABILITIES} entries`);
  }
  const lists = new Map<string, readonly string[]>();
  const grants = new Map<string, TriedGrant>();
  for (const [capabilityId, list] of entries) {
    const field = within('permissions', capabilityId.slice(0, 128));
    if (!Array.isArray(list)) throw invalidField(field, 'must be an array of permissions');
    lists.set(capabilityId, list as readonly string[]);
    grants.set(capabilityId, new TriedGrant(list, field));
  }
  const none = new TriedGrant([], 'permissions');
  return {
    of: (capabilityId) =>
      (capabilityId === undefined ? undefined : grants.get(capabilityId)) ?? none,
    unused() {
      const needed = new Set<string>();
      for (const [capabilityId, list] of lists) {
        const idle = grants.get(capabilityId)?.idle();
        for (const each of list) if (idle?.has(each) !== true) needed.add(each);
      }
      return [...new Set([...lists.values()].flat())].filter((each) => !needed.has(each));
    },
  };
}

function callFrom(event: ExecutionEvent): ExplainedCall | undefined {
  const { seq, instanceId, details } = event;
  const { operation, capabilityId } = details;
  if (instanceId === undefined || typeof operation !== 'string') return undefined;
  const call = { seq, instanceId, operation };
  return typeof capabilityId === 'string' ? { ...call, capabilityId } : call;
}

/** What a fact tells of what its call needed; undefined if it does not, or not in a form we know. */
function requiredFrom(value: unknown): readonly RequiredPermission[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const required: RequiredPermission[] = [];
  for (const each of value as readonly unknown[]) {
    if (typeof each !== 'object' || each === null) return undefined;
    const { action, scope, isNarrowing } = each as Partial<
      Record<keyof RequiredPermission, unknown>
    >;
    if (typeof action !== 'string') return undefined;
    if (scope !== undefined && typeof scope !== 'string') return undefined;
    required.push({
      action,
      ...(scope === undefined ? {} : { scope }),
      ...(isNarrowing === true ? { isNarrowing } : {}),
    });
  }
  return required;
}

/** Whether facts are numbered 1, 2, 3 … on each node, and none is known to have been dropped. */
function isGapless(history: readonly ExecutionEvent[]): boolean {
  if ((history as { readonly isCut?: unknown }).isCut === true) return false;
  const lastSeqs = new Map<string, number>();
  for (const { nodeId, seq } of history) {
    if (seq !== (lastSeqs.get(nodeId) ?? 0) + 1) return false;
    lastSeqs.set(nodeId, seq);
  }
  return true;
}

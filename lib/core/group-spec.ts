import type { Backoff } from './backoff.ts';
import { deepFrozen } from './deep-frozen.ts';
import { invalidField, isWasmatrixError, WasmatrixError } from './errors.ts';
import { integerIn, knownFields, oneOf, plainRecord, within } from './field-checks.ts';
import { plainId } from './ids.ts';
import {
  type InstanceSpec,
  type ResolvedInstanceSpec,
  resolveInstanceSpec,
} from './instance-spec.ts';
import { stopGrace } from './limits.ts';
import { resolveBackoff, resolveRestartPolicy } from './restart-policy.ts';

/**
 * Which children begin anew when one of them has ended and is to be restarted: that one, all of them, or
 * that one and those after it in the list.
 *
 * @public
 */
export type GroupStrategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';

/**
 * Which ends of a child have it restarted: any, only failures, none. A child that is `temporary` is not
 * started again with its neighbours either.
 *
 * @public
 */
export type ChildRestart = 'permanent' | 'transient' | 'temporary';

/**
 * How many restarts a group bears. One more within the period and the group itself has failed.
 *
 * @public
 */
export interface GroupIntensity {
  /** @defaultValue 5 */
  readonly maxRestarts?: number;
  /** Milliseconds in which restarts count. @defaultValue 60,000 */
  readonly periodMs?: number;
}

/**
 * A child of a group: an instance, or a group of its own.
 *
 * @public
 */
export type GroupChild =
  | {
      /** Names the child within its group. */
      readonly childId: string;
      /** @defaultValue `permanent` */
      readonly restart?: ChildRestart;
      /**
       * Milliseconds that a running call may go on when the group stops the child.
       * @defaultValue the `stopGraceMs` of the instance
       */
      readonly shutdownMs?: number;
      /** Without a `restartPolicy`, or with `never`: the group decides. */
      readonly instance: InstanceSpec;
    }
  | {
      readonly childId: string;
      readonly restart?: ChildRestart;
      readonly group: GroupSpec;
    };

/**
 * Instances that are supervised together, in the order in which they start; they stop in reverse.
 *
 * @public
 */
export interface GroupSpec {
  /** @defaultValue generated */
  readonly groupId?: string;
  /** @defaultValue `one-for-one` */
  readonly strategy?: GroupStrategy;
  readonly intensity?: GroupIntensity;
  /** How long the group waits before it starts children anew. */
  readonly backoff?: Backoff;
  readonly children: readonly GroupChild[];
}

/**
 * A group with every default filled in and everything checked.
 *
 * @internal
 */
export interface ResolvedGroup {
  readonly groupId: string | undefined;
  readonly strategy: GroupStrategy;
  readonly intensity: Required<GroupIntensity>;
  readonly backoff: Required<Backoff>;
  readonly children: readonly ResolvedChild[];
}

/**
 * A child with every default filled in.
 *
 * @internal
 */
export type ResolvedChild = {
  readonly childId: string;
  readonly restart: ChildRestart;
} & (
  | {
      readonly kind: 'instance';
      readonly shutdownMs: number;
      readonly instance: ResolvedInstanceSpec;
      /** What the instance is called where a mistake is told. */
      readonly field: string;
    }
  | { readonly kind: 'group'; readonly group: ResolvedGroup }
);

const MAX_CHILDREN = 256;
const MAX_INSTANCES = 1_024;
const MAX_DEPTH = 8;
const YEAR_MS = 365 * 24 * 3_600_000;

/** What has been seen of the whole tree. */
interface Census {
  instances: number;
  readonly instanceIds: Set<string>;
  readonly groupIds: Set<string>;
}

/**
 * Checks a whole group with everything in it, before anything is started.
 *
 * @throws `INVALID_REQUEST` naming the first wrong field.
 * @internal
 */
export function resolveGroupSpec(value: unknown): ResolvedGroup {
  const census: Census = { instances: 0, instanceIds: new Set(), groupIds: new Set() };
  return resolveGroup(value, '', 1, census);
}

function resolveGroup(value: unknown, field: string, depth: number, census: Census): ResolvedGroup {
  if (depth > MAX_DEPTH) throw invalidField(field, `must be at most ${MAX_DEPTH} groups deep`);
  const known = ['groupId', 'strategy', 'intensity', 'backoff', 'children'];
  const given = knownFields(value, field === '' ? 'spec' : field, known);
  const groupId =
    given['groupId'] === undefined
      ? undefined
      : plainId(given['groupId'], within(field, 'groupId'));
  takeId(groupId, within(field, 'groupId'), census.groupIds);
  return {
    groupId,
    strategy: oneOf(
      given['strategy'],
      within(field, 'strategy'),
      ['one-for-one', 'one-for-all', 'rest-for-one'],
      'one-for-one',
    ),
    intensity: resolveIntensity(given['intensity'], within(field, 'intensity')),
    backoff: deepFrozen(resolveBackoff(given['backoff'], within(field, 'backoff'))),
    children: resolveChildren(given['children'], within(field, 'children'), depth, census),
  };
}

function resolveIntensity(value: unknown, field: string): Required<GroupIntensity> {
  const given = value === undefined ? {} : knownFields(value, field, ['maxRestarts', 'periodMs']);
  return {
    maxRestarts: integerIn(given['maxRestarts'], within(field, 'maxRestarts'), {
      min: 0,
      max: 10_000,
      fallback: 5,
    }),
    periodMs: integerIn(given['periodMs'], within(field, 'periodMs'), {
      min: 1,
      max: YEAR_MS,
      fallback: 60_000,
    }),
  };
}

function resolveChildren(
  value: unknown,
  field: string,
  depth: number,
  census: Census,
): readonly ResolvedChild[] {
  if (!Array.isArray(value)) throw invalidField(field, 'must be an array of children');
  if (value.length === 0 || value.length > MAX_CHILDREN) {
    throw invalidField(field, `must have 1 to ${MAX_CHILDREN} entries`);
  }
  const childIds = new Set<string>();
  // `Array.from` visits the holes of a sparse array too.
  return Array.from(value, (item, index) => {
    const child = resolveChild(item, `${field}[${index}]`, depth, census);
    takeId(child.childId, `${field}[${index}].childId`, childIds);
    return child;
  });
}

function resolveChild(value: unknown, field: string, depth: number, census: Census): ResolvedChild {
  const given = knownFields(value, field, [
    'childId',
    'restart',
    'shutdownMs',
    'instance',
    'group',
  ]);
  const { shutdownMs, instance, group } = given;
  const child = {
    childId: plainId(given['childId'], within(field, 'childId')),
    restart: oneOf(
      given['restart'],
      within(field, 'restart'),
      ['permanent', 'transient', 'temporary'],
      'permanent',
    ),
  };
  if ((instance === undefined) === (group === undefined)) {
    throw invalidField(field, 'must have either an instance or a group');
  }
  if (group !== undefined) {
    if (shutdownMs !== undefined) {
      throw invalidField(within(field, 'shutdownMs'), 'belongs to instances, not to groups');
    }
    const inner = resolveGroup(group, within(field, 'group'), depth + 1, census);
    return { ...child, kind: 'group', group: inner };
  }
  census.instances += 1;
  if (census.instances > MAX_INSTANCES) {
    throw invalidField(field, `a group must have at most ${MAX_INSTANCES} instances in all`);
  }
  const inField = within(field, 'instance');
  const resolved = resolveMember(instance, inField);
  takeId(resolved.instanceId, within(inField, 'instanceId'), census.instanceIds);
  return {
    ...child,
    kind: 'instance',
    shutdownMs: stopGrace(shutdownMs, resolved.limits.stopGraceMs, within(field, 'shutdownMs')),
    instance: resolved,
    field: inField,
  };
}

/** Two that decide about restarts would restart twice: a member has no policy of its own. */
function resolveMember(value: unknown, field: string): ResolvedInstanceSpec {
  const { restartPolicy, ...rest } = plainRecord(value, field);
  const policyField = within(field, 'restartPolicy');
  if (
    restartPolicy !== undefined &&
    resolveRestartPolicy(restartPolicy, policyField).policyType !== 'never'
  ) {
    throw invalidField(policyField, 'must be left out, or "never": the group decides');
  }
  try {
    const spec = resolveInstanceSpec({ ...rest, restartPolicy: { policyType: 'never' } });
    // A group is about lives that depend on each other; what sleeps has none.
    if (spec.residency === 'resident') return spec;
    throw invalidField('residency', 'has to be "resident" in a group');
  } catch (error) {
    throw inMember(error, field);
  }
}

/**
 * Puts the name of the member before the field that is wrong in it.
 *
 * @internal
 */
export function inMember(error: unknown, field: string): unknown {
  if (!isWasmatrixError(error) || typeof error.details['field'] !== 'string') return error;
  const inner = error.details['field'];
  const name = within(field, inner.replace(/^spec\./, ''));
  const problem = error.message.startsWith(`${inner}: `)
    ? error.message.slice(inner.length + 2)
    : error.message;
  const details = { ...error.details, field: name };
  return new WasmatrixError(error.code, `${name}: ${problem}`, details, { cause: error });
}

function takeId(id: string | undefined, field: string, taken: Set<string>): void {
  if (id === undefined) return;
  if (taken.has(id)) throw invalidField(field, 'is used twice');
  taken.add(id);
}

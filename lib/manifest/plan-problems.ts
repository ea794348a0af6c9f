import type { Supervisor } from '../actors/supervisor.ts';
import { invalidField, isWasmatrixError, WasmatrixError } from '../core/errors.ts';
import { resolveGroupSpec } from '../core/group-spec.ts';
import { type InstanceSpec, resolveInstanceSpec } from '../core/instance-spec.ts';
import type { HostPlan } from './host-plan.ts';
import { placed } from './read-manifest.ts';

const MOST_PROBLEMS = 20;

interface PlannedInstance {
  readonly at: string;
  readonly spec: InstanceSpec;
}

/**
 * Checks what only a start would find: modules, ids, and what refers to them. Nothing is started.
 *
 * @throws `INVALID_REQUEST` about the first mistake; the others are in `problems`.
 * @internal
 */
export async function checkPlan(
  plan: HostPlan,
  supervisor: Pick<Supervisor, 'inspectModule'>,
): Promise<void> {
  const failures = [...specFailures(plan), ...idFailures(plan)];
  for (const { at, spec } of instancesOf(plan)) {
    try {
      const { refusals } = await supervisor.inspectModule(spec.module);
      const [refusal] = refusals.filter(
        ({ isolation }) => isolation === undefined || spec.isolation !== 'process',
      );
      if (refusal !== undefined) throw invalidField('module', refusal.message, refusal.details);
    } catch (error) {
      failures.push(under(error, at, 'module'));
    }
  }
  const told = failures.map((error) => placed(error, plan.source)).slice(0, MOST_PROBLEMS);
  const [first, ...others] = told;
  if (first === undefined) return;
  if (!isWasmatrixError(first) || others.length === 0) throw first;
  const problems = others.map((error) => (error as Error).message);
  throw new WasmatrixError(first.code, first.message, { ...first.details, problems });
}

/** Those of groups as well. */
function instancesOf({ instances, groups }: HostPlan): readonly PlannedInstance[] {
  return [
    ...groups.flatMap(({ children }, group) =>
      children.flatMap((child, index) =>
        'instance' in child && child.instance !== undefined
          ? [{ at: `groups[${group}].children[${index}].instance`, spec: child.instance }]
          : [],
      ),
    ),
    ...instances.map((spec, index) => ({ at: `instances[${index}]`, spec })),
  ];
}

function specFailures({ instances, groups }: HostPlan): unknown[] {
  return [
    ...groups.map((spec, index) => thrownBy(() => resolveGroupSpec(spec), `groups[${index}]`)),
    ...instances.map((spec, index) =>
      thrownBy(() => resolveInstanceSpec(spec), `instances[${index}]`),
    ),
  ].filter((each) => each !== undefined);
}

function thrownBy(check: () => unknown, at: string): unknown {
  try {
    check();
    return undefined;
  } catch (error) {
    return under(error, at);
  }
}

function idFailures(plan: HostPlan): unknown[] {
  const instances = instancesOf(plan);
  const known = new Set(instances.map(({ spec }) => spec.instanceId));
  const triggers = plan.host.triggers ?? [];
  return [
    ...twice(instances.map(({ at, spec }) => [spec.instanceId, `${at}.instanceId`])),
    ...twice(plan.groups.map(({ groupId }, index) => [groupId, `groups[${index}].groupId`])),
    ...twice(
      plan.providers.map(({ providerId }, index) => [providerId, `providers[${index}].providerId`]),
    ),
    ...twice(triggers.map(({ name }, index) => [name, `triggers[${index}].name`])),
    ...triggers.flatMap(({ instanceId }, index) =>
      known.has(instanceId)
        ? []
        : [invalidField(`triggers[${index}].instanceId`, 'there is no such instance')],
    ),
  ];
}

function twice(ids: readonly (readonly [string | undefined, string])[]): unknown[] {
  const taken = new Set<string>();
  return ids.flatMap(([id, field]) => {
    if (id === undefined) return [];
    const isTaken = taken.has(id);
    taken.add(id);
    return isTaken ? [invalidField(field, 'is used twice')] : [];
  });
}

/** The same failure about a field inside of another. */
function under(error: unknown, at: string, otherwise = ''): unknown {
  if (!isWasmatrixError(error)) return error;
  const { field: named } = error.details;
  const given = typeof named === 'string' ? named : otherwise;
  const inner = given.replace(/^spec\./, '');
  const field = [at, inner].filter((each) => each !== '').join('.');
  const { message } = error;
  const problem = message.startsWith(`${given}: `) ? message.slice(given.length + 2) : message;
  return new WasmatrixError('INVALID_REQUEST', `${field}: ${problem}`, { ...error.details, field });
}

import { deepFrozen } from './deep-frozen.ts';
import { invalidField } from './errors.ts';
import { boundedString, knownFields, plainRecord, within } from './field-checks.ts';
import { checkHostFunctions } from './host-functions.ts';
import { plainId, providerId } from './ids.ts';
import { PermissionSet } from './permissions.ts';

/** More says that a pattern is wanted. */
const MAX_PERMISSIONS = 1_000;

/**
 * A grant as it is asked for: which provider an instance may call, and what it may do there.
 *
 * @public
 */
export interface CapabilityAssignment {
  /** Names the assignment within its instance. */
  readonly capabilityId: string;
  /** The kind of provider. */
  readonly providerType: 'kv' | 'http' | 'messaging' | (string & {});
  /**
   * Which provider of that kind; left out: the only one, else `default-<type>`, which is started when
   * it is first needed.
   */
  readonly providerId?: string;
  /** `area:verb[:scope]`; several add up, none means no call. */
  readonly permissions: readonly string[];
  /**
   * The provider's own options, such as `buckets` for kv, and for any provider `hostFunctions`: names of
   * `extism:host/user` that a plug-in imports, each with the operation that a call of it is.
   */
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * Checks one assignment and takes a frozen copy, so that a later change of the caller's object changes
 * nothing here.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function checkedAssignment(value: unknown, field: string): CapabilityAssignment {
  const known = ['capabilityId', 'providerType', 'providerId', 'permissions', 'config'];
  const given = knownFields(value, field, known);
  const { permissions } = given;
  if (!Array.isArray(permissions)) {
    throw invalidField(within(field, 'permissions'), 'must be an array of permissions');
  }
  if (permissions.length > MAX_PERMISSIONS) {
    throw invalidField(
      within(field, 'permissions'),
      `must have at most ${MAX_PERMISSIONS} entries`,
    );
  }
  void new PermissionSet(permissions, within(field, 'permissions'));
  const config =
    given['config'] === undefined ? {} : plainRecord(given['config'], within(field, 'config'));
  const own = copied(config, within(field, 'config'));
  checkHostFunctions(own, within(field, 'config'));
  return deepFrozen({
    capabilityId: plainId(given['capabilityId'], within(field, 'capabilityId')),
    providerType: checkedProviderType(given['providerType'], within(field, 'providerType')),
    ...(given['providerId'] === undefined
      ? {}
      : { providerId: providerId(given['providerId'], within(field, 'providerId')) }),
    permissions: [...(permissions as string[])],
    config: own,
  });
}

/**
 * The kind of a provider.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function checkedProviderType(value: unknown, field: string): string {
  const text = boundedString(value, field, 128);
  if (!/^[a-z][a-z0-9-]*$/.test(text)) {
    throw invalidField(field, 'must be lower-case letters, digits and dashes');
  }
  return text;
}

/**
 * Checks a list of assignments, no two of one id.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function checkedAssignments(value: unknown, field: string): readonly CapabilityAssignment[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalidField(field, 'must be an array of assignments');
  if (value.length > 256) throw invalidField(field, 'must have at most 256 entries');
  // `Array.from` visits the holes of a sparse array too; `map` would let them through unchecked.
  const assignments = Array.from(value, (item, index) =>
    checkedAssignment(item, `${field}[${index}]`),
  );
  const ids = new Set<string>();
  for (const [index, { capabilityId }] of assignments.entries()) {
    if (ids.has(capabilityId)) {
      throw invalidField(`${field}[${index}].capabilityId`, 'is used twice', { capabilityId });
    }
    ids.add(capabilityId);
  }
  return assignments;
}

function copied(
  config: Readonly<Record<string, unknown>>,
  field: string,
): Readonly<Record<string, unknown>> {
  try {
    return structuredClone(config);
  } catch {
    throw invalidField(field, 'must be plain data');
  }
}

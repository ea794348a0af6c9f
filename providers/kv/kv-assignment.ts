import { invalidField } from '../../lib/core/errors.ts';
import { knownFields } from '../../lib/core/field-checks.ts';
import { BUCKET_NAME_BYTES, KEY_CEILING_BYTES } from './kv-limits.ts';

/** An instance may know this many buckets by one assignment. */
const MAX_BUCKETS = 64;

const PERMISSION = /^kv:(?:read|write|delete)(?::(?<pattern>.*))?$/s;

/**
 * The store's bucket behind a guest's name. Without `config.buckets` there is one: `default`, which
 * is the instance's own.
 *
 * @returns undefined if the name is not mapped, and so does not exist for the guest.
 * @internal
 */
export function mappedBucket(
  guestName: string,
  assignment: {
    readonly instanceId: string;
    readonly config: Readonly<Record<string, unknown>>;
  },
): string | undefined {
  const buckets = ownValue(assignment.config, 'buckets');
  if (buckets === undefined) return guestName === 'default' ? assignment.instanceId : undefined;
  // The guest chooses the name: only what the map itself holds counts, never what it inherits.
  const bucket = ownValue(buckets, guestName);
  return typeof bucket === 'string' ? bucket : undefined;
}

/**
 * Checks an assignment of this kind when it is made. Permissions of other areas are left to their
 * providers.
 *
 * @throws `INVALID_REQUEST` naming `config.<option>`, `config.buckets.<name>` or
 * `permissions[<index>]`.
 * @internal
 */
export function checkAssignment(assignment: {
  readonly permissions: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}): void {
  // A misspelt `buckets` would silently give the instance a bucket of its own.
  knownFields(assignment.config, 'config', ['buckets']);
  checkBuckets(ownValue(assignment.config, 'buckets'));
  for (const [index, permission] of assignment.permissions.entries()) {
    if (permission === 'kv' || permission.startsWith('kv:')) {
      checkPermission(permission, `permissions[${index}]`);
    }
  }
}

function checkBuckets(buckets: unknown): void {
  const field = 'config.buckets';
  if (buckets === undefined) return;
  if (typeof buckets !== 'object' || buckets === null || Array.isArray(buckets)) {
    throw invalidField(field, 'must map names to buckets');
  }
  const entries = Object.entries(buckets);
  if (entries.length > MAX_BUCKETS) throw invalidField(field, `has more than ${MAX_BUCKETS} names`);
  for (const [guestName, bucket] of entries) {
    const entryField = `${field}.${guestName.slice(0, 64)}`;
    if (!isName(guestName)) throw invalidField(entryField, `the name ${NAME_RULE}`);
    if (!isName(bucket)) throw invalidField(entryField, NAME_RULE);
  }
}

const NAME_RULE = `must be a string of 1 to ${BUCKET_NAME_BYTES} bytes`;

function isName(name: unknown): boolean {
  return (
    typeof name === 'string' &&
    name !== '' &&
    name.isWellFormed() &&
    Buffer.byteLength(name) <= BUCKET_NAME_BYTES
  );
}

function checkPermission(permission: string, field: string): void {
  const match = PERMISSION.exec(permission);
  if (match === null) {
    throw invalidField(
      field,
      "must be 'kv:read', 'kv:write' or 'kv:delete', with ':<pattern>' or not",
    );
  }
  const pattern = match.groups?.['pattern'];
  if (pattern === undefined) return;
  if (pattern === '') throw invalidField(field, 'the pattern after the last colon is empty');
  if (!pattern.isWellFormed() || Buffer.byteLength(pattern) > KEY_CEILING_BYTES) {
    throw invalidField(field, `the pattern must be at most ${KEY_CEILING_BYTES} bytes of UTF-8`);
  }
  const star = pattern.indexOf('*');
  if (star !== -1 && star !== pattern.length - 1) {
    throw invalidField(field, "a '*' may only be the last character of the pattern");
  }
}

function ownValue(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, name))
    return undefined;
  return (object as Readonly<Record<string, unknown>>)[name];
}

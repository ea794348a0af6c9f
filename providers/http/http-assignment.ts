import { parseDomainPattern } from '../../lib/core/domain-pattern.ts';
import { invalidField } from '../../lib/core/errors.ts';
import { knownFields } from '../../lib/core/field-checks.ts';
import { isMethod } from './request-method.ts';

/**
 * Checks an assignment of this kind when it is made: it takes no options, and its permissions are
 * `http:request`, `http:private`, `http:domain:<host pattern>` and `http:method:<METHOD>`. Permissions
 * of other areas are left to their providers.
 *
 * @throws `INVALID_REQUEST` naming `config.<option>` or `permissions[<index>]`.
 * @internal
 */
export function checkAssignment(assignment: {
  readonly permissions: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}): void {
  knownFields(assignment.config, 'config', []);
  for (const [index, permission] of assignment.permissions.entries()) {
    if (permission === 'http' || permission.startsWith('http:')) {
      checkPermission(permission, `permissions[${index}]`);
    }
  }
}

function checkPermission(permission: string, field: string): void {
  if (permission === 'http:request' || permission === 'http:private') return;
  const { verb, scope } =
    /^http:(?<verb>domain|method):(?<scope>.*)$/s.exec(permission)?.groups ?? {};
  if (verb === undefined || scope === undefined) {
    throw invalidField(
      field,
      "must be 'http:request', 'http:private', 'http:domain:<host>' or 'http:method:<METHOD>'",
    );
  }
  if (verb === 'method' && !isMethod(scope)) {
    throw invalidField(field, 'not the name of a method that a guest may use');
  }
  if (verb === 'domain' && parseDomainPattern(scope) === undefined) {
    throw invalidField(field, "must be a host or '*.' and a name, with ':<port>' or not");
  }
}

import type { ErrorCode } from '../core/error-codes.ts';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import { plainId } from '../core/ids.ts';

/**
 * An id as a step of a path. One that no host could have given is not asked for.
 *
 * @param unknown - the code, the message and the name of the id for what is not there.
 * @throws `INVALID_REQUEST`, or the code.
 * @internal
 */
export function idStep(
  id: unknown,
  field: string,
  unknown: readonly [code: ErrorCode, message: string, name: string],
): string {
  if (typeof id !== 'string') throw invalidField(field, 'must be a string');
  try {
    return encodeURIComponent(plainId(id, field));
  } catch {
    const [code, message, name] = unknown;
    throw new WasmatrixError(code, message, { [name]: id.slice(0, 200) });
  }
}

/** The path of an instance. */
export function instancePath(id: unknown): string {
  const unknown = ['INSTANCE_NOT_FOUND', 'there is no such instance', 'instanceId'] as const;
  return `/v1/instances/${idStep(id, 'id', unknown)}`;
}

/** A query of what is given. */
export function queryOf(
  entries: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(entries)) {
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) query.append(name, String(item));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}

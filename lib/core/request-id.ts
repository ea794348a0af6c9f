import { invalidField } from './errors.ts';

const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/**
 * Whether a text may stand in the log as the id of a request: anything else would be a way to write there
 * whatever one wants.
 *
 * @internal
 */
export function isRequestId(value: unknown): value is string {
  return typeof value === 'string' && REQUEST_ID.test(value);
}

/**
 * The id that a caller gave to a request, or none.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function checkedRequestId(value: unknown, field: string): string | undefined {
  if (value === undefined || isRequestId(value)) return value;
  throw invalidField(field, 'must be at most 128 letters, digits, ".", "_", ":" or "-"');
}

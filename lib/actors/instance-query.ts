import { invalidField } from '../core/errors.ts';
import { knownFields, oneOf, stringRecord } from '../core/field-checks.ts';
import type { InstanceFilter, InstanceInfo } from '../core/instance-info.ts';
import { INSTANCE_STATUSES } from '../core/lifecycle.ts';

/** What a filter is compared with. */
export interface Candidate {
  readonly info: InstanceInfo;
  /** Whether somebody asked for its end. */
  readonly wasAsked: boolean;
}

/**
 * A filter as a predicate. What was stopped on request is gone for a list that does not ask for a
 * status.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function instanceMatcher(value: unknown): (candidate: Candidate) => boolean {
  const known = ['status', 'name', 'labels', 'moduleHash'];
  const filter = (value === undefined ? {} : knownFields(value, 'filter', known)) as InstanceFilter;
  const status =
    filter.status === undefined
      ? undefined
      : oneOf(filter.status, 'status', INSTANCE_STATUSES, 'running');
  for (const field of ['name', 'moduleHash'] as const) {
    if (filter[field] !== undefined && typeof filter[field] !== 'string') {
      throw invalidField(field, 'must be a string');
    }
  }
  const labels = Object.entries(
    stringRecord(filter.labels, 'labels', { entries: 64, keyLength: 128, valueLength: 1_024 }),
  );
  return ({ info, wasAsked }) =>
    (status === undefined ? !wasAsked : info.status === status) &&
    (filter.name === undefined || info.name === filter.name) &&
    (filter.moduleHash === undefined || info.moduleHash === filter.moduleHash) &&
    labels.every(([key, text]) => Object.hasOwn(info.labels, key) && info.labels[key] === text);
}

import { invalidField } from '../core/errors.ts';
import { type ExecutionEventFilter, eventMatcher } from '../core/execution-event.ts';
import { integerIn, knownFields } from '../core/field-checks.ts';

/**
 * A filter of facts as a caller gave it, checked.
 *
 * @param more - what the request takes beyond the filter itself.
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function checkedEventFilter<Filter extends ExecutionEventFilter>(
  filter: Filter,
  more: readonly string[],
): Filter {
  const known = ['instanceId', 'types', 'sinceSeq', ...more];
  const given = knownFields(filter, 'filter', known) as unknown as Filter & {
    readonly signal?: unknown;
  };
  if (given.instanceId !== undefined && typeof given.instanceId !== 'string') {
    throw invalidField('instanceId', 'must be a string');
  }
  if (given.signal !== undefined && !(given.signal instanceof AbortSignal)) {
    throw invalidField('signal', 'must be an AbortSignal');
  }
  if (given.types !== undefined && !Array.isArray(given.types)) {
    throw invalidField('types', 'must be an array');
  }
  if (given.sinceSeq !== undefined) {
    const range = { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 };
    integerIn(given.sinceSeq, 'sinceSeq', range);
  }
  eventMatcher(given);
  return given;
}

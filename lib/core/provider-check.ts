import { checkedProviderType } from './capability-assignment.ts';
import { invalidField } from './errors.ts';
import { within } from './field-checks.ts';
import type { ProviderDefinition } from './provider.ts';

const OPTIONAL = [
  'close',
  'metadata',
  'handOver',
  'endsOthers',
  'assigned',
  'concerns',
  'checkAssignment',
] as const;

/**
 * A definition of a provider as somebody gave it; callers in plain JavaScript may give anything.
 *
 * @param field - its name; empty for the outermost object.
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function checkedDefinition(value: unknown, field: string): ProviderDefinition {
  const given = recordOf(value, field === '' ? 'definition' : field);
  checkedProviderType(given['type'], within(field, 'type'));
  const operations = recordOf(given['operations'], within(field, 'operations'));
  for (const [name, operation] of Object.entries(operations)) {
    const operationField = within(field, `operations.${name.slice(0, 64)}`);
    const parts = recordOf(operation, operationField);
    for (const part of ['permission', 'run'] as const) {
      checkFunction(parts[part], within(operationField, part));
    }
  }
  checkFunction(given['open'], within(field, 'open'));
  for (const part of OPTIONAL) {
    if (given[part] !== undefined) checkFunction(given[part], within(field, part));
  }
  return value as ProviderDefinition;
}

function recordOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidField(field, 'must be an object');
  }
  return value as Readonly<Record<string, unknown>>;
}

function checkFunction(value: unknown, field: string): void {
  if (typeof value !== 'function') throw invalidField(field, 'must be a function');
}

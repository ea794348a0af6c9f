import { checkedProviderType } from './capability-assignment.ts';
import { invalidField } from './errors.ts';
import type { ProviderDefinition, ProviderOperation } from './provider.ts';

/**
 * What `defineProvider()` takes: only the type and the operations are needed.
 *
 * @public
 */
export type ProviderBlueprint<State> = Pick<ProviderDefinition<State>, 'type' | 'operations'> &
  Partial<ProviderDefinition<State>>;

/**
 * Defines a kind of provider of your own. Give it to `createSupervisor({ providers })` or to
 * `startProvider({ providerType, definition })`; it runs in the host's main thread.
 *
 * @throws `INVALID_REQUEST` naming the operation that has no permission or nothing to run.
 * @public
 */
export function defineProvider<State = undefined>(
  blueprint: ProviderBlueprint<State>,
): ProviderDefinition {
  const { type, operations } = recordOf<ProviderBlueprint<State>>(blueprint, 'definition');
  checkedProviderType(type, 'type');
  for (const [name, operation] of Object.entries<Partial<ProviderOperation<State>>>(
    recordOf(operations, 'operations'),
  )) {
    recordOf(operation, `operations.${name}`);
    for (const part of ['permission', 'run'] as const) {
      if (typeof operation[part] !== 'function') {
        throw invalidField(`operations.${name}.${part}`, 'must be a function');
      }
    }
  }
  return { open: () => undefined, ...blueprint };
}

/** Callers in plain JavaScript may give anything. */
function recordOf<Shape extends object>(value: Shape, field: string): Shape {
  if (typeof value !== 'object' || value === null) throw invalidField(field, 'must be an object');
  return value;
}

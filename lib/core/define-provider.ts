import type { ProviderDefinition } from './provider.ts';
import { checkedDefinition } from './provider-check.ts';

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
 * @throws `INVALID_REQUEST` naming what is missing or of the wrong kind, such as an operation that
 * has no permission or nothing to run.
 * @public
 */
export function defineProvider<State = undefined>(
  blueprint: ProviderBlueprint<State>,
): ProviderDefinition {
  if (typeof blueprint !== 'object' || blueprint === null) return checkedDefinition(blueprint, '');
  const { open = () => undefined } = blueprint;
  return checkedDefinition({ ...blueprint, open }, '');
}

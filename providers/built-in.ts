import type { ProviderDefinition } from '../lib/core/provider.ts';

/**
 * The providers that come with the package, each loaded when it is first wanted: with it come packages
 * that nobody else needs.
 *
 * @internal
 */
export const BUILT_IN_PROVIDERS: ReadonlyMap<string, () => Promise<ProviderDefinition>> = new Map<
  string,
  () => Promise<ProviderDefinition>
>([
  ['kv', async () => (await import('./kv/index.ts')).kvProvider],
  ['http', async () => (await import('./http/index.ts')).httpProvider],
  ['messaging', async () => (await import('./messaging/index.ts')).messagingProvider],
]);

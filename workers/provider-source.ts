import { WasmatrixError } from '../lib/core/errors.ts';
import type { ProviderDefinition } from '../lib/core/provider.ts';
import { checkedDefinition } from '../lib/core/provider-check.ts';
import type { ProviderThreadData } from '../lib/protocol/provider-messages.ts';
import { BUILT_IN_PROVIDERS } from '../providers/built-in.ts';

/**
 * The definition that a provider's thread is to serve: a built-in one, or the default export of a
 * module.
 *
 * @throws `INVALID_REQUEST` naming the field.
 */
export async function loadDefinition(
  source: ProviderThreadData['source'],
): Promise<ProviderDefinition> {
  if ('builtIn' in source) {
    const load = BUILT_IN_PROVIDERS.get(source.builtIn);
    if (load !== undefined) return load();
    throw moduleError(`there is no built-in provider of type "${source.builtIn}"`);
  }
  const module: unknown = await import(source.module).catch((error: unknown) => {
    throw moduleError('module: cannot be loaded', error);
  });
  return checkedDefinition((module as { readonly default?: unknown }).default, 'module.default');
}

function moduleError(message: string, cause?: unknown): WasmatrixError {
  const details = { field: 'module', ...(cause instanceof Error ? { cause: cause.message } : {}) };
  return new WasmatrixError('INVALID_REQUEST', message, details, { cause });
}

import { invalidField } from '../core/errors.ts';
import type { ProviderDefinition } from '../core/provider.ts';
import { checkedDefinition } from '../core/provider-check.ts';
import type { ProviderPlan } from '../core/provider-config.ts';
import type { CapacityClaim } from '../threads/capacity-governor.ts';
import { InlineProviderLife, type LifeSurroundings } from './inline-provider-life.ts';
import type { ProviderLife } from './provider-life.ts';
import { ThreadProviderLife } from './thread-provider-life.ts';

/** Makes a life of a provider where its plan wants it; it is opened later. */
export function newProviderLife(
  plan: ProviderPlan,
  builtIn: ReadonlyMap<string, () => Promise<ProviderDefinition>>,
  surroundings: LifeSurroundings,
  claimThread: () => CapacityClaim,
): ProviderLife {
  const { source, placement, heapMb } = plan;
  if (placement === 'inline' || source.kind === 'definition') {
    return new InlineProviderLife(() => definitionOf(plan, builtIn), surroundings);
  }
  const from = source.kind === 'built-in' ? { builtIn: source.type } : { module: source.url };
  let claim: CapacityClaim;
  try {
    claim = claimThread();
  } catch (error) {
    // A life that has no room fails as one that cannot load: its policy decides about another try.
    return new InlineProviderLife(() => Promise.reject(error), surroundings);
  }
  return new ThreadProviderLife(from, heapMb, claim, surroundings);
}

async function definitionOf(
  { source }: ProviderPlan,
  builtIn: ReadonlyMap<string, () => Promise<ProviderDefinition>>,
): Promise<ProviderDefinition> {
  if (source.kind === 'definition') return source.definition;
  if (source.kind === 'module') {
    const module = (await import(source.url)) as { readonly default?: unknown };
    return checkedDefinition(module.default, 'module.default');
  }
  const load = builtIn.get(source.type);
  if (load !== undefined) return load();
  throw invalidField('providerType', `there is no built-in provider of type "${source.type}"`);
}

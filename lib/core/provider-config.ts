import type { ProviderDefinition } from './provider.ts';

/**
 * A provider as it is asked for.
 *
 * @public
 */
export interface ProviderConfig {
  /** For example `kv`. */
  readonly providerType: string;
  /** @defaultValue generated */
  readonly providerId?: string;
  /** The provider's own options, such as `{ backend: 'lmdb', path }` for kv. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** An implementation of your own, see `defineProvider()`. @defaultValue the built-in one */
  readonly definition?: ProviderDefinition;
}

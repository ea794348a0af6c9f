import { checkedProviderType } from './capability-assignment.ts';
import { invalidField } from './errors.ts';
import { integerIn, knownFields, oneOf, plainRecord } from './field-checks.ts';
import { providerId } from './ids.ts';
import type { ProviderDefinition } from './provider.ts';
import { checkedDefinition } from './provider-check.ts';
import {
  type ResolvedRestartPolicy,
  type RestartPolicy,
  resolveRestartPolicy,
} from './restart-policy.ts';

/**
 * A provider as it is asked for.
 *
 * @public
 */
export interface ProviderConfig {
  /** For example `kv`. May be left out beside `definition`, which knows it. */
  readonly providerType?: string;
  /** @defaultValue generated */
  readonly providerId?: string;
  /** The provider's own options, such as `{ backend: 'lmdb', path }` for kv. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** An implementation of your own, see `defineProvider()`; it runs inline. @defaultValue the built-in one */
  readonly definition?: ProviderDefinition;
  /**
   * A module whose default export is an implementation of your own: an absolute `file:` URL or path. It
   * runs in a thread of its own, with the host's environment.
   */
  readonly module?: URL | string;
  /**
   * Where calls are served: in a worker thread of its own, whose loss harms nobody else, or in the
   * host's main thread. @defaultValue `thread`, and `inline` for a `definition`
   */
  readonly placement?: 'thread' | 'inline';
  /** What follows when the provider's thread is lost. @defaultValue `{ policyType: 'on-failure' }` */
  readonly restartPolicy?: RestartPolicy;
  /**
   * Milliseconds that one operation may take before its caller is told `TIMEOUT`. A thread that is
   * stuck for that long, but at least for one second and at most for five, is ended.
   * @defaultValue 5,000; 60,000 for http and messaging
   */
  readonly callTimeoutMs?: number;
  /** JavaScript heap of the provider's thread, in MiB. @defaultValue 512 */
  readonly heapMb?: number;
}

/**
 * Where the implementation of a provider comes from.
 *
 * @internal
 */
type ProviderSource =
  | { readonly kind: 'built-in'; readonly type: string }
  | { readonly kind: 'definition'; readonly definition: ProviderDefinition }
  | { readonly kind: 'module'; readonly url: string };

/**
 * A request that is complete and sensible.
 *
 * @internal
 */
export interface ProviderPlan {
  readonly providerType: string;
  readonly providerId: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
  readonly source: ProviderSource;
  readonly placement: 'thread' | 'inline';
  readonly restartPolicy: ResolvedRestartPolicy;
  readonly callTimeoutMs: number;
  readonly heapMb: number;
}

/** Operations of these types wait for others by their nature. */
const PATIENT_TYPES: ReadonlySet<string> = new Set(['http', 'messaging']);

const KNOWN = [
  'providerType',
  'providerId',
  'config',
  'definition',
  'module',
  'placement',
  'restartPolicy',
  'callTimeoutMs',
  'heapMb',
];

/**
 * Checks a request for a provider and fills in the defaults.
 *
 * @param available - definitions by type: built-in ones by `undefined`, the host's own as they are.
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function resolveProviderConfig(
  value: unknown,
  available: ReadonlyMap<string, ProviderDefinition | undefined>,
): ProviderPlan {
  const given = knownFields(value, 'provider', KNOWN);
  const { source, providerType } = sourceOf(given, available);
  const placement = oneOf(
    given['placement'],
    'placement',
    ['thread', 'inline'],
    source.kind === 'definition' ? 'inline' : 'thread',
  );
  if (source.kind === 'definition' && placement === 'thread') {
    throw invalidField('placement', 'functions cannot move to a thread; give their module instead');
  }
  const fallback = PATIENT_TYPES.has(providerType) ? 60_000 : 5_000;
  return {
    providerType,
    providerId: given['providerId'] === undefined ? undefined : providerId(given['providerId']),
    config: configOf(given['config'], placement),
    source,
    placement,
    restartPolicy: resolveRestartPolicy(given['restartPolicy']),
    callTimeoutMs: integerIn(given['callTimeoutMs'], 'callTimeoutMs', {
      min: 1,
      max: 3_600_000,
      fallback,
    }),
    heapMb: integerIn(given['heapMb'], 'heapMb', { min: 8, max: 65_536, fallback: 512 }),
  };
}

function sourceOf(
  given: Readonly<Record<string, unknown>>,
  available: ReadonlyMap<string, ProviderDefinition | undefined>,
): { readonly source: ProviderSource; readonly providerType: string } {
  if (given['definition'] !== undefined) {
    if (given['module'] !== undefined) throw invalidField('module', 'or a definition, not both');
    const definition = checkedDefinition(given['definition'], 'definition');
    const providerType = checkedProviderType(
      given['providerType'] ?? definition.type,
      'providerType',
    );
    if (definition.type !== providerType) {
      throw invalidField('providerType', `the definition is of "${definition.type}"`);
    }
    return { source: { kind: 'definition', definition }, providerType };
  }
  const providerType = checkedProviderType(given['providerType'], 'providerType');
  if (given['module'] !== undefined) {
    return { source: { kind: 'module', url: moduleUrl(given['module']) }, providerType };
  }
  if (!available.has(providerType)) {
    throw invalidField('providerType', `there is no provider of type "${providerType}"`, {
      available: [...available.keys()],
    });
  }
  const definition = available.get(providerType);
  const source: ProviderSource =
    definition === undefined
      ? { kind: 'built-in', type: providerType }
      : { kind: 'definition', definition };
  return { source, providerType };
}

function moduleUrl(value: unknown): string {
  const text = value instanceof URL ? value.href : value;
  if (typeof text === 'string' && text.length <= 4_096) {
    if (text.startsWith('file:')) return text;
    // A relative one would be taken from our own folder, which is not what anybody means.
    if (text.startsWith('/')) return `file://${text.split('/').map(encodeURIComponent).join('/')}`;
  }
  throw invalidField('module', 'must be a file: URL or an absolute path');
}

function configOf(
  value: unknown,
  placement: ProviderPlan['placement'],
): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  const config = plainRecord(value, 'config');
  // One that stays in this thread may be given anything, such as a connection of the host's.
  if (placement === 'inline') return config;
  try {
    return structuredClone(config);
  } catch {
    throw invalidField('config', 'must be plain data, to be given to a thread');
  }
}

import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import { checkedProviderType } from '../core/capability-assignment.ts';
import type { Clock } from '../core/clock.ts';
import { invalidField, messageOf, WasmatrixError } from '../core/errors.ts';
import type { FactLog } from '../core/fact-log.ts';
import { knownFields, plainRecord } from '../core/field-checks.ts';
import { freshId, providerId } from '../core/ids.ts';
import type { ProviderDefinition } from '../core/provider.ts';
import { checkedDefinition } from '../core/provider-check.ts';
import { ProviderActor, type ProviderInfo } from './provider-actor.ts';

/** What is promised for a later release, so that the refusal can say so. */
const NOT_YET = ['http', 'messaging'];

/** The running providers. It knows ids of providers only; instances are kept elsewhere. */
export class ProviderDirectory {
  readonly #providers = new Map<string, ProviderActor>();
  /** Providers that nobody asked for by name: used only while there is no other of their type. */
  readonly #defaults = new Set<string>();
  readonly #definitions: ReadonlyMap<string, ProviderDefinition>;
  readonly #facts: FactLog;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(parts: {
    readonly definitions: readonly ProviderDefinition[];
    readonly facts: FactLog;
    readonly clock: Clock;
    readonly random: () => number;
  }) {
    this.#definitions = new Map(parts.definitions.map((each) => [each.type, each]));
    this.#facts = parts.facts;
    this.#clock = parts.clock;
    this.#random = parts.random;
  }

  /** Starts the built-in provider of each type, as what is there without configuration. */
  async startDefaults(): Promise<void> {
    for (const providerType of this.#definitions.keys()) {
      const id = `default-${providerType}`;
      this.#defaults.add(id);
      await this.start({ providerType, providerId: id });
    }
  }

  /**
   * @throws `INVALID_REQUEST`, `STORAGE_ERROR`, `TIMEOUT`
   */
  async start(value: unknown): Promise<string> {
    const known = ['providerType', 'providerId', 'config', 'definition'];
    const given = knownFields(value, 'provider', known);
    const definition = this.#definitionOf(given);
    const config = given['config'] === undefined ? {} : plainRecord(given['config'], 'config');
    const id =
      given['providerId'] === undefined
        ? freshId(definition.type, this.#random)
        : providerId(given['providerId']);
    if (this.#providers.has(id)) throw invalidField('providerId', 'is in use', { providerId: id });
    const provider = new ProviderActor(id, definition, config, this.#clock);
    this.#providers.set(id, provider);
    try {
      await provider.open();
    } catch (error) {
      if (this.#providers.get(id) === provider) this.#providers.delete(id);
      // One that was stopped while it started has neither started nor crashed.
      if (provider.info().status === 'crashed') {
        this.#tell('provider_crashed', provider, { message: messageOf(error) });
      }
      throw error;
    }
    this.#tell('provider_started', provider);
    return id;
  }

  #definitionOf(given: Readonly<Record<string, unknown>>): ProviderDefinition {
    const own =
      given['definition'] === undefined
        ? undefined
        : checkedDefinition(given['definition'], 'definition');
    const type = checkedProviderType(given['providerType'] ?? own?.type, 'providerType');
    if (own !== undefined) {
      if (own.type === type) return own;
      throw invalidField('providerType', `the definition is of "${own.type}"`);
    }
    const definition = this.#definitions.get(type);
    if (definition !== undefined) return definition;
    if (NOT_YET.includes(type))
      throw invalidField('providerType', `"${type}" is not available yet`);
    throw invalidField('providerType', `there is no provider of type "${type}"`, {
      available: [...this.#definitions.keys()],
    });
  }

  find(id: string): ProviderActor | undefined {
    return this.#providers.get(id);
  }

  /**
   * The provider that an assignment means: the one it names, else the only one of its type, else the
   * built-in one.
   *
   * @throws `CAPABILITY_NOT_FOUND`; `INVALID_REQUEST` where the choice is not clear.
   */
  choose(assignment: CapabilityAssignment, field: string): ProviderActor {
    const { providerType } = assignment;
    if (assignment.providerId !== undefined) {
      const named = this.#providers.get(assignment.providerId);
      if (named?.definition.type === providerType) return named;
      throw notFound(assignment);
    }
    const ofType = [...this.#providers.values()].filter(
      ({ definition, isReady }) => definition.type === providerType && isReady,
    );
    const asked = ofType.filter((provider) => !this.#defaults.has(provider.providerId));
    if (asked.length > 1) {
      throw invalidField(`${field}.providerId`, `several providers are of type "${providerType}"`, {
        candidates: asked.map((provider) => provider.providerId),
      });
    }
    const chosen = asked[0] ?? ofType[0];
    if (chosen !== undefined) return chosen;
    if (NOT_YET.includes(providerType)) {
      throw invalidField(`${field}.providerType`, `"${providerType}" is not available yet`);
    }
    throw notFound(assignment);
  }

  /**
   * @throws `CAPABILITY_NOT_FOUND`
   */
  async stop(id: string): Promise<void> {
    const provider = this.#providers.get(id);
    if (provider === undefined) {
      throw new WasmatrixError('CAPABILITY_NOT_FOUND', 'there is no such provider', {
        providerId: id,
      });
    }
    await this.#close(provider);
  }

  async #close(provider: ProviderActor): Promise<void> {
    const { providerId: id } = provider;
    const loss = await provider.close().then(
      () => undefined,
      (error: unknown) => ({ message: messageOf(error) }),
    );
    // Of several who stop it at once, the first one tells.
    if (this.#providers.get(id) !== provider) return;
    this.#providers.delete(id);
    // The provider is gone either way; what it lost in closing is a fact.
    if (loss !== undefined) this.#tell('provider_crashed', provider, loss);
    this.#tell('provider_stopped', provider);
  }

  #tell(
    type: 'provider_started' | 'provider_stopped' | 'provider_crashed',
    { providerId: id, definition }: ProviderActor,
    details: Readonly<Record<string, unknown>> = {},
  ): void {
    this.#facts.append(type, {
      providerId: id,
      details: { providerType: definition.type, ...details },
    });
  }

  list(): ProviderInfo[] {
    return [...this.#providers.values()].map((provider) => provider.info());
  }

  /** Stops every provider. Idempotent. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#providers.values()].map((provider) => this.#close(provider)));
  }
}

function notFound({ providerType, providerId: id }: CapabilityAssignment): WasmatrixError {
  return new WasmatrixError('CAPABILITY_NOT_FOUND', 'there is no such provider', {
    providerType,
    ...(id === undefined ? {} : { providerId: id }),
  });
}

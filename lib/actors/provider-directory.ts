import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import { invalidField, messageOf, WasmatrixError } from '../core/errors.ts';
import type { FactLog } from '../core/fact-log.ts';
import { freshId } from '../core/ids.ts';
import type { ProviderDefinition, ProviderEnvironment } from '../core/provider.ts';
import { type ProviderPlan, resolveProviderConfig } from '../core/provider-config.ts';
import type { CallMeasures } from '../core/served-span.ts';
import type { ToldSpan } from '../protocol/fact-ring.ts';
import type { CapacityClaim } from '../threads/capacity-governor.ts';
import type { GuestLinks } from '../threads/guest-links.ts';
import type { AssignmentRegistry } from './assignment-registry.ts';
import type { LifeSurroundings } from './inline-provider-life.ts';
import type { LinkTable } from './link-table.ts';
import { newProviderLife } from './new-provider-life.ts';
import { ProviderActor } from './provider-actor.ts';
import type { ProviderInfo } from './provider-info.ts';
import type { ProviderLife } from './provider-life.ts';
import { TotalsByType } from './provider-totals.ts';

/** What the directory works with. */
export interface ProviderDirectoryParts {
  /** Built-in providers by type, each loaded when it is to be served inline. */
  readonly builtIn: ReadonlyMap<string, () => Promise<ProviderDefinition>>;
  /** Definitions of the host's own, which take the place of built-in ones of their type. */
  readonly definitions: readonly ProviderDefinition[];
  readonly registry: AssignmentRegistry;
  readonly links: LinkTable;
  readonly facts: FactLog;
  readonly random: () => number;
  readonly deliver: ProviderEnvironment['deliver'];
  readonly areCallsRecorded: boolean;
  /** What is measured of calls beyond that. */
  readonly measures: CallMeasures;
  /** Takes the span of a call. */
  readonly trace: (span: ToldSpan) => void;
  /** Room for a thread. @throws `RESOURCE_EXHAUSTED` */
  readonly claimThread: () => CapacityClaim;
}

/** The providers of this node. It knows ids of providers only; instances are kept elsewhere. */
export class ProviderDirectory {
  readonly #parts: ProviderDirectoryParts;
  readonly #providers = new Map<string, ProviderActor>();
  /** Providers that nobody asked for by name: used only while there is no other of their type. */
  readonly #defaults = new Set<string>();
  readonly #available: ReadonlyMap<string, ProviderDefinition | undefined>;
  /** Default providers under way, so that two who need one at once do not start two. */
  readonly #startingDefaults = new Map<string, Promise<ProviderActor>>();
  /** Calls of providers that have been stopped. */
  readonly #before = new TotalsByType();

  constructor(parts: ProviderDirectoryParts) {
    this.#parts = parts;
    this.#available = new Map([
      ...[...parts.builtIn.keys()].map((type) => [type, undefined] as const),
      ...parts.definitions.map((each) => [each.type, each] as const),
    ]);
  }

  /**
   * @throws `INVALID_REQUEST`, `STORAGE_ERROR`, `TIMEOUT`
   */
  async start(value: unknown): Promise<string> {
    const plan = resolveProviderConfig(value, this.#available);
    const id = plan.providerId ?? freshId(plan.providerType, this.#parts.random);
    return (await this.#start(id, plan)).providerId;
  }

  async #start(id: string, plan: ProviderPlan): Promise<ProviderActor> {
    if (this.#providers.has(id)) throw invalidField('providerId', 'is in use', { providerId: id });
    const provider = this.#newProvider(id, plan);
    this.#providers.set(id, provider);
    try {
      await provider.start();
    } catch (error) {
      await provider.close().catch(() => undefined);
      if (this.#providers.get(id) === provider) this.#providers.delete(id);
      throw error;
    }
    return provider;
  }

  #newProvider(id: string, plan: ProviderPlan): ProviderActor {
    const { facts, random, registry } = this.#parts;
    const { providerType } = plan;
    return new ProviderActor(plan, {
      providerId: id,
      clock: facts.clock,
      random,
      newLife: (next) => this.#newLife(id, next),
      assignments: function* () {
        for (const each of registry.ofProvider(id)) {
          // An id may have been given to a provider of another kind since the assignment was made.
          if (each[1].providerType === providerType) yield each;
        }
      },
      links: () => this.#linksOf(id, providerType),
      onFact: (type, details) =>
        facts.append(type, { providerId: id, details: { providerType, ...details } }),
    });
  }

  #newLife(id: string, plan: ProviderPlan): ProviderLife {
    const { facts, builtIn, deliver, areCallsRecorded, measures, trace, claimThread } = this.#parts;
    const surroundings: LifeSurroundings = {
      providerId: id,
      clock: facts.clock,
      callTimeoutMs: plan.callTimeoutMs,
      areCallsRecorded,
      measures,
      trace,
      deliver,
      tell: ({ type, instanceId, details }) =>
        facts.append(type, { instanceId, providerId: id, details }),
      fetchFacts: (fetch) => facts.addSource(fetch),
    };
    return newProviderLife(plan, builtIn, surroundings, claimThread);
  }

  #linksOf(id: string, providerType: string): readonly GuestLinks[] {
    const found = new Set<GuestLinks>();
    // Who has had a way keeps it, even if nothing is assigned any more: it is to be refused, not to wait.
    for (const links of this.#parts.links.all()) {
      if (links.leadsTo(id, providerType)) found.add(links);
    }
    for (const [instanceId, assignment] of this.#parts.registry.ofProvider(id)) {
      const links = this.#parts.links.of(instanceId);
      if (links !== undefined && assignment.providerType === providerType) found.add(links);
    }
    return [...found];
  }

  find(id: string): ProviderActor | undefined {
    return this.#providers.get(id);
  }

  /**
   * The provider that an assignment means: the one it names, else the only one of its type, else the
   * built-in one, which is started when it is first needed.
   *
   * @throws `CAPABILITY_NOT_FOUND`; `INVALID_REQUEST` where the choice is not clear.
   */
  async choose(assignment: CapabilityAssignment, field: string): Promise<ProviderActor> {
    const { providerType } = assignment;
    if (assignment.providerId !== undefined) {
      const named = this.#providers.get(assignment.providerId);
      if (named?.providerType === providerType) return named;
      if (assignment.providerId === defaultId(providerType)) return this.#default(assignment);
      throw notFound(assignment);
    }
    const asked = [...this.#providers.values()].filter(
      (provider) =>
        // One that has crashed is still the one that is meant: its data are not somebody else's.
        provider.providerType === providerType && !this.#defaults.has(provider.providerId),
    );
    if (asked.length > 1) {
      throw invalidField(`${field}.providerId`, `several providers are of type "${providerType}"`, {
        candidates: asked.map((provider) => provider.providerId),
      });
    }
    return asked[0] ?? this.#default(assignment);
  }

  async #default(assignment: CapabilityAssignment): Promise<ProviderActor> {
    const { providerType } = assignment;
    const id = defaultId(providerType);
    const running = this.#providers.get(id);
    if (running?.isReady === true && running.providerType === providerType) return running;
    // One that somebody has stopped stays stopped.
    if (this.#defaults.has(id) && !this.#startingDefaults.has(id)) throw notFound(assignment);
    if (!this.#available.has(providerType)) throw notFound(assignment);
    return this.startDefault(providerType);
  }

  /** Starts what serves a type without having been configured. */
  async startDefault(providerType: string): Promise<ProviderActor> {
    const id = defaultId(providerType);
    const starting = this.#startingDefaults.get(id);
    if (starting !== undefined) return starting;
    this.#defaults.add(id);
    const started = this.#start(id, resolveProviderConfig({ providerType }, this.#available));
    this.#startingDefaults.set(id, started);
    try {
      return await started;
    } catch (error) {
      this.#defaults.delete(id);
      throw error;
    } finally {
      this.#startingDefaults.delete(id);
    }
  }

  /**
   * Puts another implementation or configuration in the place of a provider's present one.
   *
   * @throws `CAPABILITY_NOT_FOUND`, `INVALID_REQUEST`, `TIMEOUT`, or what the new one's start throws.
   */
  async update(id: string, value: unknown): Promise<void> {
    const provider = this.#known(id);
    const plan = resolveProviderConfig(value, this.#available);
    if (plan.providerId !== undefined && plan.providerId !== id) {
      throw invalidField('providerId', 'cannot be changed by an update', { providerId: id });
    }
    if (plan.providerType !== provider.providerType) {
      throw invalidField('providerType', `the provider is of "${provider.providerType}"`);
    }
    await provider.update(plan);
    const { providerType, placement } = plan;
    this.#tell('provider_updated', provider, { providerType, placement });
  }

  #known(id: string): ProviderActor {
    const provider = this.#providers.get(id);
    if (provider !== undefined) return provider;
    throw new WasmatrixError('CAPABILITY_NOT_FOUND', 'there is no such provider', {
      providerId: id,
    });
  }

  /**
   * @throws `CAPABILITY_NOT_FOUND`
   */
  async stop(id: string): Promise<void> {
    await this.#close(this.#known(id));
  }

  async #close(provider: ProviderActor, drainMs?: number): Promise<void> {
    const { providerId: id } = provider;
    const loss = await provider.close(drainMs).then(
      () => undefined,
      (error: unknown) => ({ message: messageOf(error), willRestart: false }),
    );
    // Of several who stop it at once, the first one tells.
    if (this.#providers.get(id) !== provider) return;
    this.#providers.delete(id);
    this.#before.add(provider.providerType, provider.totals);
    // The provider is gone either way; what it lost in closing is a fact.
    if (loss !== undefined) this.#tell('provider_crashed', provider, loss);
    this.#tell('provider_stopped', provider);
  }

  #tell(
    type: 'provider_updated' | 'provider_stopped' | 'provider_crashed',
    { providerId: id, providerType }: ProviderActor,
    details: Readonly<Record<string, unknown>> = {},
  ): void {
    this.#parts.facts.append(type, { providerId: id, details: { providerType, ...details } });
  }

  async list(): Promise<ProviderInfo[]> {
    return Promise.all([...this.#providers.values()].map((provider) => provider.info()));
  }

  /** Calls of all providers so far, by type. */
  get totals(): TotalsByType {
    return this.#before.with(this.#providers.values());
  }

  /** An instance has ended. */
  forget(instanceId: string): void {
    for (const provider of this.#providers.values()) provider.forget(instanceId);
  }

  /** The life of an instance is over. */
  drop(links: GuestLinks): void {
    for (const provider of this.#providers.values()) provider.drop(links);
  }

  /** Stops every provider, without waiting for calls: nobody is left to be answered. Idempotent. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#providers.values()].map((provider) => this.#close(provider, 0)));
  }
}

function defaultId(providerType: string): string {
  return `default-${providerType}`;
}

function notFound({ providerType, providerId: id }: CapabilityAssignment): WasmatrixError {
  return new WasmatrixError('CAPABILITY_NOT_FOUND', 'there is no such provider', {
    providerType,
    ...(id === undefined ? {} : { providerId: id }),
  });
}

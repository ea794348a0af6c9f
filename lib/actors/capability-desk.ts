import { type CapabilityAssignment, checkedAssignment } from '../core/capability-assignment.ts';
import { isWasmatrixError, WasmatrixError } from '../core/errors.ts';
import type { FactLog } from '../core/fact-log.ts';
import { hostFunctionsOf } from '../core/host-functions.ts';
import { KeyedTurns } from '../core/keyed-turns.ts';
import type { LatencyFigures } from '../core/latency-buckets.ts';
import type { CallMeasures } from '../core/served-span.ts';
import type { CapabilityCall } from '../protocol/capability-call.ts';
import type { ToldSpan } from '../protocol/fact-ring.ts';
import { ProviderFigures } from '../protocol/provider-figures.ts';
import { CallAccount } from '../serving/call-account.ts';
import { GuestLinks } from '../threads/guest-links.ts';
import type { AssignmentRegistry, RegisteredAssignment } from './assignment-registry.ts';
import { callerDetail } from './caller-context.ts';
import type { LinkTable } from './link-table.ts';
import type { ProviderActor } from './provider-actor.ts';
import type { ProviderDirectory } from './provider-directory.ts';

/** What the desk works with. */
export interface DeskParts {
  readonly registry: AssignmentRegistry;
  readonly links: LinkTable;
  readonly providers: ProviderDirectory;
  readonly facts: FactLog;
  readonly areCallsRecorded: boolean;
  readonly measures: CallMeasures;
  readonly trace: (span: ToldSpan) => void;
}

/**
 * Gives and takes grants, opens the ways that guests have to providers, and refuses the calls that
 * there is no way for.
 */
export class CapabilityDesk {
  readonly #parts: DeskParts;
  readonly #figures = new ProviderFigures();
  readonly #account: CallAccount;
  /** Assignments that are being checked, so that what is asked for later also happens later. */
  readonly #turns = new KeyedTurns();
  /** Grants that have been replaced and may still serve a call. */
  readonly #leaving = new KeyedTurns();

  constructor(parts: DeskParts) {
    this.#parts = parts;
    const { facts, areCallsRecorded, measures, trace } = parts;
    this.#account = new CallAccount({
      clock: facts.clock,
      figures: this.#figures,
      tell: ({ type, instanceId, details }) => facts.append(type, { instanceId, details }),
      areCallsRecorded,
      measures,
      trace,
    });
  }

  /** Calls served and denied so far, by whatever provider. */
  get counts(): { readonly served: number; readonly denied: number } {
    const { served, denied } = this.#parts.providers.totals.counts;
    return { served, denied: denied + this.#figures.denied };
  }

  /** How long operations took, by type of provider. */
  get latency(): Readonly<Record<string, LatencyFigures>> {
    return this.#parts.providers.totals.latency;
  }

  /**
   * Finds the provider of each assignment and lets it check the assignment; gives nothing yet.
   *
   * @throws `CAPABILITY_NOT_FOUND`, `INVALID_REQUEST`
   */
  async prepare(assignments: readonly CapabilityAssignment[]): Promise<RegisteredAssignment[]> {
    const prepared: RegisteredAssignment[] = [];
    for (const [index, assignment] of assignments.entries()) {
      prepared.push(await this.#prepared(assignment, `capabilities[${index}]`));
    }
    return prepared;
  }

  async #prepared(assignment: CapabilityAssignment, field: string): Promise<RegisteredAssignment> {
    const provider = await this.#parts.providers.choose(assignment, field);
    try {
      await provider.check(assignment);
    } catch (error) {
      throw inField(error, field);
    }
    return { assignment, providerId: provider.providerId };
  }

  /**
   * Gives a grant, at once; resolves when one that it replaces serves no call any more, wherever that
   * was.
   */
  async give(instanceId: string, registered: RegisteredAssignment): Promise<void> {
    const { registry, links, facts } = this.#parts;
    const { assignment, providerId } = registered;
    const { capabilityId, providerType, permissions } = assignment;
    const former = registry.get(instanceId, capabilityId);
    registry.put(instanceId, registered);
    const provider = this.#providerOf(registered);
    const given = provider?.assign(instanceId, assignment);
    const details = { capabilityId, providerType, permissions, ...callerDetail() };
    facts.append('capability_assigned', { instanceId, providerId, details });
    const life = links.of(instanceId);
    // The way may be one to a provider of another type that had the id before.
    if (life?.leadsTo(providerId, providerType) === false) provider?.connect(life);
    this.#map(life, providerId);
    const hasMoved = former !== undefined && former.providerId !== providerId;
    if (hasMoved) this.#map(life, former.providerId);
    const left = hasMoved ? this.#providerOf(former)?.revoke(instanceId, capabilityId) : undefined;
    await this.#leaving.add(keyOf(instanceId, capabilityId), Promise.all([given, left]));
  }

  /** Tells a life which host functions its assignments map to a provider now. */
  #map(life: GuestLinks | undefined, providerId: string): void {
    if (life === undefined) return;
    const hostFunctions = new Set<string>();
    for (const registered of this.#parts.registry.of(life.instanceId)) {
      if (registered.providerId !== providerId) continue;
      for (const name of hostFunctionsOf(registered.assignment).keys()) hostFunctions.add(name);
    }
    life.map({ providerId, hostFunctions: [...hostFunctions] });
  }

  /** The provider of an assignment, unless its id has been given to one of another type since. */
  #providerOf({ providerId, assignment }: RegisteredAssignment): ProviderActor | undefined {
    const provider = this.#parts.providers.find(providerId);
    return provider?.providerType === assignment.providerType ? provider : undefined;
  }

  /**
   * @param confirm - throws if the instance is not the one any more that was meant.
   * @throws `CAPABILITY_NOT_FOUND`, `INVALID_REQUEST`, or what `confirm` throws.
   */
  async assign(instanceId: string, value: unknown, confirm: () => void): Promise<void> {
    const assignment = checkedAssignment(value, 'assignment');
    const key = keyOf(instanceId, assignment.capabilityId);
    let given: Promise<void> | undefined;
    await this.#turns.take(key, async () => {
      const prepared = await this.#prepared(assignment, 'assignment');
      confirm();
      given = this.give(instanceId, prepared);
    });
    await given;
  }

  /**
   * Takes a grant away; resolves when no call is served by it any more.
   *
   * @param confirm - throws if the instance is not the one any more that was meant.
   * @throws `CAPABILITY_NOT_FOUND`, or what `confirm` throws.
   */
  async revoke(instanceId: string, capabilityId: string, confirm: () => void): Promise<void> {
    const { registry, links, facts } = this.#parts;
    const key = keyOf(instanceId, capabilityId);
    await this.#turns.settled(key);
    confirm();
    const removed = registry.remove(instanceId, capabilityId);
    if (removed === undefined) {
      throw new WasmatrixError('CAPABILITY_NOT_FOUND', 'the instance has no such capability', {
        instanceId,
        capabilityId,
      });
    }
    this.#map(links.of(instanceId), removed.providerId);
    const revoked = this.#providerOf(removed)?.revoke(instanceId, capabilityId);
    // Calls by what the grant has replaced before are calls by this capability too.
    await Promise.all([revoked, this.#leaving.settled(key)]);
    const details = {
      capabilityId,
      providerType: removed.assignment.providerType,
      ...callerDetail(),
    };
    facts.append('capability_revoked', { instanceId, providerId: removed.providerId, details });
  }

  list(instanceId: string): CapabilityAssignment[] {
    return this.#parts.registry.of(instanceId).map(({ assignment }) => assignment);
  }

  /** The instance has ended: takes everything away at once. */
  forget(instanceId: string): void {
    const { registry, providers } = this.#parts;
    registry.forget(instanceId);
    // Also those who had something of it once: a call of its may still be on its way to them.
    providers.forget(instanceId);
    this.#account.forget(instanceId);
  }

  /** Opens the ways of one life of an instance. */
  connect(instanceId: string, payloadBytes: number): GuestLinks {
    const { registry, links, providers } = this.#parts;
    const life = new GuestLinks(instanceId, payloadBytes, (call) => this.#refuse(instanceId, call));
    links.put(life);
    for (const { providerId, assignment } of registry.of(instanceId)) {
      this.#map(life, providerId);
      const { providerType } = assignment;
      const provider = providers.find(providerId);
      if (provider?.providerType === providerType) {
        if (!life.leadsTo(providerId, providerType)) provider.connect(life);
      } else if (!life.has(providerId)) {
        life.disconnect(providerId, providerType);
      }
    }
    return life;
  }

  /** That life is over. */
  disconnect(life: GuestLinks): void {
    this.#parts.links.remove(life);
    this.#parts.providers.drop(life);
    life.close();
  }

  #refuse(instanceId: string, call: CapabilityCall): never {
    const error = new WasmatrixError('PERMISSION_DENIED', 'no grant covers the operation');
    this.#account.denied(instanceId, call, undefined, undefined);
    this.#account.refused(instanceId, call, error);
    throw error;
  }
}

function keyOf(instanceId: string, capabilityId: string): string {
  return JSON.stringify([instanceId, capabilityId]);
}

/** Puts the name of the assignment before the field that its provider has named. */
function inField(error: unknown, field: string): unknown {
  if (!isWasmatrixError(error) || typeof error.details['field'] !== 'string') return error;
  const details = { ...error.details, field: `${field}.${error.details['field']}` };
  return new WasmatrixError(error.code, `${field}.${error.message}`, details, { cause: error });
}

import { type CapabilityAssignment, checkedAssignment } from '../core/capability-assignment.ts';
import { isWasmatrixError, WasmatrixError } from '../core/errors.ts';
import type { FactLog } from '../core/fact-log.ts';
import type { CapabilityCall } from '../protocol/capability-call.ts';
import { ProviderFigures } from '../protocol/provider-figures.ts';
import { CallAccount } from '../serving/call-account.ts';
import type { AssignmentRegistry, RegisteredAssignment } from './assignment-registry.ts';
import { GuestLinks } from './guest-links.ts';
import type { LinkTable } from './link-table.ts';
import type { ProviderDirectory } from './provider-directory.ts';

/** What the desk works with. */
export interface DeskParts {
  readonly registry: AssignmentRegistry;
  readonly links: LinkTable;
  readonly providers: ProviderDirectory;
  readonly facts: FactLog;
  readonly areCallsRecorded: boolean;
}

/**
 * Gives and takes grants, opens the ways that guests have to providers, and refuses the calls that
 * there is no way for.
 */
export class CapabilityDesk {
  readonly #parts: DeskParts;
  readonly #figures = new ProviderFigures();
  readonly #account: CallAccount;
  /** Assignments under way, so that what is asked for later also happens later. */
  readonly #assigning = new Map<string, Promise<void>>();

  constructor(parts: DeskParts) {
    this.#parts = parts;
    const { facts, areCallsRecorded } = parts;
    this.#account = new CallAccount({
      clock: facts.clock,
      figures: this.#figures,
      tell: ({ type, instanceId, details }) => facts.append(type, { instanceId, details }),
      areCallsRecorded,
    });
  }

  /** Calls served and denied so far, by whatever provider. */
  get counts(): { readonly served: number; readonly denied: number } {
    const { served, denied } = this.#parts.providers.counts;
    return { served, denied: denied + this.#figures.denied };
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

  /** Gives a grant; resolves when one that it replaces serves no call any more. */
  async give(instanceId: string, registered: RegisteredAssignment): Promise<void> {
    const { registry, links, providers, facts } = this.#parts;
    const { assignment, providerId } = registered;
    const { capabilityId, providerType, permissions } = assignment;
    const former = registry.get(instanceId, capabilityId);
    registry.put(instanceId, registered);
    const provider = providers.find(providerId);
    const given = provider?.assign(instanceId, assignment);
    const details = { capabilityId, providerType, permissions };
    facts.append('capability_assigned', { instanceId, providerId, details });
    await given;
    if (former !== undefined && former.providerId !== providerId) {
      await providers.find(former.providerId)?.revoke(instanceId, capabilityId);
    }
    const life = links.of(instanceId);
    // The way may be one to a provider of another type that had the id before.
    if (life?.leadsTo(providerId, providerType) === false) provider?.connect(life);
  }

  /**
   * @throws `CAPABILITY_NOT_FOUND`, `INVALID_REQUEST`
   */
  async assign(instanceId: string, value: unknown): Promise<void> {
    const assignment = checkedAssignment(value, 'assignment');
    const key = JSON.stringify([instanceId, assignment.capabilityId]);
    const before = this.#assigning.get(key) ?? Promise.resolve();
    const checked = before.then(() => this.#prepared(assignment, 'assignment'));
    const settled = checked.then(
      () => undefined,
      () => undefined,
    );
    this.#assigning.set(key, settled);
    try {
      await this.give(instanceId, await checked);
    } finally {
      if (this.#assigning.get(key) === settled) this.#assigning.delete(key);
    }
  }

  /**
   * Takes a grant away; resolves when no call is served by it any more.
   *
   * @throws `CAPABILITY_NOT_FOUND`
   */
  async revoke(instanceId: string, capabilityId: string): Promise<void> {
    const { registry, providers, facts } = this.#parts;
    await this.#assigning.get(JSON.stringify([instanceId, capabilityId]));
    const removed = registry.remove(instanceId, capabilityId);
    if (removed === undefined) {
      throw new WasmatrixError('CAPABILITY_NOT_FOUND', 'the instance has no such capability', {
        instanceId,
        capabilityId,
      });
    }
    const { providerId, assignment } = removed;
    await providers.find(providerId)?.revoke(instanceId, capabilityId);
    const details = { capabilityId, providerType: assignment.providerType };
    facts.append('capability_revoked', { instanceId, providerId, details });
  }

  list(instanceId: string): CapabilityAssignment[] {
    return this.#parts.registry.of(instanceId).map(({ assignment }) => assignment);
  }

  /** The instance has ended: takes everything away at once. */
  forget(instanceId: string): void {
    const { registry, providers } = this.#parts;
    for (const id of registry.forget(instanceId)) providers.find(id)?.forget(instanceId);
    this.#account.forget(instanceId);
  }

  /** Opens the ways of one life of an instance. */
  connect(instanceId: string, payloadBytes: number): GuestLinks {
    const { registry, links, providers } = this.#parts;
    const life = new GuestLinks(instanceId, payloadBytes, (call) => this.#refuse(instanceId, call));
    links.put(life);
    for (const { providerId, assignment } of registry.of(instanceId)) {
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
    this.#account.denied(instanceId, call, undefined, undefined);
    throw new WasmatrixError('PERMISSION_DENIED', 'no grant covers the operation');
  }
}

/** Puts the name of the assignment before the field that its provider has named. */
function inField(error: unknown, field: string): unknown {
  if (!isWasmatrixError(error) || typeof error.details['field'] !== 'string') return error;
  const details = { ...error.details, field: `${field}.${error.details['field']}` };
  return new WasmatrixError(error.code, `${field}.${error.message}`, details, { cause: error });
}

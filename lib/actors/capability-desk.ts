import { type CapabilityAssignment, checkedAssignment } from '../core/capability-assignment.ts';
import { isWasmatrixError, WasmatrixError } from '../core/errors.ts';
import type { FactLog } from '../core/fact-log.ts';
import { Grant } from './grant.ts';
import type { GrantTable } from './grant-table.ts';
import type { ProviderDirectory } from './provider-directory.ts';

/** Gives and takes grants, and records both as facts. */
export class CapabilityDesk {
  readonly #grants: GrantTable;
  readonly #providers: ProviderDirectory;
  readonly #facts: FactLog;

  constructor(grants: GrantTable, providers: ProviderDirectory, facts: FactLog) {
    this.#grants = grants;
    this.#providers = providers;
    this.#facts = facts;
  }

  /**
   * Finds the provider of each assignment and lets it check the assignment; gives nothing yet.
   *
   * @throws `CAPABILITY_NOT_FOUND`, `INVALID_REQUEST`
   */
  prepare(instanceId: string, assignments: readonly CapabilityAssignment[]): Grant[] {
    return assignments.map((assignment, index) =>
      this.#prepared(instanceId, assignment, `capabilities[${index}]`),
    );
  }

  #prepared(instanceId: string, assignment: CapabilityAssignment, field: string): Grant {
    const provider = this.#providers.choose(assignment, field);
    const { permissions, config = {} } = assignment;
    try {
      provider.definition.checkAssignment?.({ permissions, config });
    } catch (error) {
      throw inField(error, field);
    }
    return new Grant(instanceId, assignment, provider.providerId, this.#facts.clock);
  }

  async give(grant: Grant): Promise<void> {
    const { instanceId, providerId, assignment } = grant;
    const { capabilityId, providerType, permissions } = assignment;
    const given = this.#grants.assign(grant);
    const details = { capabilityId, providerType, permissions };
    this.#facts.append('capability_assigned', { instanceId, providerId, details });
    await given;
  }

  /**
   * @throws `CAPABILITY_NOT_FOUND`, `INVALID_REQUEST`
   */
  async assign(instanceId: string, value: unknown): Promise<void> {
    const assignment = checkedAssignment(value, 'assignment');
    await this.give(this.#prepared(instanceId, assignment, 'assignment'));
  }

  /**
   * @throws `CAPABILITY_NOT_FOUND`
   */
  async revoke(instanceId: string, capabilityId: string): Promise<void> {
    const { providerId, assignment } = await this.#grants.revoke(instanceId, capabilityId);
    const details = { capabilityId, providerType: assignment.providerType };
    this.#facts.append('capability_revoked', { instanceId, providerId, details });
  }

  list(instanceId: string): CapabilityAssignment[] {
    return this.#grants.list(instanceId);
  }
}

/** Puts the name of the assignment before the field that its provider has named. */
function inField(error: unknown, field: string): unknown {
  if (!isWasmatrixError(error) || typeof error.details['field'] !== 'string') return error;
  const details = { ...error.details, field: `${field}.${error.details['field']}` };
  return new WasmatrixError(error.code, `${field}.${error.message}`, details, { cause: error });
}

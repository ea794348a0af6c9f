import type { CapabilityAssignment } from '../core/capability-assignment.ts';

/** An assignment and the provider that it was made for. */
export interface RegisteredAssignment {
  readonly assignment: CapabilityAssignment;
  readonly providerId: string;
}

/**
 * What every instance has been assigned: what there is to list, and what a provider that comes back is
 * told again. Whether a call is allowed is decided elsewhere, where it is served.
 */
export class AssignmentRegistry {
  readonly #assigned = new Map<string, Map<string, RegisteredAssignment>>();

  /** The assignments of one instance, in the order in which they were made. */
  of(instanceId: string): readonly RegisteredAssignment[] {
    return [...(this.#assigned.get(instanceId)?.values() ?? [])];
  }

  /** Every assignment of a provider, with its instance. */
  *ofProvider(providerId: string): Iterable<readonly [string, CapabilityAssignment]> {
    for (const [instanceId, own] of this.#assigned) {
      for (const each of own.values()) {
        if (each.providerId === providerId) yield [instanceId, each.assignment];
      }
    }
  }

  get(instanceId: string, capabilityId: string): RegisteredAssignment | undefined {
    return this.#assigned.get(instanceId)?.get(capabilityId);
  }

  put(instanceId: string, registered: RegisteredAssignment): void {
    const own = this.#assigned.get(instanceId) ?? new Map<string, RegisteredAssignment>();
    this.#assigned.set(instanceId, own);
    own.set(registered.assignment.capabilityId, registered);
  }

  /** @returns what was there. */
  remove(instanceId: string, capabilityId: string): RegisteredAssignment | undefined {
    const own = this.#assigned.get(instanceId);
    const removed = own?.get(capabilityId);
    own?.delete(capabilityId);
    if (own?.size === 0) this.#assigned.delete(instanceId);
    return removed;
  }

  /** @returns the providers that the instance had something of. */
  forget(instanceId: string): readonly string[] {
    const providers = this.of(instanceId).map(({ providerId }) => providerId);
    this.#assigned.delete(instanceId);
    return [...new Set(providers)];
  }
}

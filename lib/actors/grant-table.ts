import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import { WasmatrixError } from '../core/errors.ts';
import { Grant } from './grant.ts';

/**
 * Who may do what: the grants of every instance, asked at the moment a call is served. It knows ids of
 * instances only; providers are kept elsewhere.
 */
export class GrantTable {
  readonly #grants = new Map<string, Map<string, Grant>>();
  /** Taken away already, but with calls that are still served: a later revocation waits for these too. */
  readonly #leaving = new Set<Grant>();
  readonly #forgetListeners: ((instanceId: string) => void)[] = [];

  /** The grants of one instance, in the order of their assignment. */
  of(instanceId: string): Iterable<Grant> {
    return this.#grants.get(instanceId)?.values() ?? [];
  }

  /** The assignments of one instance, as they were given. */
  list(instanceId: string): CapabilityAssignment[] {
    return [...this.of(instanceId)].map(({ assignment }) => assignment);
  }

  /** Gives a grant; one of the same capability id is replaced, and waits for its last call. */
  async assign(grant: Grant): Promise<void> {
    const { instanceId, assignment } = grant;
    let own = this.#grants.get(instanceId);
    if (own === undefined) {
      own = new Map();
      this.#grants.set(instanceId, own);
    }
    const former = own.get(assignment.capabilityId);
    own.set(assignment.capabilityId, grant);
    if (former !== undefined) await this.#leave(former);
  }

  /** Takes a grant away; resolves when neither it nor an earlier one of its id is served any more. */
  async #leave(grant: Grant): Promise<void> {
    this.#leaving.add(grant);
    const { instanceId, assignment } = grant;
    const ofThisId = [...this.#leaving].filter(
      (each) =>
        each.instanceId === instanceId && each.assignment.capabilityId === assignment.capabilityId,
    );
    await Promise.all(ofThisId.map((each) => each.revoke()));
    this.#leaving.delete(grant);
  }

  /**
   * Takes a grant away; resolves when none of its calls is served any more.
   *
   * @throws `CAPABILITY_NOT_FOUND`
   */
  async revoke(instanceId: string, capabilityId: string): Promise<Grant> {
    const own = this.#grants.get(instanceId);
    const grant = own?.get(capabilityId);
    if (own === undefined || grant === undefined) {
      throw new WasmatrixError('CAPABILITY_NOT_FOUND', 'the instance has no such capability', {
        instanceId,
        capabilityId,
      });
    }
    own.delete(capabilityId);
    if (own.size === 0) this.#grants.delete(instanceId);
    await this.#leave(grant);
    return grant;
  }

  /** Takes every grant of an instance away at once. */
  forget(instanceId: string): void {
    for (const grant of this.of(instanceId)) grant.abandon();
    // The instance has ended: whoever waits for its last calls waits for nothing.
    for (const grant of this.#leaving) if (grant.instanceId === instanceId) grant.abandon();
    this.#grants.delete(instanceId);
    for (const listener of this.#forgetListeners) listener(instanceId);
  }

  /** Hears of each instance that has ended. */
  onForget(listener: (instanceId: string) => void): void {
    this.#forgetListeners.push(listener);
  }
}

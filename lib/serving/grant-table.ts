import { WasmatrixError } from '../core/errors.ts';
import { Grant } from './grant.ts';

/**
 * Who may do what with one provider: the grants of every instance, kept where its calls are served and
 * asked at that moment.
 */
export class GrantTable {
  readonly #grants = new Map<string, Map<string, Grant>>();
  /** Taken away already, but with calls that are still served: a later revocation waits for these too. */
  readonly #leaving = new Set<Grant>();

  /** The grants of one instance, in the order of their assignment. */
  of(instanceId: string): Iterable<Grant> {
    return this.#grants.get(instanceId)?.values() ?? [];
  }

  /** Gives a grant; one of the same capability id is replaced, and waits for its last call. */
  async assign(grant: Grant): Promise<void> {
    const { instanceId, capabilityId } = grant;
    let own = this.#grants.get(instanceId);
    if (own === undefined) {
      own = new Map();
      this.#grants.set(instanceId, own);
    }
    const former = own.get(capabilityId);
    own.set(capabilityId, grant);
    if (former !== undefined) await this.#leave(former);
  }

  /** Takes a grant away; resolves when neither it nor an earlier one of its id is served any more. */
  async #leave(grant: Grant): Promise<void> {
    this.#leaving.add(grant);
    const { instanceId, capabilityId } = grant;
    const ofThisId = [...this.#leaving].filter(
      (each) => each.instanceId === instanceId && each.capabilityId === capabilityId,
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

  /** Takes every grant of an instance away at once; who waits for its last calls waits no longer. */
  forget(instanceId: string): void {
    for (const grant of this.of(instanceId)) grant.abandon();
    for (const grant of this.#leaving) if (grant.instanceId === instanceId) grant.abandon();
    this.#grants.delete(instanceId);
  }
}

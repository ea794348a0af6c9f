import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import type { Clock } from '../core/clock.ts';
import { PermissionSet } from '../core/permissions.ts';
import type { CallContext, RequiredPermission } from '../core/provider.ts';
import { settlesWithin } from '../core/settles-within.ts';

/** The longest a revocation waits for calls under way, in milliseconds. */
const REVOKE_DEADLINE_MS = 10_000;

/**
 * A grant that is held: an assignment bound to one provider. Calls are counted while they are served,
 * so that a revocation can wait for the last of them.
 */
export class Grant {
  readonly instanceId: string;
  readonly assignment: CapabilityAssignment;
  readonly providerId: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** What an operation is told of the calls by this grant. */
  readonly context: CallContext;
  readonly #permissions: PermissionSet;
  readonly #clock: Clock;
  readonly #idle: (() => void)[] = [];
  readonly #endListeners = new Set<() => void>();
  #underWay = 0;
  #isRevoked = false;
  #isGivenUp = false;

  constructor(
    instanceId: string,
    assignment: CapabilityAssignment,
    providerId: string,
    clock: Clock,
  ) {
    this.instanceId = instanceId;
    this.assignment = assignment;
    this.providerId = providerId;
    this.#clock = clock;
    this.config = assignment.config ?? {};
    this.#permissions = new PermissionSet(assignment.permissions);
    this.context = Object.freeze({
      instanceId,
      capabilityId: assignment.capabilityId,
      config: this.config,
      allows: (required: RequiredPermission) => this.allows(required),
      onEnd: (listener: () => void) => this.#onEnd(listener),
    });
  }

  get capabilityId(): string {
    return this.assignment.capabilityId;
  }

  #onEnd(listener: () => void): () => void {
    this.#endListeners.add(listener);
    if (this.#isRevoked) this.#tellEnd();
    return () => this.#endListeners.delete(listener);
  }

  #tellEnd(): void {
    this.#isRevoked = true;
    for (const listener of this.#endListeners) {
      this.#endListeners.delete(listener);
      listener();
    }
  }

  /** Whether the grant, as it is now, covers what an operation needs. */
  allows(required: RequiredPermission): boolean {
    return !this.#isRevoked && this.#permissions.allows(required);
  }

  /** Whether the grant, as it is now, allows anything at all. */
  get holdsAny(): boolean {
    return !this.#isRevoked && this.assignment.permissions.length > 0;
  }

  /** Whether nobody waits for its calls any more: none of them may be answered now. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** Counts a call in; the returned function counts it out. */
  enter(): () => void {
    this.#underWay += 1;
    return () => {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#release();
    };
  }

  #release(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /**
   * Takes the grant away at once; resolves when no call is served by it any more, or after 10
   * seconds, from when on the calls that remain are not answered.
   */
  async revoke(): Promise<void> {
    this.#tellEnd();
    if (this.#underWay === 0 || this.#isGivenUp) return;
    const idle = new Promise<void>((resolve) => this.#idle.push(resolve));
    if (!(await settlesWithin(idle, REVOKE_DEADLINE_MS, this.#clock))) this.abandon();
  }

  /** Takes the grant away without waiting for its calls, which are not answered any more. */
  abandon(): void {
    this.#tellEnd();
    this.#isGivenUp = true;
    this.#release();
  }
}

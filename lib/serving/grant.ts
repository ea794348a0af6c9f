import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import type { Clock } from '../core/clock.ts';
import { hostFunctionsOf, providerOptions } from '../core/host-functions.ts';
import { PermissionSet } from '../core/permissions.ts';
import type { RequiredPermission } from '../core/provider.ts';
import { settlesWithin } from '../core/settles-within.ts';
import type { CapabilityCall } from '../protocol/capability-call.ts';
import { EndSignal } from './end-signal.ts';

/** The longest a revocation waits for calls under way, in milliseconds. */
const REVOKE_DEADLINE_MS = 10_000;

/**
 * A grant that is held, where its calls are served. Calls are counted while they are under way, so
 * that a revocation can wait for the last of them.
 */
export class Grant {
  readonly instanceId: string;
  readonly capabilityId: string;
  readonly assignment: CapabilityAssignment;
  /** The provider's own options. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Fires as soon as the grant is taken away, before its last calls have ended. */
  readonly ending: EndSignal = new EndSignal();
  readonly #permissions: PermissionSet;
  readonly #hostFunctions: ReadonlyMap<string, string>;
  readonly #clock: Clock;
  readonly #idle: (() => void)[] = [];
  #underWay = 0;
  #isGivenUp = false;

  constructor(instanceId: string, assignment: CapabilityAssignment, clock: Clock) {
    this.instanceId = instanceId;
    this.capabilityId = assignment.capabilityId;
    this.assignment = assignment;
    this.#clock = clock;
    this.config = providerOptions(assignment);
    this.#hostFunctions = hostFunctionsOf(assignment);
    this.#permissions = new PermissionSet(assignment.permissions);
  }

  /**
   * What a call asks for if it is made by this grant: an operation of its provider.
   *
   * @returns `undefined` where the call is meant for another grant, or names a host function that this
   * one does not map.
   */
  asked(call: CapabilityCall): CapabilityCall | undefined {
    const { capabilityId, isHostFunction, args } = call;
    if (capabilityId !== undefined && capabilityId !== this.capabilityId) return undefined;
    if (isHostFunction !== true) return call;
    const operation = this.#hostFunctions.get(call.operation);
    if (operation === undefined) return undefined;
    return { family: this.assignment.providerType, operation, args };
  }

  /** Whether the grant, as it is now, covers what an operation needs. */
  allows(required: RequiredPermission): boolean {
    return !this.ending.hasEnded && this.#permissions.allows(required);
  }

  /** Whether the grant, as it is now, allows anything at all. */
  get holdsAny(): boolean {
    return !this.ending.hasEnded && this.assignment.permissions.length > 0;
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
    this.ending.end();
    if (this.#underWay === 0 || this.#isGivenUp) return;
    const idle = new Promise<void>((resolve) => this.#idle.push(resolve));
    if (!(await settlesWithin(idle, REVOKE_DEADLINE_MS, this.#clock))) this.abandon();
  }

  /** Takes the grant away without waiting for its calls, which are not answered any more. */
  abandon(): void {
    this.ending.end();
    this.#isGivenUp = true;
    this.#release();
  }
}

import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import type { Clock } from '../core/clock.ts';
import { isWasmatrixError, messageOf, WasmatrixError } from '../core/errors.ts';
import { checkMappedOperations, providerOptions } from '../core/host-functions.ts';
import { isPromiseLike } from '../core/promise-like.ts';
import type {
  ProviderDefinition,
  ProviderEnvironment,
  ProviderOperation,
  RequiredPermission,
  WireValue,
} from '../core/provider.ts';
import { settlesWithin } from '../core/settles-within.ts';
import type { CapabilityCall } from '../protocol/capability-call.ts';
import { type CallAccount, measured } from './call-account.ts';
import { type CallerSession, callContext } from './caller-session.ts';
import { CallsUnderWay } from './calls-under-way.ts';
import { Grant } from './grant.ts';
import { GrantTable } from './grant-table.ts';
import { TentativeRefusal } from './tentative-refusal.ts';

/** What a server is made with. */
export interface ServerParts {
  readonly providerId: string;
  readonly definition: ProviderDefinition;
  readonly clock: Clock;
  /** Milliseconds that one operation may take. */
  readonly callTimeoutMs: number;
  readonly account: CallAccount;
}

/** The provider serves nobody now: nothing was done, and the call is to be made again elsewhere. */
export const MOVED: unique symbol = Symbol('moved');

/** What a call comes to. */
export type Served = WireValue | Promise<WireValue> | typeof MOVED;

/**
 * One life of a provider where it is served, be that a thread of its own or the host's: finds the
 * grant, asks it, and only then lets the provider operate. Who calls is known from the channel.
 */
export class ProviderServer {
  readonly #parts: ServerParts;
  readonly #grants = new GrantTable();
  readonly #underWay: CallsUnderWay;
  readonly #sessions = new Map<string, Set<CallerSession>>();
  #state: unknown;
  #phase: 'closed' | 'serving' | 'paused' = 'closed';

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#underWay = new CallsUnderWay(parts.clock, parts.callTimeoutMs);
  }

  /**
   * Makes the provider's state.
   *
   * @throws what the provider says; `STORAGE_ERROR` for anything that is no error of ours.
   */
  async open(
    config: Readonly<Record<string, unknown>>,
    environment: ProviderEnvironment,
  ): Promise<void> {
    try {
      this.#state = await this.#parts.definition.open(config, environment);
    } catch (error) {
      throw this.#failure('could not start', error);
    }
    this.#phase = 'serving';
  }

  #failure(what: string, error: unknown): WasmatrixError {
    if (isWasmatrixError(error)) return error;
    const message = `the provider ${what}: ${messageOf(error)}`;
    const details = { providerId: this.#parts.providerId };
    return new WasmatrixError('STORAGE_ERROR', message, details, { cause: error });
  }

  /**
   * @throws `INVALID_REQUEST` naming the field.
   */
  checkAssignment({ permissions, config = {} }: CapabilityAssignment): void {
    const { definition } = this.#parts;
    checkMappedOperations({ config }, definition.operations);
    definition.checkAssignment?.({ permissions, config: providerOptions({ config }) });
  }

  /** Gives a grant; resolves when one that it replaces serves no call any more. */
  async assign(instanceId: string, assignment: CapabilityAssignment): Promise<void> {
    const grant = new Grant(instanceId, assignment, this.#parts.clock);
    const given = this.#grants.assign(grant);
    this.#parts.definition.assigned?.(callContext(grant), this.#state);
    await given;
  }

  /** Takes a grant away; resolves when none of its calls is served any more. */
  async revoke(instanceId: string, capabilityId: string): Promise<void> {
    // A life that began after the assignment was taken away has never had it.
    await this.#grants.revoke(instanceId, capabilityId).catch(() => undefined);
  }

  /** A life of an instance that calls from now on. */
  admit(session: CallerSession): void {
    const own = this.#sessions.get(session.instanceId) ?? new Set();
    this.#sessions.set(session.instanceId, own.add(session));
  }

  /** That life is over. */
  dismiss(session: CallerSession): void {
    session.end();
    const own = this.#sessions.get(session.instanceId);
    own?.delete(session);
    if (own?.size === 0) this.#sessions.delete(session.instanceId);
  }

  /**
   * The instance has ended. What it may have asked for last must not be served by the grants of another
   * that takes its id.
   */
  forget(instanceId: string): void {
    for (const session of this.#sessions.get(instanceId) ?? []) session.end();
    this.#sessions.delete(instanceId);
    this.#grants.forget(instanceId);
    this.#parts.account.forget(instanceId);
  }

  /**
   * @param isTentative - whether the caller asks somebody else after a refusal, which is then no
   * denial yet.
   * @returns `MOVED` unless it serves: whoever pauses or closes it tells the callers of another way.
   * @throws `PERMISSION_DENIED`, `CAPABILITY_NOT_FOUND`, `INVALID_REQUEST`, or what the operation
   * throws; a `TentativeRefusal` where the caller may ask somebody else, because nothing was done.
   */
  serve(session: CallerSession, call: CapabilityCall, isTentative = false): Served {
    if (this.#phase !== 'serving' && !this.#endsOthers(call)) return MOVED;
    if (session.hasEnded) throw notFound('the instance has ended');
    let refusal: WasmatrixError | undefined;
    let refusing: Grant | undefined;
    let refused: readonly RequiredPermission[] | undefined;
    let refusedCall = call;
    for (const grant of this.#grants.of(session.instanceId)) {
      const asked = grant.asked(call);
      if (asked === undefined) continue;
      const { needed, refusal: why } = this.#attempt(grant, asked);
      if (why === undefined) return this.#operate(session, grant, asked, needed);
      // A grant that concerns the call outweighs one that does not.
      if (refusal === undefined || refusal.code !== 'PERMISSION_DENIED') {
        refusal = why;
        refusing = grant;
        refused = needed;
        refusedCall = asked;
      }
    }
    refusal ??= denied();
    if (isTentative) throw new TentativeRefusal(refusal.code, refusal.message, refusal.details);
    if (refusal.code === 'PERMISSION_DENIED') {
      this.#parts.account.denied(session.instanceId, refusedCall, refusing?.capabilityId, refused);
    }
    this.#parts.account.refused(session.instanceId, refusedCall, refusal);
    throw refusal;
  }

  /** Whether it is by this call that those under way come to their end. */
  #endsOthers({ operation, args, isHostFunction }: CapabilityCall): boolean {
    if (this.#phase !== 'paused' || this.#underWay.isIdle || isHostFunction === true) return false;
    return this.#parts.definition.endsOthers?.(operation, args) === true;
  }

  /** What the call needs, and why it may not have it by this grant. */
  #attempt(
    grant: Grant,
    call: CapabilityCall,
  ): { readonly needed: readonly RequiredPermission[]; readonly refusal?: WasmatrixError } {
    const { definition } = this.#parts;
    if (definition.concerns?.(call.args, grant) === false) {
      return { needed: [], refusal: notFound('it is not mapped for this instance') };
    }
    const operation = this.#operation(call);
    const needed = listOf(operation.permission(call.args));
    return isCovered(grant, needed) ? { needed } : { needed, refusal: denied() };
  }

  #operation({ operation }: CapabilityCall): ProviderOperation<unknown> {
    const { operations } = this.#parts.definition;
    if (Object.hasOwn(operations, operation)) {
      return operations[operation] as ProviderOperation<unknown>;
    }
    throw new WasmatrixError('INVALID_REQUEST', 'the provider has no such operation', {
      operation: operation.slice(0, 100),
    });
  }

  #operate(
    session: CallerSession,
    grant: Grant,
    call: CapabilityCall,
    needed: readonly RequiredPermission[],
  ): WireValue | Promise<WireValue> {
    const { account } = this.#parts;
    account.called(session.instanceId, call, grant.capabilityId, needed);
    const ended = account.timed(session.instanceId, call, grant.capabilityId);
    const note = (error: unknown): void => {
      // An operation may find only on its way what it is not allowed, such as a redirect. That is its
      // answer, also to who asked tentatively: nobody else is asked then, because there are effects.
      if (!isWasmatrixError(error) || error.code !== 'PERMISSION_DENIED') return;
      account.denied(session.instanceId, call, grant.capabilityId, needed);
    };
    try {
      const context = session.contextOf(grant);
      const value = this.#operation(call).run(call.args, context, this.#state);
      if (isPromiseLike(value)) {
        const answer = this.#underWay.follow(value, grant, note);
        return ended === undefined ? answer : measured(answer, ended);
      }
      ended?.();
      return value;
    } catch (error) {
      note(error);
      ended?.(error);
      throw error;
    }
  }

  /** Begins no further operation; resolves with whether none is under way within the deadline. */
  async pause(deadlineMs: number): Promise<boolean> {
    if (this.#phase === 'serving') this.#phase = 'paused';
    return settlesWithin(this.#underWay.idle(), deadlineMs, this.#parts.clock);
  }

  /** Serves again after a pause. */
  resume(): void {
    if (this.#phase === 'paused') this.#phase = 'serving';
  }

  /** What the next life is to begin with. */
  handOver(): unknown {
    return this.#parts.definition.handOver?.(this.#state);
  }

  /** What the provider tells of itself; nothing if it cannot. */
  metadata(): Readonly<Record<string, unknown>> {
    if (this.#phase === 'closed') return {};
    try {
      const told: unknown = this.#parts.definition.metadata?.(this.#state);
      return typeof told === 'object' && told !== null && !Array.isArray(told) ? { ...told } : {};
    } catch {
      // One that cannot tell of itself must not hide the others.
      return {};
    }
  }

  /** Waits for no operation any longer; whoever called is answered by others. Idempotent. */
  abandon(): void {
    this.#underWay.abandon();
  }

  /**
   * Serves no more and gives the state back. Idempotent.
   *
   * @throws what the provider says.
   */
  async close(): Promise<void> {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.abandon();
    const state = this.#state;
    this.#state = undefined;
    try {
      await this.#parts.definition.close?.(state);
    } catch (error) {
      throw this.#failure('could not close', error);
    }
  }
}

function isCovered(grant: Grant, needed: readonly RequiredPermission[]): boolean {
  // An operation that needs no particular permission still needs some: no permission, no call.
  if (!grant.holdsAny) return false;
  for (const each of needed) if (!grant.allows(each)) return false;
  return true;
}

function listOf(
  needed: RequiredPermission | readonly RequiredPermission[],
): readonly RequiredPermission[] {
  return Array.isArray(needed)
    ? (needed as readonly RequiredPermission[])
    : [needed as RequiredPermission];
}

function denied(): WasmatrixError {
  return new WasmatrixError('PERMISSION_DENIED', 'no grant covers the operation');
}

function notFound(message: string): WasmatrixError {
  return new WasmatrixError('CAPABILITY_NOT_FOUND', message);
}

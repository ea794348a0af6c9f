import { WasmatrixError } from '../core/errors.ts';
import type { FactLog } from '../core/fact-log.ts';
import { isPromiseLike } from '../core/promise-like.ts';
import type { ProviderOperation, RequiredPermission, WireValue } from '../core/provider.ts';
import type { CapabilityCall } from '../protocol/capability-call.ts';
import { FloodGate } from './flood-gate.ts';
import type { Grant } from './grant.ts';
import type { GrantTable } from './grant-table.ts';
import type { ProviderActor } from './provider-actor.ts';

/** Finds a running provider. */
type FindProvider = (providerId: string) => ProviderActor | undefined;

/** What the router needs. */
export interface RouterParts {
  readonly grants: GrantTable;
  readonly findProvider: FindProvider;
  readonly facts: FactLog;
  /** Whether every call is recorded as a fact, and not only the denied ones. */
  readonly areCallsRecorded: boolean;
}

/**
 * Serves the capability calls of guests: finds the grant, asks it, and only then lets the provider
 * operate. Who calls is known from the channel; the message has no say in it.
 */
export class CapabilityRouter {
  readonly #parts: RouterParts;
  readonly #denials: FloodGate;
  #served = 0;
  #denied = 0;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#denials = new FloodGate(parts.facts.clock);
    parts.grants.onForget((instanceId) => this.#denials.forget(instanceId));
  }

  /** Calls served and calls denied so far. */
  get counts(): { readonly served: number; readonly denied: number } {
    return { served: this.#served, denied: this.#denied };
  }

  /**
   * @throws `PERMISSION_DENIED`, `CAPABILITY_NOT_FOUND`, `INVALID_REQUEST`, or what the operation
   * throws.
   */
  serve(instanceId: string, call: CapabilityCall): WireValue | Promise<WireValue> {
    let refusal: WasmatrixError | undefined;
    let refusing: Grant | undefined;
    for (const grant of this.#parts.grants.of(instanceId)) {
      if (grant.assignment.providerType !== call.family) continue;
      const attempt = this.#attempt(grant, call);
      if (!(attempt instanceof WasmatrixError)) return this.#operate(attempt, grant, call);
      // A grant that concerns the call outweighs one that does not.
      if (refusal === undefined || refusal.code !== 'PERMISSION_DENIED') {
        refusal = attempt;
        refusing = grant;
      }
    }
    if (refusal === undefined || refusal.code === 'PERMISSION_DENIED') {
      throw this.#denial(instanceId, call, refusing);
    }
    throw refusal;
  }

  /** The provider that may operate by this grant, or why none may. */
  #attempt(grant: Grant, call: CapabilityCall): ProviderActor | WasmatrixError {
    const provider = this.#parts.findProvider(grant.providerId);
    if (provider?.isReady !== true) {
      return notFound('the provider is not running', grant);
    }
    const { definition } = provider;
    // An id may have been given to a provider of another kind since the grant was made.
    if (definition.type !== grant.assignment.providerType) {
      return notFound('the provider is of another type', grant);
    }
    if (definition.concerns?.(call.args, grant) === false) {
      return notFound('it is not mapped for this instance', grant);
    }
    if (!Object.hasOwn(definition.operations, call.operation)) {
      throw new WasmatrixError('INVALID_REQUEST', 'the provider has no such operation', {
        operation: call.operation.slice(0, 100),
      });
    }
    const needed = operationOf(provider, call).permission(call.args);
    return isCovered(grant, needed)
      ? provider
      : new WasmatrixError('PERMISSION_DENIED', 'no grant covers the operation');
  }

  #operate(
    provider: ProviderActor,
    grant: Grant,
    call: CapabilityCall,
  ): WireValue | Promise<WireValue> {
    this.#served += 1;
    if (this.#parts.areCallsRecorded) this.#recordCall(grant, call);
    provider.countCall();
    const value = operationOf(provider, call).run(call.args, grant.context, provider.state);
    return isPromiseLike(value) ? awaited(value, provider, grant) : value;
  }

  #denial(instanceId: string, call: CapabilityCall, grant: Grant | undefined): WasmatrixError {
    this.#denied += 1;
    const facts = this.#describe(call, grant);
    const flood = this.#denials.admit(instanceId);
    if (flood !== undefined) {
      const details = { ...facts, ...flood };
      this.#parts.facts.append('capability_denied', { instanceId, details });
    }
    return new WasmatrixError('PERMISSION_DENIED', 'no grant covers the operation', facts);
  }

  #recordCall(grant: Grant, call: CapabilityCall): void {
    const { instanceId, providerId } = grant;
    const details = this.#describe(call, grant);
    this.#parts.facts.append('capability_called', { instanceId, providerId, details });
  }

  /** What may be kept of a call: names only, never the data. */
  #describe(call: CapabilityCall, grant: Grant | undefined): Readonly<Record<string, unknown>> {
    return {
      providerType: call.family.slice(0, 100),
      operation: call.operation.slice(0, 100),
      ...(grant === undefined ? {} : { capabilityId: grant.assignment.capabilityId }),
    };
  }
}

/** Counts in what is still under way, which alone can be met by a stop or a revocation. */
async function awaited(
  value: PromiseLike<WireValue>,
  provider: ProviderActor,
  grant: Grant,
): Promise<WireValue> {
  const leaveProvider = provider.enter();
  const leaveGrant = grant.enter();
  try {
    const answer = await value;
    if (!grant.isGivenUp) return answer;
  } catch (error) {
    if (!grant.isGivenUp) throw error;
  } finally {
    leaveGrant();
    leaveProvider();
  }
  // No fact of a denial: the operation has had its effect, only its answer comes too late.
  throw new WasmatrixError('PERMISSION_DENIED', 'the grant was revoked during the operation');
}

function operationOf(
  { definition }: ProviderActor,
  call: CapabilityCall,
): ProviderOperation<unknown> {
  return definition.operations[call.operation] as ProviderOperation<unknown>;
}

function isCovered(
  grant: Grant,
  needed: RequiredPermission | readonly RequiredPermission[],
): boolean {
  if (!isList(needed)) return grant.allows(needed);
  // An operation that needs no particular permission still needs some: no permission, no call.
  return needed.length === 0 ? grant.holdsAny : needed.every((each) => grant.allows(each));
}

/** `Array.isArray` does not narrow a readonly array away. */
function isList(
  needed: RequiredPermission | readonly RequiredPermission[],
): needed is readonly RequiredPermission[] {
  return Array.isArray(needed);
}

function notFound(message: string, grant: Grant): WasmatrixError {
  return new WasmatrixError('CAPABILITY_NOT_FOUND', message, { providerId: grant.providerId });
}

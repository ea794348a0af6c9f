import { WasmatrixError } from '../core/errors.ts';
import type { FactLog } from '../core/fact-log.ts';
import type { CallContext, ProviderOperation, WireValue } from '../core/provider.ts';
import type { CapabilityCall } from '../protocol/capability-call.ts';
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
  #served = 0;
  #denied = 0;

  constructor(parts: RouterParts) {
    this.#parts = parts;
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
    const family = [...this.#parts.grants.of(instanceId)].filter(
      (grant) => grant.assignment.providerType === call.family,
    );
    if (family.length === 0) throw this.#denial(instanceId, call, undefined);
    let refusal: WasmatrixError | undefined;
    let refusing: Grant | undefined;
    for (const grant of family) {
      const attempt = this.#attempt(grant, call);
      if ('value' in attempt) return attempt.value;
      // A grant that concerns the call outweighs one that does not.
      if (refusal === undefined || refusal.code !== 'PERMISSION_DENIED') {
        refusal = attempt.refusal;
        refusing = grant;
      }
    }
    throw refusal?.code === 'PERMISSION_DENIED'
      ? this.#denial(instanceId, call, refusing)
      : (refusal as WasmatrixError);
  }

  #attempt(
    grant: Grant,
    call: CapabilityCall,
  ): { readonly value: WireValue | Promise<WireValue> } | { readonly refusal: WasmatrixError } {
    const provider = this.#parts.findProvider(grant.providerId);
    if (provider?.isReady !== true) {
      return { refusal: notFound('the provider is not running', grant) };
    }
    const { definition } = provider;
    const { instanceId, config } = grant;
    if (definition.concerns?.(call.args, { instanceId, config }) === false) {
      return { refusal: notFound('it is not mapped for this instance', grant) };
    }
    if (!Object.hasOwn(definition.operations, call.operation)) {
      throw new WasmatrixError('INVALID_REQUEST', 'the provider has no such operation', {
        operation: call.operation.slice(0, 100),
      });
    }
    const operation = definition.operations[call.operation] as ProviderOperation<unknown>;
    const required = [operation.permission(call.args)].flat();
    // An operation that needs no particular permission still needs some: no permission, no call.
    const isAllowed =
      required.length === 0 ? grant.holdsAny : required.every((each) => grant.allows(each));
    if (!isAllowed) {
      return { refusal: new WasmatrixError('PERMISSION_DENIED', 'no grant covers the operation') };
    }
    return { value: this.#operate(provider, grant, operation, call) };
  }

  #operate(
    provider: ProviderActor,
    grant: Grant,
    operation: ProviderOperation<unknown>,
    call: CapabilityCall,
  ): WireValue | Promise<WireValue> {
    this.#served += 1;
    if (this.#parts.areCallsRecorded) this.#recordCall(grant, call);
    const context: CallContext = {
      instanceId: grant.instanceId,
      capabilityId: grant.assignment.capabilityId,
      config: grant.config,
      allows: (required) => grant.allows(required),
    };
    const leaveProvider = provider.enter();
    const leaveGrant = grant.enter();
    const leave = (): void => {
      leaveGrant();
      leaveProvider();
    };
    let value: WireValue | Promise<WireValue>;
    try {
      value = operation.run(call.args, context, provider.state);
    } catch (error) {
      leave();
      throw error;
    }
    if (value instanceof Promise) return value.finally(leave);
    leave();
    return value;
  }

  #denial(instanceId: string, call: CapabilityCall, grant: Grant | undefined): WasmatrixError {
    this.#denied += 1;
    const facts = this.#describe(call, grant);
    this.#parts.facts.append('capability_denied', { instanceId, details: facts });
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

function notFound(message: string, grant: Grant): WasmatrixError {
  return new WasmatrixError('CAPABILITY_NOT_FOUND', message, { providerId: grant.providerId });
}

import type { Clock } from '../core/clock.ts';
import { isWasmatrixError } from '../core/errors.ts';
import type { RequiredPermission } from '../core/provider.ts';
import { type CallMeasures, monoMs, NO_MEASURES } from '../core/served-span.ts';
import type { CapabilityCall } from '../protocol/capability-call.ts';
import type { ServedFact, ToldSpan } from '../protocol/fact-ring.ts';
import type { ProviderFigures } from '../protocol/provider-figures.ts';
import { FloodGate } from './flood-gate.ts';

/** Most that a fact tells of what a call needed: batches may need a thousand scopes. */
const MOST_CHARACTERS = 12_000;
const OVERHEAD_CHARACTERS = 32;

/** What an account is kept with. */
export interface AccountParts {
  readonly clock: Clock;
  readonly figures: ProviderFigures;
  /** Takes a fact; it is recorded before anything that comes of the call. */
  readonly tell: (fact: ServedFact) => void;
  /** Whether every call is recorded as a fact, with what it needed, and not only the denied ones. */
  readonly areCallsRecorded: boolean;
  /** What is measured beyond that. @defaultValue nothing */
  readonly measures?: CallMeasures;
  /** Takes the span of a call that is over, before its caller hears the answer. */
  readonly trace?: (span: ToldSpan) => void;
}

/** An operation has come to its end; with the error that it failed with. */
type EndTiming = (error?: unknown) => void;

/** Counts the calls of guests to a provider and tells of them what is to be known. */
export class CallAccount {
  readonly #parts: AccountParts;
  readonly #denials: FloodGate;
  readonly #overflows: FloodGate;

  constructor(parts: AccountParts) {
    this.#parts = parts;
    this.#denials = new FloodGate(parts.clock);
    this.#overflows = new FloodGate(parts.clock);
  }

  /** A call is being served. */
  called(
    instanceId: string,
    call: CapabilityCall,
    capabilityId: string,
    needed: readonly RequiredPermission[],
  ): void {
    this.#parts.figures.count('served');
    if (!this.#parts.areCallsRecorded) return;
    const details = this.#describe(call, capabilityId, needed);
    this.#parts.tell({ type: 'capability_called', instanceId, details });
  }

  /** Measures a call from now on to its end, where that is wanted. */
  timed(instanceId: string, call: CapabilityCall, capabilityId: string): EndTiming | undefined {
    const { measures = NO_MEASURES, figures } = this.#parts;
    const { isTimed, isTraced } = measures;
    if (!isTimed && !isTraced) return undefined;
    const startedMonoMs = isTraced ? monoMs() : 0;
    const startedMs = performance.now();
    return (error) => {
      const durationMs = performance.now() - startedMs;
      if (isTimed) figures.latency.note(durationMs);
      if (!isTraced) return;
      this.#trace(instanceId, call, { capabilityId, startedMonoMs, durationMs, ...codeOf(error) });
    };
  }

  #trace(
    instanceId: string,
    { family, operation }: CapabilityCall,
    span: Omit<ToldSpan, 'instanceId' | 'providerType' | 'operation'>,
  ): void {
    const named = { providerType: family.slice(0, 100), operation: operation.slice(0, 100) };
    this.#parts.trace?.({ instanceId, ...named, ...span });
  }

  /** A call was refused before anything of it was done. */
  refused(instanceId: string, call: CapabilityCall, error: unknown): void {
    if (this.#parts.measures?.isTraced !== true) return;
    this.#trace(instanceId, call, { startedMonoMs: monoMs(), durationMs: 0, ...codeOf(error) });
  }

  /** A call was refused for want of a permission. */
  denied(
    instanceId: string,
    call: CapabilityCall,
    capabilityId: string | undefined,
    needed: readonly RequiredPermission[] | undefined,
  ): void {
    this.#parts.figures.count('denied');
    // A record that is to be complete has no gate.
    const flood = this.#parts.areCallsRecorded ? {} : this.#denials.admit(instanceId);
    if (flood === undefined) return;
    const details = { ...this.#describe(call, capabilityId, needed), ...flood };
    this.#parts.tell({ type: 'capability_denied', instanceId, details });
  }

  /** Something for an instance was lost for want of room. */
  overflowed(instanceId: string, details: Readonly<Record<string, unknown>>): void {
    const flood = this.#overflows.admit(instanceId);
    if (flood === undefined) return;
    this.#parts.tell({
      type: 'mailbox_overflowed',
      instanceId,
      details: { ...details, ...flood },
    });
  }

  /** The instance has ended. */
  forget(instanceId: string): void {
    this.#denials.forget(instanceId);
    this.#overflows.forget(instanceId);
  }

  /** Names only; the scopes of a call, which may be data of a guest's, only where that is asked for. */
  #describe(
    call: CapabilityCall,
    capabilityId: string | undefined,
    needed: readonly RequiredPermission[] | undefined,
  ): Readonly<Record<string, unknown>> {
    return {
      providerType: call.family.slice(0, 100),
      operation: call.operation.slice(0, 100),
      ...(capabilityId === undefined ? {} : { capabilityId }),
      ...(this.#parts.areCallsRecorded ? requiredOf(needed) : {}),
    };
  }
}

function codeOf(error: unknown): { readonly code?: string } {
  if (error === undefined) return {};
  return { code: isWasmatrixError(error) ? error.code : 'STORAGE_ERROR' };
}

/** Measures an operation that answers later. */
export async function measured<T>(answer: Promise<T>, ended: EndTiming): Promise<T> {
  try {
    const value = await answer;
    ended();
    return value;
  } catch (error) {
    ended(error);
    throw error;
  }
}

/** What a call needed; nothing where that is not known, or more than a fact has room for. */
function requiredOf(needed: readonly RequiredPermission[] | undefined): {
  readonly required?: readonly RequiredPermission[];
} {
  if (needed === undefined) return {};
  let characters = 0;
  for (const { scope = '' } of needed) characters += scope.length + OVERHEAD_CHARACTERS;
  return characters > MOST_CHARACTERS ? {} : { required: needed.map(bounded) };
}

function bounded({ action, scope, isNarrowing }: RequiredPermission): RequiredPermission {
  return {
    action,
    ...(scope === undefined ? {} : { scope: scope.slice(0, 2_048) }),
    ...(isNarrowing === true ? { isNarrowing } : {}),
  };
}

import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import type { ErrorResponse } from '../core/errors.ts';
import type { DeliveredMessage, DeliveryOutcome } from '../core/provider.ts';
import type { CallMeasures } from '../core/served-span.ts';
import type { ControlEnvelope } from './instance-messages.ts';

/** What the thread of a provider is made with. */
export interface ProviderThreadData {
  readonly providerId: string;
  /** A built-in provider by its type, or a module that exports a definition. */
  readonly source: { readonly builtIn: string } | { readonly module: string };
  /** See `fact-ring.ts`. */
  readonly facts: SharedArrayBuffer;
  /** See `provider-figures.ts`. */
  readonly figures: SharedArrayBuffer;
  /** Milliseconds that one operation may take. */
  readonly callTimeoutMs: number;
  readonly areCallsRecorded: boolean;
  readonly measures: CallMeasures;
}

/** What a request to the thread of a provider came to; Comlink keeps no code of an exception. */
export type ProviderReply<T> =
  | { readonly isOk: true; readonly value: T }
  | { readonly isOk: false; readonly failure: ErrorResponse };

/** The serving end of one guest's channel, as it is handed to whoever serves. */
export interface ServingEnd<Port = unknown> {
  readonly port: Port;
  readonly slot: SharedArrayBuffer;
  /** Most bytes of one message of this guest's. */
  readonly payloadBytes: number;
}

/** What the host may ask of the thread of a provider by Comlink. */
export interface ProviderControl {
  open(
    config: Readonly<Record<string, unknown>>,
    inherited: unknown,
  ): Promise<ProviderReply<{ readonly providerType: string }>>;
  checkAssignment(assignment: CapabilityAssignment): Promise<ProviderReply<undefined>>;
  assign(instanceId: string, assignment: CapabilityAssignment): Promise<ProviderReply<undefined>>;
  revoke(instanceId: string, capabilityId: string): Promise<ProviderReply<undefined>>;
  forget(instanceId: string): Promise<void>;
  connect(instanceId: string, end: ServingEnd): Promise<void>;
  /** Begins no further operation; resolves with whether none is under way within the deadline. */
  pause(deadlineMs: number): Promise<boolean>;
  resume(): Promise<void>;
  handOver(): Promise<ProviderReply<unknown>>;
  metadata(): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<ProviderReply<undefined>>;
}

/** Host to thread: what came of a delivery. */
interface DeliveredReply {
  readonly kind: 'wasmatrix.delivered';
  readonly deliveryId: number;
  readonly outcome: DeliveryOutcome;
}

/** Thread to host: a message for a guest. */
interface DeliverRequest {
  readonly kind: 'wasmatrix.deliver';
  readonly deliveryId: number;
  readonly instanceId: string;
  readonly message: DeliveredMessage;
}

/** Thread to host: there are facts in the ring. */
interface FactsNotice {
  readonly kind: 'wasmatrix.facts';
}

/** Thread to host: loaded. */
interface ReadyNotice {
  readonly kind: 'wasmatrix.ready';
}

/** Everything that the host posts to the thread of a provider. */
export type ProviderThreadInput = ControlEnvelope | DeliveredReply;

/** Everything that the thread of a provider posts to the host. */
export type ProviderThreadOutput = ControlEnvelope | DeliverRequest | FactsNotice | ReadyNotice;

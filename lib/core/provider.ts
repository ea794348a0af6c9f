import type { ErrorDetails } from './errors.ts';

/**
 * What may cross between a guest and a provider: plain, bounded data. Integers beyond 2^53 travel as
 * bigint.
 *
 * @public
 */
export type WireValue =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly WireValue[]
  | { readonly [key: string]: WireValue };

/**
 * What an operation needs to be allowed: `area:verb` and, where the area has scopes, the one concrete
 * thing it touches. It is compared with the permissions that a grant holds.
 *
 * @public
 */
export interface RequiredPermission {
  /** For example `kv:read`. */
  readonly action: string;
  /** For example the key; left out where the operation itself filters by `CallContext.allows`. */
  readonly scope?: string;
  /**
   * Whether permissions of this action only narrow what others allow: a grant that holds none of them
   * is not restricted by them, one that holds some must cover the scope. @defaultValue false
   */
  readonly isNarrowing?: boolean;
}

/**
 * What an operation is told about the call it serves. Identity is bound to the channel the call came
 * by, never taken from the message.
 *
 * @public
 */
export interface CallContext {
  /** The calling instance. */
  readonly instanceId: string;
  /** The assignment that allowed the call. */
  readonly capabilityId: string;
  /** The assignment's own configuration. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Whether the grant also covers another permission, for operations that filter what they show. */
  allows(required: RequiredPermission): boolean;
  /**
   * Calls back once, when no call can come by this context any more: the grant was taken away or the
   * life of the instance is over. What an operation has left open for its caller is given back then.
   *
   * @returns takes the listener away again.
   */
  onEnd(listener: () => void): () => void;
}

/**
 * A message for the handler export of a guest.
 *
 * @public
 */
export interface DeliveredMessage {
  readonly topic: string;
  readonly body: Uint8Array;
  /** Where an answer is expected, if one is. */
  readonly replyTo?: string;
}

/**
 * What came of a delivery: the guest handled it, answered with an error of its own, trapped or ran out
 * of time; its mailbox had no room; it exports no handler; it does not run.
 *
 * @public
 */
export type DeliveryOutcome = 'handled' | 'refused' | 'failed' | 'no-room' | 'no-handler' | 'gone';

/**
 * What one life of a provider may ask of the host.
 *
 * @public
 */
export interface ProviderEnvironment {
  readonly providerId: string;
  /** After an update: what `handOver` of the life before has given. */
  readonly inherited?: unknown;
  /**
   * Gives a message to the handler export of an instance, through its mailbox and within the deadline
   * of its calls. At most once, and never rejects.
   */
  deliver(instanceId: string, message: DeliveredMessage): Promise<DeliveryOutcome>;
  /** Records that messages for an instance were lost for want of room. */
  noteOverflow(instanceId: string, details: Readonly<Record<string, unknown>>): void;
}

/**
 * One operation of a provider. The permission is asked for before `run` is ever called.
 *
 * @public
 */
export interface ProviderOperation<State> {
  /**
   * What the call needs, computed from its arguments. A list means all of them, the empty list any
   * permission at all. Malformed arguments are refused here, by throwing `INVALID_REQUEST`.
   */
  permission(args: readonly WireValue[]): RequiredPermission | readonly RequiredPermission[];
  /** Does it, at once or later. What it throws reaches the caller alone. */
  run(
    args: readonly WireValue[],
    context: CallContext,
    state: State,
  ): WireValue | Promise<WireValue>;
}

/**
 * A kind of provider: its operations and how its state comes and goes.
 *
 * @public
 */
export interface ProviderDefinition<State = unknown> {
  /** The `providerType` of assignments, for example `kv`. */
  readonly type: string;
  readonly operations: Readonly<Record<string, ProviderOperation<State>>>;
  /** Makes the state, from the configuration given to `startProvider`. Called once per life. */
  open(
    config: Readonly<Record<string, unknown>>,
    environment: ProviderEnvironment,
  ): State | Promise<State>;
  /** Gives everything back. Called once per life, after the last operation has settled. */
  close?(state: State): void | Promise<void>;
  /** Facts about the provider for `listProviders`. */
  metadata?(state: State): Readonly<Record<string, unknown>>;
  /**
   * Gives the state to the life that an update puts in the place of this one: plain data, which its
   * `open` finds as `inherited`. No operation is under way meanwhile, and this life is closed after.
   */
  handOver?(state: State): unknown;
  /**
   * Whether a call ends others that are under way, as a reply does: it is served also while those are
   * waited for before a stop or an update. Default: none does.
   */
  endsOthers?(operation: string, args: readonly WireValue[]): boolean;
  /** Hears of each assignment while it holds; its `onEnd` tells when it does not any more. */
  assigned?(context: CallContext, state: State): void;
  /**
   * Whether an assignment concerns a call at all, before any permission is looked at; for kv: whether
   * it maps the bucket that the call names. Default: always.
   */
  concerns?(
    args: readonly WireValue[],
    assignment: {
      readonly instanceId: string;
      readonly capabilityId: string;
      readonly config: Readonly<Record<string, unknown>>;
    },
  ): boolean;
  /**
   * Checks the configuration and permissions of an assignment when it is made.
   *
   * @throws `INVALID_REQUEST` naming the field.
   */
  checkAssignment?(assignment: {
    readonly permissions: readonly string[];
    readonly config: Readonly<Record<string, unknown>>;
  }): void;
}

/**
 * How a refused or failed capability call reaches the guest's side of the bridge.
 *
 * @internal
 */
export interface CapabilityFailure {
  readonly code:
    | 'PERMISSION_DENIED'
    | 'CAPABILITY_NOT_FOUND'
    | 'STORAGE_ERROR'
    | 'INVALID_REQUEST'
    | 'RESOURCE_EXHAUSTED'
    | 'TIMEOUT';
  readonly message: string;
  readonly details?: ErrorDetails;
}

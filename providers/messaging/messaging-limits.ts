/**
 * What one provider accepts and keeps.
 *
 * @internal
 */
export interface MessagingLimits {
  /** Most bytes of a message's body; all replies to one request together take no more. */
  readonly maxMessageBytes: number;
  /** Most bytes of all messages and replies that wait, `ENTRY_BYTES` and the topics for each. */
  readonly maxQueuedBytes: number;
  /** Most requests that wait for a reply. */
  readonly maxPendingRequests: number;
  /** Most requests of one instance that wait for a reply. */
  readonly maxPendingPerInstance: number;
}

/**
 * What holds where the configuration says nothing.
 *
 * @internal
 */
export const DEFAULT_LIMITS: MessagingLimits = {
  maxMessageBytes: 1_048_576,
  maxQueuedBytes: 67_108_864,
  maxPendingRequests: 10_000,
  maxPendingPerInstance: 64,
};

/** What a queued message is taken to cost besides its body and topics. @internal */
export const ENTRY_BYTES = 128;

/** Most patterns that one assignment subscribes to. @internal */
export const MAX_SUBSCRIPTIONS = 64;

/** The longest that a request waits, in milliseconds. @internal */
export const LONGEST_REQUEST_MS = 600_000;

/** How long a request waits that does not say, in milliseconds. @internal */
export const DEFAULT_REQUEST_MS = 10_000;

/** Most replies that one request collects. @internal */
export const MAX_REPLIES = 1_000;

/** Most assignments that the metadata show one by one. @internal */
export const SHOWN_SUBSCRIPTIONS = 1_000;

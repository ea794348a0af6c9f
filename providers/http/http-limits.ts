/**
 * What one provider allows.
 *
 * @internal
 */
export interface HttpLimits {
  /** Most connections, in use or kept open for the next request. */
  readonly maxConnections: number;
  readonly maxConnectionsPerInstance: number;
  /** Most requests that are under way or whose response is not dropped yet. */
  readonly maxTransfers: number;
  readonly maxTransfersPerInstance: number;
  /** Most bytes of a request's body. */
  readonly maxRequestBytes: number;
  /** Most bytes of a response's body. */
  readonly maxResponseBytes: number;
  /** Most bytes of a response's body that `request` answers in one piece. */
  readonly maxWholeResponseBytes: number;
  /** Most bytes of all header names and values, of a request as of a response. */
  readonly maxHeaderBytes: number;
  /** Longest wait for a name's addresses, and then for a connection. */
  readonly connectTimeoutMs: number;
  /** Longest wait for the head of a response once the request is sent. */
  readonly firstByteTimeoutMs: number;
  /** Longest standstill of a body, in either direction. */
  readonly betweenBytesTimeoutMs: number;
  /** Longest time from the begin of a request to the end of its response. */
  readonly totalTimeoutMs: number;
}

/**
 * What holds where the configuration says nothing.
 *
 * @internal
 */
export const DEFAULT_LIMITS: HttpLimits = {
  maxConnections: 1_024,
  maxConnectionsPerInstance: 32,
  maxTransfers: 4_096,
  maxTransfersPerInstance: 64,
  maxRequestBytes: 268_435_456,
  maxResponseBytes: 268_435_456,
  maxWholeResponseBytes: 1_048_576,
  maxHeaderBytes: 65_536,
  connectTimeoutMs: 10_000,
  firstByteTimeoutMs: 30_000,
  betweenBytesTimeoutMs: 30_000,
  totalTimeoutMs: 300_000,
};

/** The longest that an operation waits, whatever its caller asks for. @internal */
export const MAX_WAIT_MS = 10_000;

/** Most bytes of one answer of `read`, and of a response or request body that nobody takes. @internal */
export const PIECE_BYTES = 65_536;

/** Most bytes of one `write`: what a message of a guest may have by default. @internal */
export const MAX_WRITE_BYTES = 1_048_576;

/** Most headers, of a request as of a response. @internal */
export const MAX_HEADERS = 1_000;

/** Most redirects that one request follows. @internal */
export const MAX_REDIRECTS = 10;

/** Most lookups of one instance at a time: they cannot be called off, and all share few threads. @internal */
export const MAX_LOOKUPS_PER_INSTANCE = 4;

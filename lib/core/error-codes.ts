/**
 * Whose doing a failure is: the caller's, the guest's, a provider's or the host's own limit.
 *
 * @public
 */
export type ErrorBlame = 'caller' | 'guest' | 'provider' | 'host';

/**
 * What is known of an error code beforehand.
 *
 * @public
 */
export interface ErrorCodeFacts {
  /** Whose doing it is. */
  readonly blame: ErrorBlame;
  /** Whether the same request may succeed later, unchanged. */
  readonly isRetryable: boolean;
  /** One sentence: when the code is used. */
  readonly meaning: string;
}

/**
 * One of the eleven codes.
 *
 * @public
 */
export type ErrorCode =
  | 'INVALID_REQUEST'
  | 'INSTANCE_NOT_FOUND'
  | 'CAPABILITY_NOT_FOUND'
  | 'PERMISSION_DENIED'
  | 'STORAGE_ERROR'
  | 'VALIDATION_ERROR'
  | 'WASM_RUNTIME_ERROR'
  | 'RESOURCE_EXHAUSTED'
  | 'TIMEOUT'
  | 'CRASH_DETECTED'
  | 'RESTART_POLICY_VIOLATION';

/**
 * The eleven codes; nothing else is ever in `WasmatrixError.code`. `docs/errors.md` lists the same
 * table, and a spec ties the two together.
 *
 * @public
 */
export const ERROR_CODES: Readonly<Record<ErrorCode, ErrorCodeFacts>> = {
  INVALID_REQUEST: {
    blame: 'caller',
    isRetryable: false,
    meaning: 'The request is malformed or makes no sense now; `details.field` names the culprit.',
  },
  INSTANCE_NOT_FOUND: {
    blame: 'caller',
    isRetryable: false,
    meaning: 'There is no instance, or group, of that id.',
  },
  CAPABILITY_NOT_FOUND: {
    blame: 'caller',
    isRetryable: true,
    meaning: 'There is no such assignment, or no such provider.',
  },
  PERMISSION_DENIED: {
    blame: 'caller',
    isRetryable: false,
    meaning: 'No grant held at that moment covers the operation.',
  },
  STORAGE_ERROR: {
    blame: 'provider',
    isRetryable: true,
    meaning: "A provider's store failed.",
  },
  VALIDATION_ERROR: {
    blame: 'guest',
    isRetryable: false,
    meaning: 'The module parses but may not be admitted: an import, a limit or a feature.',
  },
  WASM_RUNTIME_ERROR: {
    blame: 'guest',
    isRetryable: false,
    meaning: 'Compiling, linking or instantiating failed, or a call trapped.',
  },
  RESOURCE_EXHAUSTED: {
    blame: 'host',
    isRetryable: true,
    meaning: 'A bound was reached: mailbox, payload, fuel, threads or memory.',
  },
  TIMEOUT: {
    blame: 'guest',
    isRetryable: true,
    meaning: 'A deadline passed; a guest that was running was killed.',
  },
  CRASH_DETECTED: {
    blame: 'guest',
    isRetryable: true,
    meaning: 'The instance died while the call was in flight or queued.',
  },
  RESTART_POLICY_VIOLATION: {
    blame: 'caller',
    isRetryable: false,
    meaning: 'The restart policy forbids the restart that was asked for.',
  },
};

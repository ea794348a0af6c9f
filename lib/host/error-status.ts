import type { ErrorCode } from '../core/error-codes.ts';
import type { ErrorDetails } from '../core/errors.ts';

/**
 * The HTTP status of each code; `docs/api.md` has the same table.
 *
 * @internal
 */
export const ERROR_STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID_REQUEST: 400,
  INSTANCE_NOT_FOUND: 404,
  CAPABILITY_NOT_FOUND: 404,
  PERMISSION_DENIED: 403,
  STORAGE_ERROR: 503,
  VALIDATION_ERROR: 422,
  WASM_RUNTIME_ERROR: 502,
  RESOURCE_EXHAUSTED: 429,
  TIMEOUT: 504,
  CRASH_DETECTED: 503,
  RESTART_POLICY_VIOLATION: 409,
};

/**
 * The status that a failure is answered with: that of its code, or a more exact one where HTTP has one.
 *
 * @internal
 */
export function statusOf(code: ErrorCode, details: ErrorDetails): number {
  if (code === 'RESOURCE_EXHAUSTED' && details['resource'] === 'payload') {
    // What came was too large, or what the guest answered.
    return /^(args|body)/.test(String(details['field'])) ? 413 : 502;
  }
  // The caller is not at fault, and no other caller would fare better: the machine is full.
  if (code === 'RESOURCE_EXHAUSTED' && 'needed' in details) return 503;
  if (code === 'WASM_RUNTIME_ERROR' && details['kind'] === 'guest-error') return 422;
  return ERROR_STATUS[code];
}

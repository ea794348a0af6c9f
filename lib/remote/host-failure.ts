import { ERROR_CODES } from '../core/error-codes.ts';
import {
  type ErrorResponse,
  errorFromResponse,
  messageOf,
  WasmatrixError,
} from '../core/errors.ts';

/** Errors by which a connection was never made: nobody has heard of the request. */
const UNHEARD = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EACCES',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const DEADLINES = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/**
 * What a failure of the connection is told as. A host that cannot be reached is, for whoever asked it for
 * something, what a process that has died is: `CRASH_DETECTED`, the one code that says "whatever was to do this
 * is gone, and may be back", with `details.executed` for whether the request may have been heard. `TIMEOUT`
 * would say that a deadline of the caller's has passed, `RESOURCE_EXHAUSTED` that the host has answered.
 *
 * @internal
 */
export function connectionFailure(thrown: unknown, url: string): WasmatrixError {
  const reason = reasonOf(thrown);
  const executed = UNHEARD.has(reason) ? 'no' : 'maybe';
  const details = { url, reason, executed };
  if (DEADLINES.has(reason)) {
    return new WasmatrixError('TIMEOUT', `${url} did not answer in time`, details, {
      cause: thrown,
    });
  }
  const message =
    executed === 'no' ? `${url} cannot be reached (${reason})` : `${url} was lost (${reason})`;
  return new WasmatrixError('CRASH_DETECTED', message, details, { cause: thrown });
}

function reasonOf(thrown: unknown): string {
  const { code, cause, errors } = (thrown ?? {}) as {
    readonly code?: unknown;
    readonly cause?: unknown;
    readonly errors?: readonly unknown[];
  };
  if (typeof code === 'string') return code;
  const [first] = errors ?? [];
  if (first !== undefined) return reasonOf(first);
  return cause === undefined ? messageOf(thrown, 100) : reasonOf(cause);
}

/**
 * The failure that a host has answered with, or what to make of an answer that is none of a host.
 *
 * @internal
 */
export function answeredFailure(status: number, body: unknown, url: string): WasmatrixError {
  if (isErrorResponse(body)) return errorFromResponse(body);
  const details = { url, status };
  // A gateway between here and there answers like this when the host is gone.
  if (status === 502 || status === 503 || status === 504) {
    const message = `${url} is not there (status ${status})`;
    return new WasmatrixError('CRASH_DETECTED', message, { ...details, executed: 'maybe' });
  }
  const message = `url: what answers there is no host of Wasmatrix (status ${status})`;
  return new WasmatrixError('INVALID_REQUEST', message, { field: 'url', ...details });
}

function isErrorResponse(body: unknown): body is ErrorResponse {
  const { error_code, message, details, timestamp } = (body ?? {}) as Partial<
    Record<keyof ErrorResponse, unknown>
  >;
  return (
    typeof error_code === 'string' &&
    Object.hasOwn(ERROR_CODES, error_code) &&
    typeof message === 'string' &&
    typeof details === 'object' &&
    details !== null &&
    typeof timestamp === 'string'
  );
}

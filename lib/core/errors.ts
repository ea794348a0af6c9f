import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

/** A registered symbol, so that copies of the package and other realms recognise each other's errors. */
const BRAND: unique symbol = Symbol.for('wasmatrix.error') as never;

/**
 * What a failure carries beyond its message: plain data only, safe to log and to send.
 *
 * @public
 */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The JSON form of a failure, as the HTTP API answers it.
 *
 * @public
 */
export interface ErrorResponse {
  readonly error_code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
}

/**
 * Every failure of the system. Match on `code`, not on the message; recognise with
 * `isWasmatrixError()`, not with `instanceof`, if the error may have crossed a thread.
 *
 * @public
 */
export class WasmatrixError extends Error {
  override readonly name = 'WasmatrixError';
  /** One of the eleven codes. */
  readonly code: ErrorCode;
  /** Plain data about this failure; `details.field` names the culprit of a bad request. */
  readonly details: ErrorDetails;
  /** When it was made: ISO 8601, UTC. */
  readonly timestamp: string;
  /** @internal */
  readonly [BRAND] = true;

  constructor(
    code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
    options: { readonly cause?: unknown; readonly timestamp?: string } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.details = details;
    this.timestamp = options.timestamp ?? new Date().toISOString();
  }

  /** The JSON form; neither stack nor cause leave the process by it. */
  toJSON(): ErrorResponse {
    return {
      error_code: this.code,
      message: this.message,
      details: this.details,
      timestamp: this.timestamp,
    };
  }
}

/**
 * Whether a value is one of our errors, whichever thread, process or copy of the package made it.
 *
 * @public
 */
export function isWasmatrixError(value: unknown): value is WasmatrixError {
  if (typeof value !== 'object' || value === null) return false;
  if ((value as Partial<WasmatrixError>)[BRAND] === true) return true;
  const { name, code } = value as { readonly name?: unknown; readonly code?: unknown };
  return name === 'WasmatrixError' && typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}

/**
 * Rebuilds an error from its JSON form, as it arrives over a wire.
 *
 * @internal
 */
export function errorFromResponse(response: ErrorResponse): WasmatrixError {
  return new WasmatrixError(response.error_code, response.message, response.details, {
    timestamp: response.timestamp,
  });
}

/**
 * A request that is wrong in one field.
 *
 * @internal
 */
export function invalidField(
  field: string,
  problem: string,
  details: ErrorDetails = {},
): WasmatrixError {
  return new WasmatrixError('INVALID_REQUEST', `${field}: ${problem}`, { field, ...details });
}

/**
 * The message of whatever was thrown, bounded, because a guest may have chosen its length.
 *
 * @internal
 */
export function messageOf(thrown: unknown, maxLength = 2_000): string {
  let text: string;
  try {
    text = String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    text = 'unprintable value';
  }
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

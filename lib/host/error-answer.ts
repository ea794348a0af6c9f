import { invalidField, isWasmatrixError, messageOf, WasmatrixError } from '../core/errors.ts';
import { toTagged } from '../protocol/tagged-values.ts';
import { statusOf } from './error-status.ts';

/**
 * A failure with the status that it is answered with, where that is not the usual one of its code.
 *
 * @internal
 */
export class AnsweredError extends WasmatrixError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    { code, message, details }: WasmatrixError,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(code, message, details);
    this.status = status;
    this.headers = headers;
  }
}

/**
 * What a request is answered with that has failed.
 *
 * @internal
 */
export interface FailedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly error: WasmatrixError;
}

/** What is said of a key that no schema knows. */
export const UNKNOWN_OPTION = 'unknown option';

interface FrameworkError {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly validation?: readonly { readonly instancePath: string; readonly message?: string }[];
  readonly validationContext?: string;
}

/** The answer to whatever was thrown. */
export function failedAnswer(thrown: unknown, requestId: string): FailedAnswer {
  const error = isWasmatrixError(thrown) ? thrown : frameworkFailure(thrown as FrameworkError);
  const status =
    error instanceof AnsweredError ? error.status : statusOf(error.code, error.details);
  const retry = status === 429 || status === 503 ? { 'retry-after': '1' } : {};
  const own = error instanceof AnsweredError ? error.headers : {};
  const { error_code, message, details, timestamp } = WasmatrixError.prototype.toJSON.call(error);
  return {
    status,
    headers: { ...retry, ...own },
    body: {
      error_code,
      message,
      details: toTagged(details, 'details', 'drop'),
      timestamp,
      request_id: requestId,
    },
    error,
  };
}

function frameworkFailure(thrown: FrameworkError): WasmatrixError {
  const { validation, validationContext = 'body', code, statusCode } = thrown;
  if (validation !== undefined) return invalidRequest(validation, validationContext);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE': {
      return new WasmatrixError('RESOURCE_EXHAUSTED', 'body: too large', {
        field: 'body',
        resource: 'payload',
      });
    }
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE': {
      const problem = 'is none that this route takes';
      return new AnsweredError(415, invalidField('content-type', problem));
    }
    case 'FST_ERR_CTP_EMPTY_JSON_BODY': {
      return invalidField('body', 'is empty');
    }
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH': {
      return invalidField('content-length', 'is not that of the body');
    }
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
    case 'FST_ERR_ASYNC_CONSTRAINT': {
      return invalidField('path', 'cannot be read');
    }
    default: {
      if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
        return new AnsweredError(statusCode, invalidField('request', messageOf(thrown, 200)));
      }
      // A fault of our own. What it says may name files or values: it goes to the log alone.
      const message = 'the host failed to answer; its log tells more by the request id';
      const error = new WasmatrixError('CRASH_DETECTED', message, {}, { cause: thrown });
      return Object.assign(new AnsweredError(500, error), { cause: thrown });
    }
  }
}

function invalidRequest(
  problems: readonly { readonly instancePath: string; readonly message?: string }[],
  context: string,
): WasmatrixError {
  // The deepest is nearest to the mistake: an alternative that was not meant fails further up, or because
  // it does not know what another does.
  const weight = ({ instancePath, message }: (typeof problems)[number]): number =>
    instancePath.split('/').length * 2 - Number(message === UNKNOWN_OPTION);
  const [first] = problems.toSorted((a, b) => weight(b) - weight(a));
  const path = (first?.instancePath ?? '').split('/').slice(1).map(unescaped);
  const field = path.length === 0 ? context : path.join('.').slice(0, 300);
  return invalidField(field, first?.message ?? 'is wrong');
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-4 */
const unescaped = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

import { messageOf } from '../../../../lib/core/errors.ts';
import type { CapabilityRefused } from '../../../guest-failure.ts';
import { IoError } from './io-error.ts';

/** Messages come from afar and are kept as long as the guest holds the error. */
const MAX_MESSAGE_LENGTH = 200;

/**
 * `variant error-code` of `wasi:http`, as the canonical ABI lowers it.
 *
 * @internal
 */
export interface ErrorCode {
  readonly tag: string;
  readonly val?: unknown;
}

const PLAIN = `DNS-timeout destination-not-found destination-unavailable destination-IP-prohibited
  destination-IP-unroutable connection-refused connection-terminated connection-timeout
  connection-read-timeout connection-write-timeout connection-limit-reached TLS-protocol-error
  TLS-certificate-error HTTP-request-denied HTTP-request-length-required
  HTTP-request-method-invalid HTTP-request-URI-invalid HTTP-request-URI-too-long
  HTTP-response-incomplete HTTP-response-timeout HTTP-upgrade-failed HTTP-protocol-error
  loop-detected configuration-error`;
const SIZED = `HTTP-request-body-size HTTP-request-header-section-size HTTP-request-header-size
  HTTP-request-trailer-section-size HTTP-response-header-section-size HTTP-response-body-size
  HTTP-response-trailer-section-size HTTP-response-transfer-coding HTTP-response-content-coding`;
const OF_FIELD = 'HTTP-request-trailer-size HTTP-response-header-size HTTP-response-trailer-size';

const NO_FIELD = { fieldName: undefined, fieldSize: undefined };
const NO_ANSWER = { rcode: undefined, infoCode: undefined };
const NO_ALERT = { alertId: undefined, alertMessage: undefined };

function codes(tags: string, payload: object): (readonly [tag: string, code: ErrorCode])[] {
  return tags.split(/\s+/).map((tag) => [tag, { tag, ...payload }]);
}

/** Every code but `internal-error`, with the payload that says nothing. */
const CODES: ReadonlyMap<string, ErrorCode> = new Map([
  ...codes(PLAIN, {}),
  ...codes(SIZED, { val: undefined }),
  ...codes(OF_FIELD, { val: NO_FIELD }),
  ...codes('DNS-error', { val: NO_ANSWER }),
  ...codes('TLS-alert-received', { val: NO_ALERT }),
]);

/**
 * A code that a provider named, or `internal-error` with its message.
 *
 * @internal
 */
export function errorCode(tag: string, message: string = tag): ErrorCode {
  return CODES.get(tag) ?? internalError(message);
}

/**
 * A code whose payload is a number of bytes.
 *
 * @internal
 */
export function bodySizeError(bytes: number): ErrorCode {
  return { tag: 'HTTP-request-body-size', val: BigInt(bytes) };
}

/**
 * A body of a response that has another number of bytes than it may have.
 *
 * @internal
 */
export function responseSizeError(bytes: number): ErrorCode {
  return { tag: 'HTTP-response-body-size', val: BigInt(bytes) };
}

/**
 * Headers that take more bytes than can be had.
 *
 * @internal
 */
export function headerSectionError(of: 'request' | 'response', bytes: number): ErrorCode {
  return { tag: `HTTP-${of}-header-section-size`, val: Math.min(bytes, 2 ** 32 - 1) };
}

/**
 * What fits no other code.
 *
 * @internal
 */
export function internalError(message: string): ErrorCode {
  return { tag: 'internal-error', val: messageOf(message, MAX_MESSAGE_LENGTH) };
}

/** What an exhausted limit or a deadline that passed means, where the operation tells more. */
const BY_OPERATION: ReadonlyMap<string, string> = new Map([
  ['write TIMEOUT', 'connection-write-timeout'],
  ['finish TIMEOUT', 'connection-write-timeout'],
  ['read TIMEOUT', 'connection-read-timeout'],
  ['write RESOURCE_EXHAUSTED', 'HTTP-request-body-size'],
  ['read RESOURCE_EXHAUSTED', 'HTTP-response-body-size'],
  ['head RESOURCE_EXHAUSTED', 'HTTP-response-header-section-size'],
]);

const BY_REFUSAL: ReadonlyMap<string, string> = new Map([
  ['PERMISSION_DENIED', 'HTTP-request-denied'],
  ['CAPABILITY_NOT_FOUND', 'destination-unavailable'],
  ['TIMEOUT', 'HTTP-response-timeout'],
  ['RESOURCE_EXHAUSTED', 'connection-limit-reached'],
]);

/**
 * What a refused capability call means to HTTP: nobody who could do it is an unavailable destination;
 * what is the host's or provider's own affair is an internal error.
 *
 * @internal
 */
export function refusalCode(operation: string, refused: CapabilityRefused): ErrorCode {
  const tag = BY_OPERATION.get(`${operation} ${refused.code}`) ?? BY_REFUSAL.get(refused.code);
  return tag === undefined ? internalError(messageOf(refused)) : errorCode(tag);
}

/**
 * Carries an error code out of whatever was going on; it never reaches a guest as it is.
 *
 * @internal
 */
export class HttpFailure extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode) {
    super(`HTTP failed: ${code.tag}`);
    this.code = code;
  }
}

/**
 * `error` of a stream that carries a body.
 *
 * @internal
 */
export class HttpStreamError extends IoError {
  readonly code: ErrorCode;

  constructor(code: ErrorCode) {
    super(typeof code.val === 'string' ? `${code.tag}: ${code.val}` : code.tag);
    this.code = code;
  }
}

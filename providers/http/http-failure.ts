import type { WireValue } from '../../lib/core/provider.ts';

/**
 * What went wrong, as `wasi:http/types.error-code` calls it.
 *
 * @internal
 */
export type HttpErrorTag =
  | 'DNS-timeout'
  | 'DNS-error'
  | 'destination-unavailable'
  | 'destination-IP-prohibited'
  | 'destination-IP-unroutable'
  | 'connection-refused'
  | 'connection-terminated'
  | 'connection-timeout'
  | 'connection-read-timeout'
  | 'connection-write-timeout'
  | 'connection-limit-reached'
  | 'TLS-protocol-error'
  | 'TLS-certificate-error'
  | 'HTTP-request-denied'
  | 'HTTP-request-body-size'
  | 'HTTP-request-method-invalid'
  | 'HTTP-request-URI-invalid'
  | 'HTTP-request-URI-too-long'
  | 'HTTP-request-header-section-size'
  | 'HTTP-request-header-size'
  | 'HTTP-response-incomplete'
  | 'HTTP-response-header-section-size'
  | 'HTTP-response-body-size'
  | 'HTTP-response-timeout'
  | 'HTTP-protocol-error'
  | 'loop-detected'
  | 'internal-error';

/**
 * A failure of the request itself, which the guest gets as a value: neither a refusal by permission nor
 * a malformed call.
 *
 * @internal
 */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly tag: HttpErrorTag;

  constructor(tag: HttpErrorTag, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.tag = tag;
  }
}

/**
 * A failed request as a value. Any other error is none, and goes on as it is.
 *
 * @throws the error, unless it is an `HttpFailure`.
 * @internal
 */
export function failureReply(error: unknown): WireValue {
  if (!(error instanceof HttpFailure)) throw error;
  return { error: error.tag, message: error.message };
}

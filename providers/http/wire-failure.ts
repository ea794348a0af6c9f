import { messageOf } from '../../lib/core/errors.ts';
import { type HttpErrorTag, HttpFailure } from './http-failure.ts';

/** By the code that sockets, TLS and the HTTP client give their errors. */
const TAGS: ReadonlyMap<string, HttpErrorTag> = new Map([
  ['ECONNREFUSED', 'connection-refused'],
  ['ECONNRESET', 'connection-terminated'],
  ['EPIPE', 'connection-terminated'],
  ['ETIMEDOUT', 'connection-timeout'],
  ['EHOSTUNREACH', 'destination-IP-unroutable'],
  ['ENETUNREACH', 'destination-IP-unroutable'],
  ['EADDRNOTAVAIL', 'destination-IP-unroutable'],
  ['EACCES', 'destination-unavailable'],
  ['EPERM', 'destination-unavailable'],
  ['EINVAL', 'destination-unavailable'],
  ['EMFILE', 'connection-limit-reached'],
  ['ENFILE', 'connection-limit-reached'],
  ['EPROTO', 'TLS-protocol-error'],
  ['CERT_HAS_EXPIRED', 'TLS-certificate-error'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS-certificate-error'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'TLS-certificate-error'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'TLS-certificate-error'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'TLS-certificate-error'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TLS-certificate-error'],
  ['UND_ERR_SOCKET', 'connection-terminated'],
  ['UND_ERR_INFO', 'connection-terminated'],
  ['UND_ERR_DESTROYED', 'connection-terminated'],
  ['UND_ERR_CLOSED', 'connection-terminated'],
  ['UND_ERR_ABORTED', 'connection-terminated'],
  ['UND_ERR_HEADERS_OVERFLOW', 'HTTP-response-header-section-size'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'HTTP-response-incomplete'],
  ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'HTTP-request-body-size'],
  ['HTTPParserError', 'HTTP-protocol-error'],
  ['UND_ERR_INVALID_ARG', 'HTTP-request-denied'],
  ['UND_ERR_NOT_SUPPORTED', 'HTTP-request-denied'],
]);

const FAMILIES: readonly (readonly [string, HttpErrorTag])[] = [
  ['ERR_TLS_CERT', 'TLS-certificate-error'],
  ['CERT_', 'TLS-certificate-error'],
  ['ERR_SSL_', 'TLS-protocol-error'],
  ['ERR_TLS_', 'TLS-protocol-error'],
];

/** What a message of the guest's own request may be told; longer ones are the server's to blame. */
const MAX_MESSAGE_LENGTH = 200;

/**
 * What a socket or the HTTP client threw, as a failure of the request.
 *
 * @param fallback - for errors of no known code.
 * @internal
 */
export function wireFailure(
  thrown: unknown,
  fallback: HttpErrorTag = 'internal-error',
): HttpFailure {
  if (thrown instanceof HttpFailure) return thrown;
  const code = codeOf(thrown);
  const tag =
    TAGS.get(code) ?? FAMILIES.find(([prefix]) => code.startsWith(prefix))?.[1] ?? fallback;
  return new HttpFailure(tag, describe(thrown, code), { cause: thrown });
}

/** Without the addresses that the operating system's messages name. */
function describe(thrown: unknown, code: string): string {
  return /^E[A-Z]+$/.test(code) ? code : messageOf(thrown, MAX_MESSAGE_LENGTH);
}

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return '';
  const { code, name } = thrown as { readonly code?: unknown; readonly name?: unknown };
  if (typeof code === 'string') return code;
  // The parser's errors have no code, whatever their type says.
  return typeof name === 'string' ? name : '';
}

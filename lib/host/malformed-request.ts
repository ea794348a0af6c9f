import type { Socket } from 'node:net';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import { AnsweredError, failedAnswer } from './error-answer.ts';

/**
 * Answers what is no request, or none in time, before it was one: there is no reply to write to, only the
 * connection.
 *
 * @internal
 */
export function refuseMalformed(error: Error & { readonly code?: string }, socket: Socket): void {
  // What went wrong below HTTP, such as a handshake of TLS that never came, leaves nobody to answer.
  const isHttp = /^(?:HPE_|ERR_HTTP_)/.test(error.code ?? '');
  if (!isHttp || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = failedAnswer(failureOf(error.code), 'none');
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status} ${status === 408 ? 'Request Timeout' : 'Bad Request'}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
    '',
    text,
  ];
  socket.end(lines.join('\r\n'));
  // One that neither reads nor leaves is not waited for.
  socket.destroySoon();
}

function failureOf(code: string | undefined): WasmatrixError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new AnsweredError(
      408,
      new WasmatrixError('TIMEOUT', 'the request did not come in time'),
    );
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new AnsweredError(431, invalidField('headers', 'are too large'));
  }
  return invalidField('request', 'is no HTTP');
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import type { RequestSpan } from '../telemetry/tracing.ts';
import type { ApiParts } from './api-types.ts';
import { hostName } from './browser-guard.ts';
import { boundConnections } from './connection-bounds.ts';
import { AnsweredError, failedAnswer } from './error-answer.ts';
import { refuseMalformed } from './malformed-request.ts';
import { guestRequest, sendGuestResponse } from './trigger-exchange.ts';
import type { Trigger } from './trigger-table.ts';

const HANDLER = 'wasi:http/incoming-handler@0.2';

/**
 * The server of requests from outside, apart from that of the API: it needs no token, and what guests answer
 * is of another origin, so that no page of theirs can use the API in an operator's browser.
 */
export function triggerServer(parts: ApiParts): Server {
  const { limits, tls } = parts.options;
  const settings = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.headerBytes,
    connectionsCheckingInterval: Math.min(5_000, Math.ceil(limits.headersTimeoutMs / 4)),
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(parts, request, response);
  };
  const server =
    tls === undefined
      ? createServer(settings, onRequest)
      : createTlsServer(
          {
            ...settings,
            handshakeTimeout: limits.headersTimeoutMs,
            cert: asPem(tls.cert),
            key: asPem(tls.key),
          },
          onRequest,
        );
  boundConnections(server, limits);
  server.on('clientError', refuseMalformed);
  return server;
}

const asPem = (pem: string | Uint8Array): string | Buffer =>
  typeof pem === 'string' ? pem : Buffer.from(pem);

async function answer(
  parts: ApiParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { drain, supervisor, options, bodies } = parts;
  const left = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) left.abort(new Error('the caller has left'));
  });
  response.on('error', () => undefined);
  response.once('finish', () => parts.metrics?.triggered(response.statusCode));
  const span = spanOf(parts, request, response);
  try {
    if (drain.isDraining) throw closing();
    drain.follow(request, response);
    const trigger = found(parts, request);
    const body = await bodies.read({ request, content: request, response });
    const { timeoutMs } = trigger;
    const scheme = options.tls === undefined ? 'http' : 'https';
    const args = [guestRequest(request, body, scheme)];
    const call = (): Promise<unknown> =>
      supervisor.invoke(trigger.instanceId, trigger.export ?? HANDLER, args, {
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        signal: left.signal,
      });
    const result = await (span === undefined ? call() : span.run(call));
    sendGuestResponse(request, response, result);
  } catch (error) {
    if (!left.signal.aborted) refuse(parts, request, response, error);
  }
}

/** Whoever is outside is nobody's parent: each request begins a trace of its own. */
function spanOf(
  { tracing }: ApiParts,
  { method = '' }: IncomingMessage,
  response: ServerResponse,
): RequestSpan | undefined {
  const span = tracing?.request(method, {}, undefined);
  response.once('close', () => span?.end(undefined, response.statusCode));
  return span;
}

function found(
  { options }: ApiParts,
  { url = '', method = '', headers }: IncomingMessage,
): Trigger {
  const [path = ''] = url.split('?');
  if (!path.startsWith('/')) throw invalidField('path', 'must be absolute');
  const host = headers.host === undefined ? undefined : hostName(headers.host);
  const trigger = options.triggers.find({ method, path, host });
  if (trigger === undefined) throw new AnsweredError(404, invalidField('path', 'nothing is here'));
  if ('name' in trigger) return trigger;
  const error = invalidField('method', 'is not served here', { allowed: trigger });
  throw new AnsweredError(405, error, { allow: trigger.join(', ') });
}

/** Whoever is outside hears what happened by the status, and nothing of what is inside. */
function refuse(
  { logger }: ApiParts,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  const { error: told, status, headers } = failedAnswer(error, 'none');
  const outside = outsideStatus(told, status);
  logger.debug({ code: told.code, reason: told.message, status: outside }, 'trigger failure');
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // What has not been read of the body is not waited for.
  const connection: Record<string, string> = request.complete ? {} : { connection: 'close' };
  response.writeHead(outside, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...headers,
    ...connection,
  });
  const { error_code, timestamp } = WasmatrixError.prototype.toJSON.call(told);
  const message = outside < 500 ? told.message : 'the request could not be answered';
  response.end(JSON.stringify({ error_code, message, details: {}, timestamp }));
}

function outsideStatus({ code, details }: WasmatrixError, status: number): number {
  if (code === 'RESOURCE_EXHAUSTED') {
    if (status === 413) return status;
    return status === 502 || details['resource'] === 'fuel' ? 502 : 503;
  }
  if (code === 'WASM_RUNTIME_ERROR' || code === 'CRASH_DETECTED') return 502;
  // There is a trigger, and nobody behind it, or nobody who answers requests.
  const isAbsent = 'instanceId' in details || details['field'] === 'exportName';
  return code === 'INSTANCE_NOT_FOUND' || (code === 'INVALID_REQUEST' && isAbsent) ? 503 : status;
}

function closing(): WasmatrixError {
  const error = new WasmatrixError('RESOURCE_EXHAUSTED', 'the host is closing');
  return new AnsweredError(503, error, { connection: 'close' });
}

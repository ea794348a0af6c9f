import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  type RouteHandlerMethod,
} from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { messageOf, WasmatrixError } from '../core/errors.ts';
import { isRequestId } from '../core/request-id.ts';
import { readTaggedJson } from '../protocol/json-text.ts';
import { toTagged } from '../protocol/tagged-values.ts';
import type { Api, ApiParts, ApiRoutes } from './api-types.ts';
import { capabilityRoutes } from './capability-routes.ts';
import { boundConnections } from './connection-bounds.ts';
import { failedAnswer, UNKNOWN_OPTION } from './error-answer.ts';
import { eventRoutes } from './event-routes.ts';
import { groupRoutes } from './group-routes.ts';
import { instanceRoutes } from './instance-routes.ts';
import { invokeRoutes } from './invoke-routes.ts';
import { refuseMalformed } from './malformed-request.ts';
import { metricsRoute } from './metrics-route.ts';
import { moduleRoutes } from './module-routes.ts';
import { nodeRoutes } from './node-routes.ts';
import { providerRoutes } from './provider-routes.ts';
import { noSuchRoute, RequestGate } from './request-gate.ts';
import { RouteList } from './route-list.ts';
import { triggerRoutes } from './trigger-routes.ts';

/** Everything that is about the supervisor; what else is served comes by `plugIns`. */
const ROUTES: readonly ApiRoutes[] = [
  nodeRoutes,
  instanceRoutes,
  invokeRoutes,
  capabilityRoutes,
  groupRoutes,
  providerRoutes,
  eventRoutes,
  moduleRoutes,
  triggerRoutes,
  metricsRoute,
];

/** Puts the API together; it does not listen yet. */
export async function apiServer(parts: ApiParts): Promise<Api> {
  const { limits } = parts.options;
  const api = newServer(parts);
  const list = new RouteList();
  api.addHook('onRoute', (route) => {
    list.add(route.method, route.url);
    if (parts.tracing !== undefined) route.handler = inSpan(route.handler);
  });
  setRules(api, parts, list);
  await api.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'Wasmatrix', version: parts.version } },
  });
  if (limits.requestsPerSecond > 0) {
    await api.register(rateLimit, {
      max: limits.requestsPerSecond,
      timeWindow: 1_000,
      cache: 10_000,
      errorResponseBuilder: (_request, { max }) =>
        new WasmatrixError('RESOURCE_EXHAUSTED', `no more than ${max} requests a second`, {
          resource: 'requests',
          limit: max,
        }),
    });
  }
  for (const add of [...ROUTES, ...parts.plugIns]) await add(api, parts);
  await api.ready();
  return api;
}

function newServer({ options: { limits, tls } }: ApiParts): Api {
  const settings = {
    headersTimeout: limits.headersTimeoutMs,
    maxHeaderSize: limits.headerBytes,
    connectionsCheckingInterval: Math.min(5_000, Math.ceil(limits.headersTimeoutMs / 4)),
    // The gate tells it in the form of all refusals.
    requireHostHeader: false,
  };
  const transport =
    tls === undefined
      ? { http: settings }
      : { https: { ...settings, handshakeTimeout: limits.headersTimeoutMs, ...tls } };
  // One type for both: what is served does not depend on how it is carried.
  return fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    requestIdHeader: false,
    genReqId: requestId,
    clientErrorHandler: refuseMalformed,
    frameworkErrors: (error, request, reply) => {
      void sendFailure(error, request, reply);
    },
    routerOptions: { maxParamLength: 4_096 },
    ...(transport as { readonly http: typeof settings }),
  });
}

function setRules(api: Api, parts: ApiParts, list: RouteList): void {
  const gate = new RequestGate(parts);
  boundConnections(api.server, parts.options.limits);
  api.decorateRequest('caller', undefined);
  // Set with each request before anything reads it.
  api.decorateRequest('answer', undefined as unknown as ServerResponse);
  api.decorateRequest('span', undefined);
  api.setValidatorCompiler(({ schema, httpPart }) => validator(schema as TSchema, httpPart));
  // Answers say what they say: a schema describes them and cuts nothing off.
  api.setSerializerCompiler(() => (data) => JSON.stringify(toTagged(data, 'answer', 'drop')));
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('application/json', async (request: FastifyRequest, content: Readable) =>
    readTaggedJson(
      await parts.bodies.read({ request: request.raw, content, response: request.answer }),
    ),
  );
  api.addHook('onRequest', async (request, reply) => {
    request.answer = reply.raw;
    request.span = parts.tracing?.request(request.method, request.headers, request.id);
    reply.headers({
      'x-request-id': request.id,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    gate.check(request, reply);
  });
  api.addHook('onResponse', async (request, reply) => {
    const { url } = request.routeOptions;
    parts.metrics?.answered(request.method, url, reply.statusCode, reply.elapsedTime);
    request.span?.end(url, reply.statusCode);
    logAnswer(parts, request, reply);
  });
  api.setErrorHandler((error, request, reply) => {
    const { error: told } = sendFailure(error, request, reply);
    logFailure(parts, request, told);
  });
  api.setNotFoundHandler((request) => {
    throw noSuchRoute(list.methodsAt(request.url, request.method));
  });
}

/** What a handler begins is a part of the span of its request. */
function inSpan(handler: RouteHandlerMethod): RouteHandlerMethod {
  return function handle(this: FastifyInstance, request, reply) {
    const act = (): unknown => handler.call(this, request, reply);
    return request.span === undefined ? act() : request.span.run(act);
  };
}

function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const answer = failedAnswer(error, request.id);
  const { status, headers, body } = answer;
  // What has not been read of the body is not waited for.
  const connection: Record<string, string> = request.raw.complete ? {} : { connection: 'close' };
  void reply
    .code(status)
    .headers({ 'x-request-id': request.id, ...headers, ...connection })
    .type('application/json; charset=utf-8')
    .serializer((data: unknown) => JSON.stringify(data))
    .send(body);
  return answer;
}

/** A caller's own id is taken where it is one; else it would be a way to write anything into the log. */
function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return isRequestId(given) ? given : randomUUID();
}

function validator(schema: TSchema, httpPart: string | undefined) {
  const check = Compile(schema);
  const isText = httpPart === 'querystring' || httpPart === 'params';
  return (data: unknown) => {
    // Most of what is text is meant as text; what is a number takes a second look.
    if (check.Check(data)) return { value: data };
    const value = isText ? check.Convert(data) : data;
    if (isText && check.Check(value)) return { value };
    const problems = check.Errors(value).map(({ instancePath, message, keyword }) => ({
      instancePath,
      message: keyword === 'boolean' ? UNKNOWN_OPTION : message,
    }));
    return { error: Object.assign(new Error('invalid'), { validation: problems }) };
  };
}

function logAnswer({ logger }: ApiParts, request: FastifyRequest, reply: FastifyReply): void {
  const { id, method, caller, params } = request;
  const fields = {
    requestId: id,
    method,
    // The pattern, not the path: what a caller wrote stays out of the log, or is told apart.
    route: request.routeOptions.url,
    params,
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime),
    caller: caller?.name,
    role: caller?.role,
  };
  const isChange = request.routeOptions.config.role === 'admin';
  if (isChange) logger.info({ ...fields, audit: true }, 'api change');
  else logger.debug(fields, 'api request');
}

function logFailure({ logger }: ApiParts, request: FastifyRequest, error: WasmatrixError): void {
  const fields = {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url,
    address: request.ip,
    code: error.code,
    reason: error.message,
  };
  if (error.cause !== undefined)
    logger.error({ ...fields, cause: messageOf(error.cause) }, 'api fault');
  else if (error.code === 'PERMISSION_DENIED')
    logger.warn({ ...fields, audit: true }, 'api denial');
  else logger.debug(fields, 'api failure');
}

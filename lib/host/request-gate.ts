import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import type { ApiParts } from './api-types.ts';
import { originRefusal } from './browser-guard.ts';
import { AnsweredError } from './error-answer.ts';
import type { HostCaller } from './token-book.ts';

const LOCAL: HostCaller = { name: 'local', role: 'admin' };
const BEARER = /^Bearer ([\x21-\x7e]{1,1024})$/i;

/** Lets a request in or not, before anything of its body is read. */
export class RequestGate {
  readonly #parts: ApiParts;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  /** @throws `PERMISSION_DENIED`, `RESOURCE_EXHAUSTED` */
  check(request: FastifyRequest, reply: FastifyReply): void {
    const { options, drain } = this.#parts;
    const scheme = options.tls === undefined ? 'http' : 'https';
    const { host, origin } = request.headers;
    const { role, isPage } = request.routeOptions.config;
    // Whoever follows a link elsewhere comes across sites, and is shown a page that has asked for nothing yet.
    const isFollowed = isPage === true && request.headers['sec-fetch-mode'] === 'navigate';
    const fetchSite = isFollowed ? undefined : request.headers['sec-fetch-site'];
    const where = {
      host,
      origin,
      fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined,
    };
    if (host === undefined && request.raw.httpVersion === '1.1') {
      throw new AnsweredError(400, invalidField('host', 'is needed'), { connection: 'close' });
    }
    const refusal = originRefusal(where, scheme, options.hostNames);
    if (refusal !== undefined) {
      const { field, problem } = refusal;
      throw new WasmatrixError('PERMISSION_DENIED', `${field}: ${problem}`, { field });
    }
    if (role === undefined) return;
    request.caller = this.#callerOf(request);
    if (role === 'admin' && request.caller.role !== 'admin') {
      throw new WasmatrixError('PERMISSION_DENIED', 'this needs a token of the role "admin"', {
        needs: 'admin',
        role: request.caller.role,
      });
    }
    if (drain.isDraining) throw closing();
    drain.follow(request.raw, reply.raw);
  }

  #callerOf({ headers: { authorization } }: FastifyRequest): HostCaller {
    const { tokens } = this.#parts.options;
    if (tokens.isEmpty) return LOCAL;
    const [, token] = BEARER.exec(authorization ?? '') ?? [];
    const caller = token === undefined ? undefined : tokens.callerOf(token);
    if (caller !== undefined) return caller;
    const problem = authorization === undefined ? 'a bearer token is needed' : 'no such token';
    const error = new WasmatrixError('PERMISSION_DENIED', problem, { field: 'authorization' });
    throw new AnsweredError(401, error, { 'www-authenticate': 'Bearer realm="wasmatrix"' });
  }
}

function closing(): WasmatrixError {
  const error = new WasmatrixError('RESOURCE_EXHAUSTED', 'the host is closing', {
    resource: 'host',
  });
  return new AnsweredError(503, error, { connection: 'close' });
}

/**
 * The answer to a path that is not there, or not by this method.
 *
 * @internal
 */
export function noSuchRoute(allowed: readonly string[]): AnsweredError {
  if (allowed.length === 0)
    return new AnsweredError(404, invalidField('path', 'there is no such route'));
  const error = invalidField('method', `must be one of ${allowed.join(', ')}`, { allowed });
  return new AnsweredError(405, error, { allow: allowed.join(', ') });
}

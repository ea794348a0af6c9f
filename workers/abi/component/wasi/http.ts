import type { GuestHost } from '../../../guest.ts';
import type { HostFunction } from '../host-imports.ts';
import { HeldBytes } from './held-bytes.ts';
import { HttpCalls } from './http-calls.ts';
import { HttpStreamError } from './http-error-code.ts';
import { Fields, fieldsFunctions } from './http-fields.ts';
import { FutureTrailers, IncomingBody } from './http-incoming-body.ts';
import { IncomingRequest } from './http-incoming-request.ts';
import { FutureIncomingResponse, IncomingResponse } from './http-incoming-response.ts';
import type { MessageMemory } from './http-message.ts';
import { OutgoingBody } from './http-outgoing-body.ts';
import { OutgoingHandler } from './http-outgoing-handler.ts';
import { OutgoingRequest } from './http-outgoing-request.ts';
import { OutgoingResponse } from './http-outgoing-response.ts';
import { RequestOptions, requestOptionsFunctions } from './http-request-options.ts';
import { ResponseOutparam } from './http-response-outparam.ts';
import { numberOf, optionOf, resourceOf, textOf, variantOf } from './import-arguments.ts';
import type { InterfaceGroup } from './interface-group.ts';
import { IoError } from './io-error.ts';
import { Pollable } from './pollable.ts';
import { STREAM_PIECE_BYTES } from './streams.ts';

/** Headers of all messages that a guest holds at once, in payloads. */
const MAX_HEAD_PAYLOADS = 8;
/** So that the smallest limit still lets an ordinary request through. */
const LEAST_HELD_BYTES = 65_536;

/**
 * `wasi:http`, for guests that send requests and for those that answer them. Every effect is a call of
 * a provider; what blocks, blocks there.
 *
 * @internal
 */
export function httpInterfaces(host: GuestHost): InterfaceGroup {
  const { payloadBytes } = host.limits;
  const memory: MessageMemory = {
    heads: new HeldBytes(MAX_HEAD_PAYLOADS * payloadBytes + LEAST_HELD_BYTES, 'headers'),
    bodies: new HeldBytes(Math.max(payloadBytes, LEAST_HELD_BYTES), 'bodies'),
    responses: new HeldBytes(Math.max(payloadBytes, LEAST_HELD_BYTES), 'responses'),
    responseBytes: payloadBytes,
    pieceBytes: Math.min(STREAM_PIECE_BYTES, payloadBytes),
  };
  const headBytes = Math.max(payloadBytes, LEAST_HELD_BYTES);
  const handler = new OutgoingHandler(new HttpCalls(host), memory, headBytes);
  return {
    'wasi:http/types@0.2.x': {
      'http-error-code': (error) => {
        const known = resourceOf(IoError, error);
        return known instanceof HttpStreamError ? known.code : undefined;
      },
      ...fieldsFunctions(memory.heads),
      ...requestFunctions(memory),
      ...requestOptionsFunctions(),
      ...bodyFunctions(),
      ...responseFunctions(),
      ...servingFunctions(memory),
    },
    'wasi:http/outgoing-handler@0.2.x': {
      handle: (request, options) =>
        handler.handle(
          resourceOf(OutgoingRequest, request),
          optionOf((given) => resourceOf(RequestOptions, given), options),
        ),
    },
  };
}

function requestFunctions(memory: MessageMemory): Record<string, HostFunction> {
  const request = (value: unknown): OutgoingRequest => resourceOf(OutgoingRequest, value);
  return {
    '[constructor]outgoing-request': (headers) =>
      new OutgoingRequest(resourceOf(Fields, headers), memory),
    '[method]outgoing-request.body': (self) => request(self).body(),
    '[method]outgoing-request.headers': (self) => request(self).viewHeaders(),
    '[method]outgoing-request.method': (self) => request(self).method,
    '[method]outgoing-request.set-method': (self, method) => {
      request(self).setMethod(variantOf(method));
    },
    '[method]outgoing-request.scheme': (self) => request(self).scheme,
    '[method]outgoing-request.set-scheme': (self, scheme) => {
      request(self).setScheme(optionOf(variantOf, scheme));
    },
    '[method]outgoing-request.authority': (self) => request(self).authority,
    '[method]outgoing-request.set-authority': (self, authority) => {
      request(self).setAuthority(optionOf(textOf, authority));
    },
    '[method]outgoing-request.path-with-query': (self) => request(self).pathWithQuery,
    '[method]outgoing-request.set-path-with-query': (self, path) => {
      request(self).setPathWithQuery(optionOf(textOf, path));
    },
  };
}

function bodyFunctions(): Record<string, HostFunction> {
  return {
    '[method]outgoing-body.write': (self) => resourceOf(OutgoingBody, self).write(),
    '[static]outgoing-body.finish': (self, trailers) => {
      const given = optionOf((value) => resourceOf(Fields, value), trailers);
      resourceOf(OutgoingBody, self).finish(given);
    },
    '[method]incoming-body.stream': (self) => resourceOf(IncomingBody, self).stream(),
    '[static]incoming-body.finish': (self) => resourceOf(IncomingBody, self).finish(),
    '[method]future-trailers.subscribe': (self) => {
      resourceOf(FutureTrailers, self);
      return new Pollable();
    },
    '[method]future-trailers.get': (self) => resourceOf(FutureTrailers, self).get(),
  };
}

function responseFunctions(): Record<string, HostFunction> {
  const future = (value: unknown): FutureIncomingResponse =>
    resourceOf(FutureIncomingResponse, value);
  const response = (value: unknown): IncomingResponse => resourceOf(IncomingResponse, value);
  return {
    '[method]future-incoming-response.subscribe': (self) => future(self).subscribe(),
    '[method]future-incoming-response.get': (self) => future(self).get(),
    '[method]incoming-response.status': (self) => response(self).status,
    '[method]incoming-response.headers': (self) => response(self).viewHeaders(),
    '[method]incoming-response.consume': (self) => response(self).consume(),
  };
}

/** What a guest needs to answer requests. */
function servingFunctions(memory: MessageMemory): Record<string, HostFunction> {
  const request = (value: unknown): IncomingRequest => resourceOf(IncomingRequest, value);
  const response = (value: unknown): OutgoingResponse => resourceOf(OutgoingResponse, value);
  return {
    '[method]incoming-request.method': (self) => request(self).method,
    '[method]incoming-request.scheme': (self) => request(self).scheme,
    '[method]incoming-request.path-with-query': (self) => request(self).pathWithQuery,
    '[method]incoming-request.authority': (self) => request(self).authority,
    '[method]incoming-request.headers': (self) => request(self).viewHeaders(),
    '[method]incoming-request.consume': (self) => request(self).consume(),
    '[static]response-outparam.set': (param, result) => {
      resourceOf(ResponseOutparam, param).set(result);
    },
    '[constructor]outgoing-response': (headers) =>
      new OutgoingResponse(resourceOf(Fields, headers), memory),
    '[method]outgoing-response.status-code': (self) => response(self).status,
    '[method]outgoing-response.set-status-code': (self, status) => {
      response(self).setStatus(numberOf(status));
    },
    '[method]outgoing-response.headers': (self) => response(self).viewHeaders(),
    '[method]outgoing-response.body': (self) => response(self).body(),
  };
}

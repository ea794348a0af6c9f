import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type Api, type ApiParts, route } from './api-types.ts';
import { AnyValue, answers, Id, STRICT } from './common-schemas.ts';

const Timeout = Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }));
const RAW = 'application/octet-stream';

const InvokeBody = Type.Object(
  { args: Type.Optional(Type.Array(AnyValue, { maxItems: 10_000 })), timeoutMs: Timeout },
  STRICT,
);

/** Bytes stand for themselves, as the only argument; nothing stands for no arguments. */
const Body = Type.Unsafe<{ args?: unknown[]; timeoutMs?: number } | Uint8Array | null>({
  anyOf: [InvokeBody, { type: 'null' }],
});

/** Calls of exports. */
export function invokeRoutes(api: Api, { supervisor, bodies }: ApiParts): void {
  // In a scope of its own: raw bytes mean something else to other routes.
  void api.register(async (scope: Api) => {
    scope.addContentTypeParser(RAW, async (request: FastifyRequest, content: Readable) => ({
      args: [
        new Uint8Array(
          await bodies.read({ request: request.raw, content, response: request.answer }),
        ),
      ],
    }));
    scope.post(
      '/v1/instances/:id/invoke/:export',
      route('admin', 'Calls an export', {
        params: Type.Object(
          { id: Id, export: Type.String({ minLength: 1, maxLength: 1_024 }) },
          STRICT,
        ),
        querystring: Type.Object({ timeoutMs: Timeout }, STRICT),
        body: Body,
        response: answers({ 200: Type.Object({ result: AnyValue }, STRICT) }),
      }),
      async ({ id, params, query, body, headers }, reply) => {
        const { args = [], timeoutMs = query.timeoutMs } = (body ?? {}) as {
          readonly args?: unknown[];
          readonly timeoutMs?: number;
        };
        const left = new AbortController();
        reply.raw.once('close', () => {
          if (!reply.raw.writableFinished) left.abort(new Error('the caller has left'));
        });
        const result = await supervisor.invoke(params.id, params.export, args, {
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
          signal: left.signal,
          requestId: id,
        });
        if (result instanceof Uint8Array && headers.accept?.includes(RAW) === true) {
          return reply.type(RAW).send(Buffer.from(result.buffer, result.byteOffset, result.length));
        }
        return { result };
      },
    );
  });
}

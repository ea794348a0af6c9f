import { Type } from 'typebox';
import { type Api, type ApiParts, route } from './api-types.ts';
import { answers, ErrorAnswer, oneOfWords, STRICT } from './common-schemas.ts';
import { StatsSchema } from './stats-schema.ts';

const Health = Type.Object({ status: Type.String() }, STRICT);

const NodeSchema = Type.Object(
  {
    nodeId: Type.String(),
    version: Type.String(),
    runId: Type.String({ description: 'Another with each start of the host.' }),
    role: oneOfWords(['read', 'admin']),
  },
  STRICT,
);

/** What is asked of the host itself. */
export function nodeRoutes(api: Api, { supervisor, drain, version, runId }: ApiParts): void {
  api.get(
    '/healthz',
    route(undefined, 'Says that the process answers', { response: { 200: Health } }),
    async () => ({ status: 'ok' }),
  );
  api.get(
    '/readyz',
    route(undefined, 'Says whether the host takes work', {
      response: { 200: Health, 503: Health },
    }),
    async (_request, reply) =>
      drain.isDraining ? reply.code(503).send({ status: 'draining' }) : { status: 'ready' },
  );
  api.get(
    '/v1/node',
    route('read', 'Tells who answers, and as what the caller is known', {
      response: answers({ 200: NodeSchema }),
    }),
    async ({ caller }) => ({
      nodeId: supervisor.nodeId,
      version,
      runId,
      role: caller?.role ?? 'read',
    }),
  );
  api.get(
    '/v1/stats',
    route('read', 'Counts what there is at this moment', {
      response: answers({ 200: StatsSchema }),
    }),
    () => supervisor.stats(),
  );
  api.get(
    '/v1/openapi.json',
    route('read', 'Describes this interface', {
      response: { 200: Type.Object({}, { additionalProperties: true }), '4xx': ErrorAnswer },
    }),
    // As it is: its own `$ref` is no tag.
    async (_request, reply) => reply.serializer(JSON.stringify).send(api.swagger()),
  );
}

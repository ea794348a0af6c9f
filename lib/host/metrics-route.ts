import { Type } from 'typebox';
import { type Api, type ApiParts, route } from './api-types.ts';
import { ErrorAnswer } from './common-schemas.ts';

/** What Prometheus reads. */
export function metricsRoute(api: Api, { metrics, streams, drain }: ApiParts): void {
  if (metrics === undefined) return;
  api.get(
    '/metrics',
    route('read', 'Tells figures as Prometheus reads them', {
      response: {
        '4xx': ErrorAnswer,
        200: {
          description: 'Figures.',
          content: { 'text/plain': { schema: Type.String() } },
        },
      },
    }),
    async (_request, reply) => {
      const now = { eventStreams: streams.size, requestsUnderWay: drain.size };
      const text = await metrics.text(now);
      return reply.type(metrics.contentType).serializer(String).send(text);
    },
  );
}

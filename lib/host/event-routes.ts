import { Type } from 'typebox';
import { invalidField } from '../core/errors.ts';
import type { ExecutionEventFilter, ExecutionEventType } from '../core/execution-event.ts';
import { type Api, type ApiParts, route } from './api-types.ts';
import { answers } from './common-schemas.ts';
import { EventList, EventQuery } from './event-schemas.ts';

const STREAM = 'text/event-stream';

const StreamText = Type.String({
  description: 'Server-sent events where `Accept` names them or `format` is `stream`.',
});

/** Facts as a list and as a stream, by what the caller accepts. */
export function eventRoutes(api: Api, { supervisor, streams, drain, runId }: ApiParts): void {
  api.get(
    '/v1/events',
    route('read', 'Lists facts, or streams them as they happen', {
      querystring: EventQuery,
      response: {
        ...answers({}),
        200: {
          description: 'Facts.',
          content: {
            'application/json': { schema: EventList },
            [STREAM]: { schema: StreamText },
          },
        },
      },
    }),
    async ({ query, headers, raw }, reply) => {
      const { types, limit, format, ...rest } = query;
      const filter: ExecutionEventFilter = {
        ...rest,
        ...(types === undefined ? {} : { types: types.split(',') as ExecutionEventType[] }),
      };
      const isStream = format === undefined ? acceptsStream(headers.accept) : format === 'stream';
      if (!isStream) {
        const events = await supervisor.executionEvents({
          ...filter,
          ...(limit === undefined ? {} : { limit }),
        });
        const { isCut, oldestSeq } = events;
        return { events: [...events], isCut, oldestSeq };
      }
      if (limit !== undefined) throw invalidField('limit', 'is for lists');
      const resumeAfter = lastEventId(headers['last-event-id']);
      // A wrong filter is found out while an error can still be answered.
      await supervisor.executionEvents({ ...filter, limit: 0 });
      streams.assertRoom();
      reply.hijack();
      drain.leave(reply.raw);
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(name, value);
      }
      reply.raw.writeHead(200, {
        'content-type': STREAM,
        // Else a proxy would keep back what is to be seen at once.
        'x-accel-buffering': 'no',
        'wasmatrix-run': runId,
      });
      // Nothing is to come any more; what does is not worth an answer.
      raw.resume();
      await streams.serve(reply.raw, { filter, resumeAfter });
      return reply;
    },
  );
}

/** Browsers' `EventSource` names the type; tools that accept anything are given the list. */
function acceptsStream(accept: string | undefined): boolean {
  return accept?.toLowerCase().includes(STREAM) === true;
}

function lastEventId(header: string | readonly string[] | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  const seq = typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN;
  if (Number.isNaN(seq)) throw invalidField('last-event-id', 'must be the number of an event');
  return seq;
}

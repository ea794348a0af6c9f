import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Type } from 'typebox';
import { invalidField } from '../core/errors.ts';
import type { ExecutionEventFilter, ExecutionEventType } from '../core/execution-event.ts';
import type { ExecutionEventList } from '../core/fact-log.ts';
import { toTagged } from '../protocol/tagged-values.ts';
import { type Api, type ApiParts, route } from './api-types.ts';
import { answers } from './common-schemas.ts';
import { EventList, EventQuery } from './event-schemas.ts';
import type { StreamResume } from './event-streams.ts';

const STREAM = 'text/event-stream';
const PIECE_LENGTH = 65_536;

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
        return reply.type('application/json; charset=utf-8').send(Readable.from(listText(events)));
      }
      if (limit !== undefined) throw invalidField('limit', 'is for lists');
      const resume = lastEventId(headers['last-event-id']);
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
      await streams.serve(reply.raw, { filter, resume });
      return reply;
    },
  );
}

/** Browsers' `EventSource` names the type; tools that accept anything are given the list. */
function acceptsStream(accept: string | undefined): boolean {
  return accept?.toLowerCase().includes(STREAM) === true;
}

/** The number of an event, and the run of the host that it is of where the reader says so. */
function lastEventId(header: string | readonly string[] | undefined): StreamResume | undefined {
  if (header === undefined || header === '') return undefined;
  const [, seq, run] = /^(\d{1,15})(?:-([0-9a-f]{8}))?$/.exec(String(header)) ?? [];
  if (seq === undefined) throw invalidField('last-event-id', 'must be the id of an event');
  return { seq: Number(seq), run };
}

/** A long list is written in pieces, between which the host does what else there is. */
async function* listText(events: ExecutionEventList): AsyncIterable<string> {
  let piece = '{"events":[';
  let isFirst = true;
  for (const event of events) {
    piece += `${isFirst ? '' : ','}${JSON.stringify(toTagged(event, 'event', 'drop'))}`;
    isFirst = false;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
    await setImmediate();
  }
  const { isCut, oldestSeq } = events;
  yield `${piece}],"isCut":${isCut},"oldestSeq":${oldestSeq}}`;
}

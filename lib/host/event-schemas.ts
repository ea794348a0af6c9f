import { Type } from 'typebox';
import { EXECUTION_EVENT_TYPES } from '../core/execution-event.ts';
import { AnyRecord, oneOfWords, STRICT } from './common-schemas.ts';

/** A number as it stands in a query. */
const Number16 = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const EventQuery = Type.Object(
  {
    instanceId: Type.Optional(Type.String({ maxLength: 128 })),
    types: Type.Optional(
      Type.String({ maxLength: 1_024, description: 'Types of events, separated by commas.' }),
    ),
    sinceSeq: Type.Optional(Number16),
    limit: Type.Optional(Number16),
    format: Type.Optional(oneOfWords(['list', 'stream'])),
  },
  STRICT,
);

const EventSchema = Type.Object(
  {
    seq: Type.Integer(),
    type: oneOfWords(EXECUTION_EVENT_TYPES),
    instanceId: Type.Optional(Type.String()),
    providerId: Type.Optional(Type.String()),
    groupId: Type.Optional(Type.String()),
    nodeId: Type.String(),
    timestamp: Type.String(),
    details: AnyRecord,
  },
  STRICT,
);

export const EventList = Type.Object(
  {
    events: Type.Array(EventSchema),
    isCut: Type.Boolean({ description: 'Whether facts that were asked for are gone already.' }),
    oldestSeq: Type.Integer(),
  },
  STRICT,
);

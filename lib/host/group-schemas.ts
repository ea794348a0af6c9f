import { type Static, Type } from 'typebox';
import { Id, Milliseconds, oneOfWords, STRICT } from './common-schemas.ts';
import { InstanceRequest } from './instance-schemas.ts';

const RESTARTS = ['permanent', 'transient', 'temporary'] as const;

/** A group within a group; it is checked once more, as a group of its own. */
const InnerGroup = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  description: 'A group of the same form.',
});

export const GroupRequest = Type.Object(
  {
    groupId: Type.Optional(Id),
    strategy: Type.Optional(oneOfWords(['one-for-one', 'one-for-all', 'rest-for-one'])),
    intensity: Type.Optional(
      Type.Object(
        {
          maxRestarts: Type.Optional(Type.Integer({ minimum: 0 })),
          periodMs: Type.Optional(Type.Integer({ minimum: 0 })),
        },
        STRICT,
      ),
    ),
    backoff: Type.Optional(
      Type.Object(
        {
          initialMs: Type.Optional(Type.Number()),
          factor: Type.Optional(Type.Number()),
          maxMs: Type.Optional(Type.Number()),
          jitter: Type.Optional(Type.Number()),
        },
        STRICT,
      ),
    ),
    children: Type.Array(
      Type.Union([
        Type.Object(
          {
            childId: Id,
            restart: Type.Optional(oneOfWords(RESTARTS)),
            shutdownMs: Type.Optional(Milliseconds),
            instance: InstanceRequest,
          },
          STRICT,
        ),
        Type.Object(
          { childId: Id, restart: Type.Optional(oneOfWords(RESTARTS)), group: InnerGroup },
          STRICT,
        ),
      ]),
      { maxItems: 10_000 },
    ),
  },
  STRICT,
);
/** A group as it is asked for. */
export type GroupRequest = Static<typeof GroupRequest>;

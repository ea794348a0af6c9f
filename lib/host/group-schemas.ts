import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { invalidField } from '../core/errors.ts';
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

const INNER = Compile(GroupRequest);

/**
 * A group within a group, which no schema of the outer one has looked into.
 *
 * @throws `INVALID_REQUEST`
 */
export function innerGroup(value: unknown): GroupRequest {
  if (INNER.Check(value)) return value;
  const [problem] = INNER.Errors(value);
  const path = (problem?.instancePath ?? '').split('/').slice(1).join('.');
  throw invalidField(`group.${path}`.slice(0, 300), problem?.message ?? 'is wrong');
}

import { type Static, Type } from 'typebox';
import { Id, STRICT } from './common-schemas.ts';

export const TriggerRequest = Type.Object(
  {
    path: Type.String({ minLength: 1, maxLength: 1_024 }),
    instanceId: Id,
    host: Type.Optional(Type.String({ minLength: 1, maxLength: 253 })),
    methods: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 32 })),
    export: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })),
  },
  STRICT,
);

export const TriggerInfoSchema = Type.Object(
  { name: Id, ...TriggerRequest.properties },
  { ...STRICT, description: 'Which requests from outside go to which instance.' },
);

/** A trigger as it is asked for; its name is in the path. */
export type TriggerRequest = Static<typeof TriggerRequest>;

import { Type } from 'typebox';
import { invalidField } from '../core/errors.ts';
import { type Api, type ApiParts, route } from './api-types.ts';
import { answers, Id, NOTHING, STRICT } from './common-schemas.ts';
import { AnsweredError } from './error-answer.ts';
import { TriggerInfoSchema, TriggerRequest } from './trigger-schemas.ts';

const TriggerParams = Type.Object({ name: Id }, STRICT);

/** Which requests from outside go to which instance. */
export function triggerRoutes(api: Api, { options: { triggers, triggerListen } }: ApiParts): void {
  const unknown = (name: string): AnsweredError =>
    new AnsweredError(404, invalidField('name', 'there is no such trigger', { name }));
  api.get(
    '/v1/triggers',
    route('read', 'Lists triggers', {
      response: answers({
        200: Type.Object({ triggers: Type.Array(TriggerInfoSchema) }, STRICT),
      }),
    }),
    async () => ({ triggers: [...triggers.list()] }),
  );
  api.get(
    '/v1/triggers/:name',
    route('read', 'Tells of a trigger', {
      params: TriggerParams,
      response: answers({ 200: TriggerInfoSchema }),
    }),
    async ({ params: { name } }) => {
      const trigger = triggers.get(name);
      if (trigger === undefined) throw unknown(name);
      return trigger;
    },
  );
  api.put(
    '/v1/triggers/:name',
    route('admin', 'Leads requests from outside to an instance', {
      params: TriggerParams,
      body: TriggerRequest,
      response: answers({ 204: NOTHING }),
    }),
    async ({ params: { name }, body }, reply) => {
      if (triggerListen === undefined) {
        throw invalidField('triggerListen', 'this host listens nowhere for triggers');
      }
      triggers.put({ ...body, name });
      return reply.code(204).send();
    },
  );
  api.delete(
    '/v1/triggers/:name',
    route('admin', 'Removes a trigger', {
      params: TriggerParams,
      response: answers({ 204: NOTHING }),
    }),
    async ({ params: { name } }, reply) => {
      if (!triggers.remove(name)) throw unknown(name);
      return reply.code(204).send();
    },
  );
}

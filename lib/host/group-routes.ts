import { Type } from 'typebox';
import { asCaller } from '../actors/caller-context.ts';
import { type Api, type ApiParts, route } from './api-types.ts';
import { answers, Id, NOTHING, STRICT } from './common-schemas.ts';
import { GroupRequest } from './group-schemas.ts';
import { InstanceParams } from './instance-routes.ts';
import { ModuleRequests } from './module-request.ts';

/** Starting and stopping groups. */
export function groupRoutes(api: Api, { supervisor, shelf, options }: ApiParts): void {
  const modules = new ModuleRequests(shelf, options.allowHostPaths);
  api.post(
    '/v1/groups',
    route('admin', 'Starts instances that are supervised together', {
      body: GroupRequest,
      response: answers({
        201: Type.Object({ groupId: Id, instanceIds: Type.Array(Id) }, STRICT),
      }),
    }),
    async ({ body, caller }, reply) => {
      const started = await modules.withGroup(body, (spec) =>
        asCaller(caller?.name, () => supervisor.startGroup(spec)),
      );
      return reply.code(201).send(started);
    },
  );
  api.delete(
    '/v1/groups/:id',
    route('admin', 'Stops the instances of a group in reverse order', {
      params: InstanceParams,
      response: answers({ 204: NOTHING }),
    }),
    async ({ params }, reply) => {
      await supervisor.stopGroup(params.id);
      return reply.code(204).send();
    },
  );
}

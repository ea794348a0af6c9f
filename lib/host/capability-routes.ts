import { Type } from 'typebox';
import { asCaller } from '../actors/caller-context.ts';
import { type Api, type ApiParts, route } from './api-types.ts';
import { answers, Id, NOTHING, STRICT } from './common-schemas.ts';
import { InstanceParams } from './instance-routes.ts';
import { Assignment, NamedAssignment } from './instance-schemas.ts';
import { assertUnmasked, masked } from './secret-mask.ts';

const GrantParams = Type.Object({ id: Id, capabilityId: Id }, STRICT);

/** Giving and taking grants. */
export function capabilityRoutes(api: Api, { supervisor }: ApiParts): void {
  api.get(
    '/v1/instances/:id/capabilities',
    route('read', 'Lists the grants of an instance; what looks like a secret is masked', {
      params: InstanceParams,
      response: answers({
        200: Type.Object({ capabilities: Type.Array(Assignment) }, STRICT),
      }),
    }),
    async ({ params }) => {
      const capabilities = await supervisor.listCapabilities(params.id);
      return {
        capabilities: capabilities.map((each) =>
          each.config === undefined ? each : { ...each, config: masked(each.config) },
        ),
      };
    },
  );
  api.put(
    '/v1/instances/:id/capabilities/:capabilityId',
    route('admin', 'Gives a grant, or puts it in the place of the one of its id', {
      params: GrantParams,
      body: NamedAssignment,
      response: answers({ 204: NOTHING }),
    }),
    async ({ params: { id, capabilityId }, body, caller }, reply) => {
      assertUnmasked(body.config, 'config');
      await asCaller(caller?.name, () =>
        supervisor.assignCapability(id, { capabilityId, ...body }),
      );
      return reply.code(204).send();
    },
  );
  api.delete(
    '/v1/instances/:id/capabilities/:capabilityId',
    route('admin', 'Takes a grant; once answered, no call is served by it', {
      params: GrantParams,
      response: answers({ 204: NOTHING }),
    }),
    async ({ params: { id, capabilityId }, caller }, reply) => {
      await asCaller(caller?.name, () => supervisor.revokeCapability(id, capabilityId));
      return reply.code(204).send();
    },
  );
}

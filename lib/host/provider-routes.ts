import { Type } from 'typebox';
import type { ProviderConfig } from '../core/provider-config.ts';
import { type Api, type ApiParts, route } from './api-types.ts';
import { answers, Id, NOTHING, STRICT } from './common-schemas.ts';
import { InstanceParams } from './instance-routes.ts';
import { pathRefused } from './module-request.ts';
import { ProviderInfoSchema, ProviderRequest } from './provider-schemas.ts';
import { masked } from './secret-mask.ts';

/** Starting, replacing and stopping providers. */
export function providerRoutes(api: Api, { supervisor, options }: ApiParts): void {
  const checked = (body: ProviderRequest): ProviderConfig => {
    if (!options.allowHostPaths) refusePaths(body);
    return body;
  };
  api.get(
    '/v1/providers',
    route('read', 'Lists providers', {
      response: answers({
        200: Type.Object({ providers: Type.Array(ProviderInfoSchema) }, STRICT),
      }),
    }),
    async () => {
      const providers = await supervisor.listProviders();
      return { providers: providers.map((each) => ({ ...each, metadata: masked(each.metadata) })) };
    },
  );
  api.post(
    '/v1/providers',
    route('admin', 'Starts a provider', {
      body: ProviderRequest,
      response: answers({ 201: Type.Object({ providerId: Id }, STRICT) }),
    }),
    async ({ body }, reply) => {
      const providerId = await supervisor.startProvider(checked(body));
      return reply.code(201).send({ providerId });
    },
  );
  api.put(
    '/v1/providers/:id',
    route('admin', 'Puts another configuration in the place of a running provider’s', {
      params: InstanceParams,
      body: ProviderRequest,
      response: answers({ 204: NOTHING }),
    }),
    async ({ params, body }, reply) => {
      await supervisor.updateProvider(params.id, checked(body));
      return reply.code(204).send();
    },
  );
  api.delete(
    '/v1/providers/:id',
    route('admin', 'Drains and stops a provider', {
      params: InstanceParams,
      response: answers({ 204: NOTHING }),
    }),
    async ({ params }, reply) => {
      await supervisor.stopProvider(params.id);
      return reply.code(204).send();
    },
  );
}

/** What a provider is given of these leads to the disk of the host, or runs there. */
function refusePaths({ module, config }: ProviderRequest): void {
  if (module !== undefined) throw pathRefused('module');
  if (config !== undefined && Object.hasOwn(config, 'path')) throw pathRefused('config.path');
}

import { Type } from 'typebox';
import { asCaller } from '../actors/caller-context.ts';
import { invalidField } from '../core/errors.ts';
import { INSTANCE_STATUSES } from '../core/lifecycle.ts';
import { type Api, type ApiParts, route } from './api-types.ts';
import { answers, Id, Milliseconds, NOTHING, oneOfWords, STRICT } from './common-schemas.ts';
import { AnsweredError } from './error-answer.ts';
import { InstanceInfoSchema, InstanceRequest } from './instance-schemas.ts';
import { ModuleRequests } from './module-request.ts';
import { isInUse } from './start-register.ts';

export const InstanceParams = Type.Object({ id: Id }, STRICT);

const ListQuery = Type.Object(
  {
    status: Type.Optional(oneOfWords(INSTANCE_STATUSES)),
    name: Type.Optional(Type.String({ maxLength: 256 })),
    moduleHash: Type.Optional(Type.String({ maxLength: 64 })),
    label: Type.Optional(
      Type.Unsafe<string | string[]>({
        type: ['string', 'array'],
        items: { type: 'string' },
        description: 'key=value, where %3D in the key is a =; may be given several times.',
      }),
    ),
  },
  STRICT,
);

const Started = Type.Object({ instanceId: Id }, STRICT);

/** Starting, stopping and looking at instances. */
export function instanceRoutes(api: Api, parts: ApiParts): void {
  const { supervisor } = parts;
  addStart(api, parts);
  api.get(
    '/v1/instances',
    route('read', 'Lists instances', {
      querystring: ListQuery,
      response: answers({
        200: Type.Object({ instances: Type.Array(InstanceInfoSchema) }, STRICT),
      }),
    }),
    async ({ query: { label, ...rest } }) => {
      const labels = label === undefined ? {} : { labels: labelsOf([label].flat()) };
      return {
        instances: await supervisor.listInstances({ ...rest, ...labels }),
      };
    },
  );
  api.get(
    '/v1/instances/:id',
    route('read', 'Tells of an instance', {
      params: InstanceParams,
      response: answers({ 200: InstanceInfoSchema }),
    }),
    ({ params }) => supervisor.queryInstance(params.id),
  );
  api.delete(
    '/v1/instances/:id',
    route('admin', 'Stops an instance', {
      params: InstanceParams,
      querystring: Type.Object({ graceMs: Type.Optional(Milliseconds) }, STRICT),
      response: answers({ 204: NOTHING }),
    }),
    async ({ params, query }, reply) => {
      await supervisor.stopInstance(params.id, query);
      return reply.code(204).send();
    },
  );
  api.post(
    '/v1/instances/:id/restart',
    route('admin', 'Ends the present life of an instance and begins the next', {
      params: InstanceParams,
      response: answers({ 204: NOTHING }),
    }),
    async ({ params }, reply) => {
      await supervisor.restartInstance(params.id);
      return reply.code(204).send();
    },
  );
}

function addStart(api: Api, { supervisor, shelf, starts, options }: ApiParts): void {
  const modules = new ModuleRequests(shelf, options.allowHostPaths);
  api.post(
    '/v1/instances',
    route('admin', 'Starts an instance', {
      body: InstanceRequest,
      response: answers({ 200: Started, 201: Started }),
    }),
    async ({ body, headers, caller }, reply) => {
      const start = (): Promise<string> =>
        modules.withInstance(body, (spec) =>
          asCaller(caller?.name, () => supervisor.startInstance(spec)),
        );
      try {
        // Whoever wants no answer for what another has started, says so.
        const isRepeatable = body.instanceId !== undefined && headers['if-none-match'] !== '*';
        const { instanceId, isNew } = isRepeatable
          ? await starts.start(body.instanceId as string, body, start)
          : { instanceId: await start(), isNew: true };
        return await reply.code(isNew ? 201 : 200).send({ instanceId });
      } catch (error) {
        if (isInUse(error)) throw new AnsweredError(409, error as AnsweredError);
        throw error;
      }
    },
  );
}

function labelsOf(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw invalidField('label', 'must be key=value');
      return [keyOf(text.slice(0, at)), text.slice(at + 1)];
    }),
  );
}

function keyOf(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidField('label', 'has a key with a % that is none of a code');
  }
}

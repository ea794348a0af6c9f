import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { invalidField } from '../core/errors.ts';
import { type Api, type ApiParts, route } from './api-types.ts';
import { answers, NOTHING, STRICT } from './common-schemas.ts';
import { AnsweredError } from './error-answer.ts';
import { ModuleInfoSchema, Sha256, StoredModule } from './module-schemas.ts';
import type { ShelvedModule } from './module-shelf.ts';

const ModuleParams = Type.Object({ sha256: Sha256 }, STRICT);
const UPLOADED = { 200: ModuleInfoSchema, 201: ModuleInfoSchema };
const TYPES = ['application/wasm', 'application/octet-stream'];

/** Uploading modules, and looking at what was uploaded. */
export function moduleRoutes(api: Api, { supervisor, shelf }: ApiParts): void {
  const inspect = (path: string) => supervisor.inspectModule(path);
  // In a scope of its own: here the body is not read into memory.
  void api.register(async (scope: Api) => {
    scope.addContentTypeParser(TYPES, (_request, content, done) => {
      done(null, content);
    });
    const add = async (body: unknown, expected: string | undefined) => {
      if (body === undefined || body === null) throw invalidField('body', 'is empty');
      return shelf.add(body as Readable, expected, inspect);
    };
    scope.post(
      '/v1/modules',
      route('admin', 'Uploads a module', {
        consumes: TYPES,
        response: answers(UPLOADED),
      }),
      async ({ body }, reply) => {
        const { wasHere, checked } = await add(body, undefined);
        return reply.code(wasHere ? 200 : 201).send(checked);
      },
    );
    scope.put(
      '/v1/modules/:sha256',
      route('admin', 'Uploads a module whose digest is known', {
        consumes: TYPES,
        params: ModuleParams,
        response: answers(UPLOADED),
      }),
      async ({ params, body }, reply) => {
        const { wasHere, checked } = await add(body, params.sha256);
        return reply.code(wasHere ? 200 : 201).send(checked);
      },
    );
  });
  addLooks(api, { supervisor, shelf });
}

function addLooks(api: Api, { supervisor, shelf }: Pick<ApiParts, 'supervisor' | 'shelf'>): void {
  api.get(
    '/v1/modules',
    route('read', 'Lists the modules that were uploaded', {
      response: answers({ 200: Type.Object({ modules: Type.Array(StoredModule) }, STRICT) }),
    }),
    async () => ({ modules: shelf.list().map(storedModule) }),
  );
  api.get(
    '/v1/modules/:sha256',
    route('read', 'Tells what an uploaded module is', {
      params: ModuleParams,
      response: answers({ 200: ModuleInfoSchema }),
    }),
    async ({ params }) => {
      try {
        return await shelf.use(params.sha256, ({ path }) => supervisor.inspectModule(path));
      } catch (error) {
        throw notThere(error);
      }
    },
  );
  api.delete(
    '/v1/modules/:sha256',
    route('admin', 'Removes an uploaded module; instances that run it go on', {
      params: ModuleParams,
      response: answers({ 204: NOTHING }),
    }),
    async ({ params: { sha256 } }, reply) => {
      // Asking for it tells one that is in use from one that is not there.
      await shelf
        .use(sha256, async () => undefined)
        .catch((error: unknown) => {
          throw notThere(error);
        });
      if (await shelf.remove(sha256)) return reply.code(204).send();
      throw new AnsweredError(409, invalidField('sha256', 'is being read'));
    },
  );
}

function notThere(error: unknown): unknown {
  const { details } = error as Partial<AnsweredError>;
  return details?.['reason'] === 'unknown-module'
    ? new AnsweredError(404, error as AnsweredError)
    : error;
}

function storedModule({ sha256, sizeBytes, lastUsedMs }: ShelvedModule) {
  return { sha256, sizeBytes, lastUsedAt: new Date(lastUsedMs).toISOString() };
}

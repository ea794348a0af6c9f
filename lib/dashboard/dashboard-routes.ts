import { Type } from 'typebox';
import { type Api, type ApiParts, route } from '../host/api-types.ts';
import { answers, STRICT } from '../host/common-schemas.ts';
import { instanceChart } from '../machines/instance-chart.ts';
import { instanceRow } from './model/instance-row.ts';
import { pageFiles } from './page-files.ts';
import { PAGE_HEADERS } from './page-headers.ts';

const Text = Type.String();
const Optional = Type.Optional(Text);

const Row = Type.Object(
  {
    id: Text,
    name: Optional,
    group: Optional,
    lifecycle: Text,
    restarts: Type.Integer({ minimum: 0 }),
  },
  STRICT,
);

const Fleet = Type.Object(
  {
    runId: Text,
    lastSeq: Type.Integer({ description: 'The newest fact that is surely told of here.' }),
    instances: Type.Array(Row),
  },
  STRICT,
);

const Chart = Type.Object(
  {
    id: Text,
    states: Type.Array(
      Type.Object(
        {
          path: Text,
          parent: Optional,
          isInitial: Type.Boolean(),
          isFinal: Type.Boolean(),
        },
        STRICT,
      ),
    ),
    transitions: Type.Array(
      Type.Object(
        { source: Text, target: Text, event: Optional, delay: Optional, guard: Optional },
        STRICT,
      ),
    ),
  },
  STRICT,
);

/** The page at `/`, and what it asks for that nobody else has a use for. */
export async function dashboardRoutes(api: Api, { supervisor, runId }: ApiParts): Promise<void> {
  for (const { url, type, text } of await pageFiles()) {
    api.get(
      url,
      { schema: { hide: true }, config: { isPage: url === '/' } },
      async (_request, reply) => reply.headers(PAGE_HEADERS).type(type).send(text),
    );
  }
  const chart = instanceChart();
  api.get(
    '/v1/lifecycles/instance',
    route('read', 'Shows the states that an instance goes through, and the ways between them', {
      response: answers({ 200: Chart }),
    }),
    async () => chart,
  );
  api.get(
    '/v1/fleet',
    route('read', 'Lists instances in short, and the fact to read on from', {
      response: answers({ 200: Fleet }),
    }),
    async () => {
      // Before the list: what happens meanwhile is heard twice rather than never.
      const newest = await supervisor.executionEvents({ limit: 1 });
      const instances = await supervisor.listInstances();
      return { runId, lastSeq: newest.at(-1)?.seq ?? 0, instances: instances.map(instanceRow) };
    },
  );
}

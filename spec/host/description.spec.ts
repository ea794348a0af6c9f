import { expect } from 'chai';
import { Compile } from 'typebox/compile';
import { AT_ONCE, codeOf, kvGrant, until } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { ask, jsonOf, withHost } from './host-stage.ts';

type Contents = Readonly<Record<string, { readonly schema: Parameters<typeof Compile>[0] }>>;
type Paths = Readonly<
  Record<
    string,
    { readonly get?: { readonly responses: { readonly 200: { readonly content: Contents } } } }
  >
>;

describe('the description of the API', function () {
  this.timeout(60_000);

  it('R9 · fits what every route answers that can be looked at, down to the last field', () =>
    withHost(
      async (host) => {
        const { supervisor } = host;
        const capabilities = [kvGrant(['kv:read'])];
        const labels = { team: 'a' };
        const spec = { module: guestBytes('counter-c'), capabilities, labels, name: 'n' };
        await supervisor.startInstance({ ...spec, instanceId: 'id', restartPolicy: AT_ONCE });
        expect(await codeOf(supervisor.invoke('id', 'boom'))).to.equal('WASM_RUNTIME_ERROR');
        await until(
          supervisor,
          'id',
          ({ status, restarts }) => status === 'running' && restarts === 1,
        );
        const module = { 'content-type': 'application/wasm' };
        const { text } = await ask(`${host.url}/v1/modules`, 'POST', spec.module, module);
        const { sha256 } = JSON.parse(text) as { readonly sha256: string };
        const trigger = JSON.stringify({ path: '/a', instanceId: 'id', methods: ['GET'] });
        await ask(`${host.url}/v1/triggers/name`, 'PUT', trigger);
        const { paths } = jsonOf(await ask(`${host.url}/v1/openapi.json`)) as { paths: Paths };
        let checked = 0;
        for (const [path, { get }] of Object.entries(paths)) {
          const schema = get?.responses[200].content['application/json']?.schema;
          // What is text has no fields that could differ.
          if (get === undefined || schema === undefined) continue;
          const at = path.replaceAll('{sha256}', sha256).replaceAll(/\{(\w+)\}/g, '$1');
          const answer = await ask(host.url + at);
          expect(answer.status, path).to.equal(200);
          const check = Compile(schema);
          const value = jsonOf(answer);
          expect(check.Errors(value), path).to.deep.equal([]);
          expect(
            check.Check({ ...value, stranger: 1 }) && !path.includes('openapi'),
            path,
          ).to.equal(false);
          checked += 1;
        }
        expect(checked).to.be.at.least(12);
        const failure = await ask(`${host.url}/v1/instances/nobody`);
        const answers = paths['/v1/stats']?.get?.responses as unknown as Record<
          string,
          { content: Contents }
        >;
        const form = Compile(answers['4XX']?.content['application/json']?.schema ?? { not: {} });
        expect(form.Errors(jsonOf(failure))).to.deep.equal([]);
      },
      { triggerListen: '127.0.0.1:0' },
    ));
});

import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ERROR_STATUS } from '../../lib/host/error-status.ts';
import type { Host } from '../../lib/host/host.ts';
import { ScratchFolder } from '../gates/run-tool.ts';
import { namedRows } from '../gates/source-files.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { type Answer, ask, bareSocket, jsonOf, withHost } from './host-stage.ts';

const core = guestBytes('core');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const WASM = { 'content-type': 'application/wasm' };
const inline = (bytes: Uint8Array): object => ({ base64: Buffer.from(bytes).toString('base64') });
const start = (host: Host, spec: object, headers = {}): Promise<Answer> =>
  ask(`${host.url}/v1/instances`, 'POST', JSON.stringify(spec), headers);

/** Another module each time, of any length. */
const moduleOf = (bytes: number, seed = 0): Uint8Array =>
  wat(`(module (memory 1) (data "${String(seed).padStart(4, '0')}${'x'.repeat(bytes)}"))`);

describe('requests of the API', function () {
  this.timeout(60_000);

  it('R3 · the statuses of the codes are those of the documents', () => {
    const inDocs = namedRows('docs/api.md').filter(([name]) => name in ERROR_STATUS);
    const statuses = inDocs.map(([code, status]) => [code, Number.parseInt(status ?? '', 10)]);
    expect(Object.fromEntries(statuses)).to.deep.equal(ERROR_STATUS);
  });

  it('R3 · whatever fails is answered with a code, the field and the id of the request', () =>
    withHost(
      async (host) => {
        const json = { 'content-type': 'application/json' };
        const cases: readonly (readonly [number, string, Promise<Answer>])[] = [
          [404, 'path', ask(`${host.url}/v2/instances`)],
          [400, 'id', ask(`${host.url}/v1/instances/`)],
          [405, 'method', ask(`${host.url}/v1/instances`, 'PATCH')],
          [405, 'method', ask(`${host.url}/v1/stats`, 'DELETE')],
          [
            415,
            'content-type',
            ask(`${host.url}/v1/groups`, 'POST', 'a=1', { 'content-type': 'text/xml' }),
          ],
          [400, 'body', ask(`${host.url}/v1/groups`, 'POST', '{')],
          [400, 'body', ask(`${host.url}/v1/groups`, 'POST', undefined, json)],
          [
            400,
            'body',
            ask(`${host.url}/v1/groups`, 'POST', Uint8Array.of(0x22, 0xff, 0x22), json),
          ],
          [400, 'module', start(host, { module: { sha256: 5 } })],
          [400, 'sinceSeq', ask(`${host.url}/v1/events?sinceSeq=-1`)],
          [400, 'colour', ask(`${host.url}/v1/stats?colour=blue`)],
          [400, 'limit', ask(`${host.url}/v1/events?format=stream&limit=5`)],
          [413, 'body', start(host, { module: inline(new Uint8Array(3_000)) })],
        ];
        for (const [status, field, request] of cases) {
          const answer = await request;
          const body = jsonOf(answer);
          expect(answer.status, answer.text).to.equal(status);
          expect(body['error_code']).to.be.oneOf(['INVALID_REQUEST', 'RESOURCE_EXHAUSTED']);
          expect((body['details'] as { field: string }).field, answer.text).to.match(
            new RegExp(`^${field}`),
          );
          expect(body['request_id']).to.equal(answer.headers['x-request-id']);
        }
        const mine = await ask(`${host.url}/v1/nothing`, 'GET', undefined, {
          'x-request-id': 'mine-1',
        });
        expect(mine.headers['x-request-id']).to.equal('mine-1');
        expect(jsonOf(mine)['request_id']).to.equal('mine-1');
        const forged = await ask(`${host.url}/v1/stats`, 'GET', undefined, {
          'x-request-id': 'a"b{c',
        });
        expect(forged.headers['x-request-id']).to.match(/^[0-9a-f-]{36}$/);
        const { headers } = await ask(`${host.url}/v1/instances`, 'PATCH');
        expect(headers['allow']).to.equal('GET, POST');
      },
      { limits: { bodyBytes: 2_000 } },
    ));

  it('R1 · the same start may be sent again, also at once, and another of its id is refused', () =>
    withHost(async (host) => {
      const spec = { module: inline(core), instanceId: 'one', labels: { a: '1', b: '2' } };
      const same = { labels: { b: '2', a: '1' }, instanceId: 'one', module: inline(core) };
      const answers = await Promise.all([start(host, spec), start(host, same), start(host, same)]);
      expect(answers.map(({ status }) => status)).to.have.members([200, 200, 201]);
      expect(answers.map((answer) => jsonOf(answer)['instanceId'])).to.deep.equal([
        'one',
        'one',
        'one',
      ]);
      expect((await start(host, spec)).status).to.equal(200);
      expect((await start(host, { ...spec, name: 'other' })).status).to.equal(409);
      expect((await start(host, spec, { 'if-none-match': '*' })).status).to.equal(409);
      expect((await start(host, spec)).status).to.equal(200);
      const { facts } = await host.supervisor.stats();
      expect(await host.supervisor.executionEvents({ types: ['instance_started'] })).to.have.length(
        1,
      );
      expect((await ask(`${host.url}/v1/instances/one`, 'DELETE')).status).to.equal(204);
      expect((await start(host, spec)).status).to.equal(201);
      // Of that id again, but by somebody else and not by this request.
      expect((await ask(`${host.url}/v1/instances/one`, 'DELETE')).status).to.equal(204);
      await host.supervisor.startInstance({ instanceId: 'one', module: core });
      expect((await start(host, spec)).status).to.equal(409);
      expect((await host.supervisor.stats()).facts.lastSeq).to.be.above(facts.lastSeq);
      const failing = {
        module: inline(wat('(module (import "a" "b" (func)))')),
        instanceId: 'two',
      };
      expect((await start(host, failing)).status).to.equal(422);
      expect((await start(host, failing)).status).to.equal(422);
      expect((await start(host, { ...spec, instanceId: 'two' })).status).to.equal(201);
    }));

  it('R3 · a call takes JSON and raw bytes, and gives what the caller accepts', () =>
    withHost(async (host) => {
      await host.supervisor.startInstance({ module: core, instanceId: 'c' });
      await host.supervisor.startInstance({ module: guestBytes('extism-plugin'), instanceId: 'p' });
      const call = (
        path: string,
        body: string | Uint8Array | undefined,
        headers = {},
      ): Promise<Answer> => ask(`${host.url}/v1/instances/${path}`, 'POST', body, headers);
      const wide = await call(
        'c/invoke/add64',
        '{"args":[{"$bigint":"9007199254740993"},{"$bigint":"1"}]}',
      );
      expect(jsonOf(wide)).to.deep.equal({ result: { $bigint: '9007199254740994' } });
      expect(jsonOf(await call('c/invoke/half', '{"args":[{"$number":"NaN"}]}'))).to.deep.equal({
        result: { $number: 'NaN' },
      });
      expect(jsonOf(await call('c/invoke/nothing', undefined))).to.deep.equal({
        result: { $undefined: true },
      });
      const raw = { 'content-type': 'application/octet-stream' };
      const bytes = Uint8Array.of(104, 105);
      expect(jsonOf(await call('p/invoke/echo', bytes, raw))).to.deep.equal({
        result: { $bytes: 'aGk=' },
      });
      const both = await call('p/invoke/echo', bytes, {
        ...raw,
        accept: 'application/octet-stream',
      });
      expect([both.text, both.headers['content-type']]).to.deep.equal([
        'hi',
        'application/octet-stream',
      ]);
      const late = await call('c/invoke/spin?timeoutMs=50', undefined);
      expect([late.status, jsonOf(late)['error_code']]).to.deep.equal([504, 'TIMEOUT']);
    }));

  it('P18 · uploads are kept by their digest, bounded in number, and the one unused for the longest goes', () =>
    withHost(
      async (host) => {
        const upload = (bytes: Uint8Array, path = '', method = 'POST'): Promise<Answer> =>
          ask(`${host.url}/v1/modules${path}`, method, bytes, WASM);
        const modules = [0, 1, 2].map((seed) => moduleOf(10, seed));
        const [first, second, third] = modules.map(sha256);
        const answer = await upload(modules[0]!);
        expect([answer.status, jsonOf(answer)['sha256']]).to.deep.equal([201, first]);
        expect((await upload(modules[0]!, `/${first}`, 'PUT')).status).to.equal(200);
        expect((await upload(modules[0]!, `/${second}`, 'PUT')).status).to.equal(400);
        expect((await upload(modules[1]!, `/${second}`, 'PUT')).status).to.equal(201);
        // Used last, so that the other one goes.
        expect((await ask(`${host.url}/v1/modules/${first}`)).status).to.equal(200);
        expect((await upload(modules[2]!)).status).to.equal(201);
        const kept = jsonOf(await ask(`${host.url}/v1/modules`))['modules'] as { sha256: string }[];
        expect(kept.map((each) => each.sha256)).to.have.members([first, third]);
        expect((await start(host, { module: { sha256: second } })).status).to.equal(400);
        expect((await start(host, { module: { sha256: first } })).status).to.equal(201);
        expect((await ask(`${host.url}/v1/modules/${first}`, 'DELETE')).status).to.equal(204);
        expect((await ask(`${host.url}/v1/modules/${first}`)).status).to.equal(404);
        expect((await upload(Uint8Array.of(1, 2, 3))).status).to.equal(400);
        const large = await upload(moduleOf(5_000));
        expect([large.status, jsonOf(large)['error_code']]).to.deep.equal([
          413,
          'RESOURCE_EXHAUSTED',
        ]);
      },
      { limits: { modules: 2, moduleBytes: 4_000 } },
    ));

  it('P18 · an upload that breaks off leaves nothing, and what was kept is there after a new start', async () => {
    await using folder = await ScratchFolder.with({
      'upload-00000000-0000-0000-0000-000000000000.part': 'x',
    });
    const options = { modulesFolder: folder.path };
    await withHost(async (host) => {
      expect(await readdir(folder.path)).to.deep.equal([]);
      const { socket, all } = await bareSocket(host.url);
      socket.write(
        `POST /v1/modules HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/wasm\r\nContent-Length: 100000\r\n\r\nabc`,
      );
      while ((await readdir(folder.path)).length === 0)
        await new Promise((go) => setTimeout(go, 5));
      socket.destroy();
      await all;
      while ((await readdir(folder.path)).length > 0) await new Promise((go) => setTimeout(go, 5));
      expect((await ask(`${host.url}/v1/modules`, 'POST', core, WASM)).status).to.equal(201);
    }, options);
    const other = 'f'.repeat(64);
    await writeFile(join(folder.path, `${other}.wasm`), core);
    await withHost(async (host) => {
      expect((await start(host, { module: { sha256: sha256(core) } })).status).to.equal(201);
      expect((await start(host, { module: { sha256: other } })).status).to.equal(400);
      expect(await readdir(folder.path)).to.deep.equal([`${sha256(core)}.wasm`]);
    }, options);
  });
});

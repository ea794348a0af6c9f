import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Logger } from '../../lib/core/logger.ts';
import { connectSupervisor } from '../../lib/create-supervisor.ts';
import type { Host } from '../../lib/host/host.ts';
import { isLoopback, listenAddress } from '../../lib/host/listen-address.ts';
import { startHost } from '../../lib/start-host.ts';
import { CERTIFICATE, CERTIFICATE_KEY } from '../contract/http-certificate.ts';
import { codeOf, failureOf, kvGrant } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { type Answer, ask, jsonOf, withHost } from './host-stage.ts';

const ADMIN = 'admin-token-of-the-spec';
const READER = 'reader-token-of-the-spec';
const TOKENS = [
  { name: 'ops', role: 'admin', sha256: createHash('sha256').update(ADMIN).digest('hex') },
  { name: 'eyes', role: 'read', token: READER },
] as const;
const core = guestBytes('core');

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

describe('access to the API', function () {
  this.timeout(60_000);

  it('P12 · an address that others can reach is refused without a token, and no name passes for loopback', async () => {
    for (const listen of [
      '0.0.0.0:0',
      '[::]:0',
      '192.168.1.1:0',
      'example.com:80',
      '127.0.0.1.example.com:1',
    ]) {
      const { details } = await failureOf(startHost({ listen }));
      expect(details['field'], listen).to.equal('tokens');
    }
    expect(isLoopback('127.8.9.1') && isLoopback('::1') && isLoopback('localhost')).to.equal(true);
    for (const host of ['10.0.0.1', '0.0.0.0', '127.x', 'localhost.example', '2130706433']) {
      expect(isLoopback(host), host).to.equal(false);
    }
    expect(listenAddress('[::1]:8', 'x')).to.deep.equal({ host: '::1', port: 8 });
    await withHost(
      async (host) => {
        expect((await ask(`${host.url.replace('0.0.0.0', '127.0.0.1')}/v1/stats`)).status).to.equal(
          401,
        );
      },
      { listen: '0.0.0.0:0', tokens: TOKENS },
    );
  });

  it('P12 · a token is needed where there are any, and its role decides about each route', () =>
    withHost(
      async (host) => {
        const get = (headers: Record<string, string>): Promise<Answer> =>
          ask(`${host.url}/v1/instances`, 'GET', undefined, headers);
        const wrong = [
          {},
          bearer('some-other-token-entirely'),
          bearer(''),
          { authorization: ADMIN },
          { authorization: `Basic ${ADMIN}` },
          bearer(`${ADMIN}x`),
          bearer(TOKENS[0].sha256),
        ];
        for (const headers of wrong) {
          const answer = await get(headers);
          expect(answer.status, JSON.stringify(headers)).to.equal(401);
          expect(answer.headers['www-authenticate']).to.include('Bearer');
          expect(jsonOf(answer)['error_code']).to.equal('PERMISSION_DENIED');
        }
        expect((await get(bearer(READER))).status).to.equal(200);
        expect((await get(bearer(ADMIN))).status).to.equal(200);
        const body = JSON.stringify({ module: { base64: Buffer.from(core).toString('base64') } });
        const start = (token: string): Promise<Answer> =>
          ask(`${host.url}/v1/instances`, 'POST', body, bearer(token));
        const refused = await start(READER);
        expect([refused.status, jsonOf(refused)['error_code']]).to.deep.equal([
          403,
          'PERMISSION_DENIED',
        ]);
        expect((await start(ADMIN)).status).to.equal(201);
        for (const path of ['/healthz', '/readyz'])
          expect((await ask(host.url + path)).status).to.equal(200);
        expect(await codeOf(connectSupervisor(host.url))).to.equal('PERMISSION_DENIED');
        await using remote = await connectSupervisor(host.url, { token: READER });
        expect(await remote.listInstances()).to.have.length(1);
        expect(await codeOf(remote.startInstance({ module: core }))).to.equal('PERMISSION_DENIED');
      },
      { tokens: TOKENS },
    ));

  it('P12 · every route but those of health has a role, and all that change are for administrators', () =>
    withHost(
      async (host) => {
        const description = jsonOf(
          await ask(`${host.url}/v1/openapi.json`, 'GET', undefined, bearer(READER)),
        );
        const paths = Object.entries(description['paths'] as Record<string, object>);
        const routes = paths.flatMap(([path, methods]) =>
          Object.keys(methods).map((method) => [method, path] as const),
        );
        expect(routes).to.have.length.above(25);
        for (const [method, path] of routes) {
          const url = host.url + path.replaceAll(/\{\w+\}/g, 'a');
          const { status } = await ask(url, method.toUpperCase());
          if (path.endsWith('z')) continue;
          expect(status, `${method} ${path}`).to.equal(401);
          if (method === 'get') continue;
          expect(
            (await ask(url, method.toUpperCase(), undefined, bearer(READER))).status,
            path,
          ).to.equal(403);
        }
      },
      { tokens: TOKENS },
    ));

  it('P12 · pages of other origins are not served, nor names that are made to lead here', () =>
    withHost(
      async (host) => {
        const { port } = new URL(host.url);
        const statusBy = async (headers: Record<string, string>, method = 'GET'): Promise<number> =>
          (await ask(`${host.url}/v1/stats`, method, undefined, headers)).status;
        for (const name of [
          'evil.example',
          `evil.example:${port}`,
          'localhost.evil.example',
          '127.0.0.1.evil.example',
          '[::1',
        ]) {
          expect(await statusBy({ host: name }), name).to.be.oneOf([403, 400]);
        }
        for (const name of [
          'localhost',
          `127.0.0.1:${port}`,
          `LOCALHOST:${port}`,
          '[::1]',
          'ops.example',
        ]) {
          expect(await statusBy({ host: name }), name).to.equal(200);
        }
        expect(await statusBy({ 'sec-fetch-site': 'cross-site' })).to.equal(403);
        expect(await statusBy({ 'sec-fetch-site': 'same-site' })).to.equal(403);
        expect(await statusBy({ 'sec-fetch-site': 'same-origin' })).to.equal(200);
        expect(await statusBy({ origin: 'https://evil.example' })).to.equal(403);
        expect(await statusBy({ origin: 'null' })).to.equal(403);
        expect(await statusBy({ origin: host.url })).to.equal(200);
        // The triggers are at another port: what guests answer there is of another origin.
        expect(await statusBy({ origin: `http://127.0.0.1:${Number(port) + 1}` })).to.equal(403);
        expect(await statusBy({ origin: `https://127.0.0.1:${port}` })).to.equal(403);
        const preflight = await ask(`${host.url}/v1/instances`, 'OPTIONS', undefined, {
          origin: 'https://evil.example',
        });
        expect(preflight.headers).not.to.have.property('access-control-allow-origin');
        const form = await ask(`${host.url}/v1/instances`, 'POST', '{}', {
          'content-type': 'text/plain',
        });
        expect(form.status).to.equal(415);
      },
      { hostNames: ['ops.example'] },
    ));

  it('P12 · by TLS the same is served, and a certificate that nobody vouches for is not taken', async () => {
    const [cert, key] = [CERTIFICATE, CERTIFICATE_KEY];
    await withHost(
      async (host) => {
        expect(host.url).to.match(/^https:/);
        await using remote = await connectSupervisor(host.url, { ca: cert, token: ADMIN });
        expect(remote.nodeId).to.equal(host.supervisor.nodeId);
        expect(await codeOf(connectSupervisor(host.url, { token: ADMIN }))).to.equal(
          'CRASH_DETECTED',
        );
      },
      { tls: { cert, key }, tokens: TOKENS },
    );
  });

  it('P12 · no secret is shown again, nor told to the log, and who did what stands there', async () => {
    const lines: string[] = [];
    const write = (fields: object, message: string): void =>
      void lines.push(JSON.stringify({ message, ...fields }));
    const logger: Logger = { debug: write, info: write, warn: write, error: write };
    const secret = 'hunter2-and-more';
    const spec = {
      module: guestBytes('counter-c'),
      wasi: { env: { KEY: secret } },
      config: { key: secret },
    };
    await withHost(
      async (host: Host) => {
        await using remote = await connectSupervisor(host.url, { token: ADMIN });
        const id = await remote.startInstance(spec);
        const grant = kvGrant(['kv:read']);
        await remote.assignCapability(id, {
          ...grant,
          config: {
            ...grant.config,
            hostFunctions: {},
            buckets: { default: 'b', password: secret },
          },
        });
        await remote.startProvider({ providerType: 'kv', providerId: 'p' });
        const answers = [
          await remote.queryInstance(id),
          await remote.listInstances(),
          await remote.listCapabilities(id),
          await remote.listProviders(),
          [...(await remote.executionEvents())],
        ];
        await remote.revokeCapability(id, 'kv');
        const types = ['capability_assigned', 'capability_revoked'] as const;
        const grants = await remote.executionEvents({ types });
        expect(grants.map(({ details }) => details['caller'])).to.deep.equal(['ops', 'ops']);
        expect(JSON.stringify(answers)).not.to.include(secret);
        expect(JSON.stringify(answers[2])).to.include('[redacted]');
        await ask(`${host.url}/v1/stats`, 'GET', undefined, bearer(secret));
      },
      { logger, tokens: TOKENS },
    );
    const log = lines.join('\n');
    expect(log).not.to.include(secret);
    expect(log).not.to.include(ADMIN);
    const audit = lines.filter((line) => line.includes('"audit":true'));
    expect(
      audit.some((line) => line.includes('"caller":"ops"') && line.includes('/capabilities/')),
    ).to.equal(true);
    expect(audit.some((line) => line.includes('api denial'))).to.equal(true);
  });

  it('P12 · files of the host are nobody’s to name, unless the host says so', async () => {
    const body = JSON.stringify({ module: { path: '/etc/passwd' } });
    await withHost(async (host) => {
      const answer = await ask(`${host.url}/v1/instances`, 'POST', body);
      expect([answer.status, jsonOf(answer)['details']]).to.deep.equal([
        403,
        { field: 'module.path' },
      ]);
      const providers = [
        { providerType: 'kv', config: { backend: 'lmdb', path: '/tmp/x' } },
        { providerType: 'x', module: '/tmp/evil.js' },
      ];
      for (const provider of providers) {
        const refused = await ask(`${host.url}/v1/providers`, 'POST', JSON.stringify(provider));
        expect(refused.status).to.equal(403);
      }
    });
    await withHost(
      async (host) => {
        const answer = await ask(`${host.url}/v1/instances`, 'POST', body);
        expect([answer.status, jsonOf(answer)['error_code']]).to.deep.equal([
          400,
          'INVALID_REQUEST',
        ]);
      },
      { allowHostPaths: true },
    );
  });
});

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { connectSupervisor } from '../../lib/create-supervisor.ts';
import { BodyRoom } from '../../lib/host/body-room.ts';
import type { Host } from '../../lib/host/host.ts';
import type { HostOptions } from '../../lib/host/host-options.ts';
import { startHost } from '../../lib/start-host.ts';
import { CERTIFICATE, CERTIFICATE_KEY } from '../contract/http-certificate.ts';
import { codeOf, failureOf, kvGrant, pause } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { thrownBy } from '../thrown.ts';
import { ask, bareSocket, jsonOf, withHost } from './host-stage.ts';

const core = guestBytes('core');
const JSON_POST = 'Host: localhost\r\nContent-Type: application/json\r\n';

/** Where a host stands with a trigger, `web`, that leads to a guest. */
const withTrigger = <T>(options: HostOptions, use: (host: Host) => Promise<T>): Promise<T> =>
  withHost(
    async (host) => {
      await host.supervisor.startInstance({ instanceId: 'web', module: guestBytes('serve-c') });
      return use(host);
    },
    {
      triggerListen: '127.0.0.1:0',
      triggers: [{ name: 'web', path: '/', instanceId: 'web' }],
      ...options,
    },
  );

describe('the room for requests', function () {
  this.timeout(60_000);

  it('P18 · is not taken for good by connections that never begin to speak TLS', () =>
    withHost(
      async (host) => {
        const { port } = new URL(host.url);
        const silent = [connect(Number(port), '127.0.0.1'), connect(Number(port), '127.0.0.1')];
        for (const socket of silent) socket.on('error', () => undefined);
        await Promise.all(silent.map((socket) => once(socket, 'close')));
        await using remote = await connectSupervisor(host.url, { ca: CERTIFICATE });
        expect(await remote.listInstances()).to.deep.equal([]);
      },
      {
        tls: { cert: CERTIFICATE, key: CERTIFICATE_KEY },
        limits: { connections: 2, headersTimeoutMs: 300 },
      },
    ));

  it('P18 · is bounded over all bodies, and free again when their callers are gone', () =>
    withTrigger({ limits: { bodyBytes: 60_000, bodiesBytes: 100_000 } }, async (host) => {
      const half = async (url: string, head: string): Promise<() => Promise<unknown>> => {
        const { socket, all } = await bareSocket(url);
        socket.write(`${head}Content-Length: 60000\r\n\r\n${' '.repeat(50_000)}`);
        return () => {
          socket.destroy();
          return all;
        };
      };
      const trigger = await half(
        host.triggerUrl ?? '',
        'POST /echo HTTP/1.1\r\nHost: localhost\r\n',
      );
      const api = await half(host.url, `POST /v1/groups HTTP/1.1\r\n${JSON_POST}`);
      const body = 'x'.repeat(50_000);
      const answered = async (wanted: number): Promise<string> => {
        for (;;) {
          const { status, text } = await ask(`${host.triggerUrl}/echo`, 'POST', body);
          if (status === wanted) return text;
          expect(status).to.be.oneOf([200, 503]);
        }
      };
      expect(JSON.parse(await answered(503))).to.include({ error_code: 'RESOURCE_EXHAUSTED' });
      const refused = await ask(`${host.url}/v1/groups`, 'POST', JSON.stringify({ body }));
      expect([refused.status, jsonOf(refused)['details']]).to.deep.include(503);
      expect(jsonOf(refused)['details']).to.include({ resource: 'bodies', limitBytes: 100_000 });
      await Promise.all([trigger(), api()]);
      expect(await answered(200)).to.equal(body);
    }));

  it('P18 · is not asked for by a caller that is gone before its body is read', () => {
    const room = new BodyRoom({ bodyBytes: 10, bodiesBytes: 10 });
    const content = new PassThrough().destroy();
    const request = { headers: {} } as IncomingMessage;
    const response = { closed: false } as ServerResponse;
    expect(thrownBy(() => room.read({ request, content, response })).details['field']).to.equal(
      'body',
    );
    expect(room.usedBytes).to.equal(0);
  });

  it('P18 · has a bound for each body of a trigger, announced or not, and none that is encoded', () =>
    withTrigger({ limits: { bodyBytes: 2_000 } }, async (host) => {
      const { socket, all } = await bareSocket(host.triggerUrl ?? '');
      const chunk = `3e8\r\n${'x'.repeat(1_000)}\r\n`;
      socket.write('POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
      socket.write(chunk.repeat(3));
      expect(await all).to.match(/^HTTP\/1.1 413 .*RESOURCE_EXHAUSTED/s);
      const zipped = { 'content-encoding': 'gzip' };
      expect((await ask(`${host.triggerUrl}/echo`, 'POST', 'x', zipped)).status).to.equal(415);
      expect((await ask(`${host.url}/v1/groups`, 'POST', '{}', zipped)).status).to.equal(415);
    }));

  it('R3 · is given back by a caller of a trigger that leaves while its request waits', () =>
    withTrigger({}, async (host) => {
      const { supervisor } = host;
      const spin = [{ path: '/spin' }];
      const running = codeOf(
        supervisor.invoke('web', 'wasi:http/incoming-handler@0.2', spin, { timeoutMs: 600_000 }),
      );
      const { socket, all } = await bareSocket(host.triggerUrl ?? '');
      socket.write('GET /count HTTP/1.1\r\nHost: localhost\r\n\r\n');
      while ((await supervisor.stats()).calls.waiting === 0) await pause(5);
      socket.destroy();
      await all;
      while ((await supervisor.stats()).calls.waiting > 0) await pause(5);
      await supervisor.stopInstance('web', { graceMs: 0 });
      expect(await running).to.equal('CRASH_DETECTED');
    }));

  it('P18 · is shared by addresses, none of which has more of it than is allowed', () =>
    withHost(
      async (host) => {
        const first = await bareSocket(host.url);
        const second = await bareSocket(host.url);
        const third = await bareSocket(host.url);
        expect(await third.all).to.equal('');
        first.socket.destroy();
        await first.all;
        expect((await ask(`${host.url}/healthz`)).status).to.equal(200);
        second.socket.destroy();
      },
      { limits: { connectionsPerAddress: 2 } },
    ));

  it('P18 · is left at once by a slow header, however long a whole request may take', () =>
    withHost(
      async (host) => {
        const { socket, all } = await bareSocket(host.url);
        socket.write('GET /healthz HTTP/1.1\r\nHost: loc');
        expect(await all).to.match(/^HTTP\/1.1 408 /);
      },
      { limits: { headersTimeoutMs: 300, requestTimeoutMs: 600_000 } },
    ));

  it('P12 · ends with a refusal: what still comes of its body is not read', () =>
    withHost(
      async (host) => {
        const { socket, all } = await bareSocket(host.url);
        socket.write(`POST /v1/groups HTTP/1.1\r\n${JSON_POST}Content-Length: 5000000\r\n\r\n{`);
        expect(await all).to.match(/^HTTP\/1.1 401 .*connection: close/is);
        const nameless = await bareSocket(host.url);
        nameless.socket.write('GET /healthz HTTP/1.1\r\n\r\n');
        expect(await nameless.all).to.match(/^HTTP\/1.1 400 .*"field":"host"/s);
      },
      { tokens: [{ token: 'a'.repeat(32), name: 'one', role: 'admin' }] },
    ));
});

describe('what a host is asked for', function () {
  this.timeout(60_000);

  it('P18 · is refused where two triggers have one name, or TLS has no certificate', async () => {
    const trigger = { name: 'a', path: '/a', instanceId: 'a' };
    const twice = startHost({
      listen: '127.0.0.1:0',
      triggerListen: '127.0.0.1:0',
      triggers: [trigger, { ...trigger, path: '/b' }],
    });
    expect((await failureOf(twice)).details['field']).to.equal('triggers[1].name');
    const tls = startHost({ listen: '127.0.0.1:0', tls: { cert: 'no', key: 'no' } });
    expect((await failureOf(tls)).details['field']).to.equal('tls');
  });

  it('W8 · is not taken where it is what stands in the place of a secret', () =>
    withHost(async (host) => {
      const config = { buckets: { tokens: 'mine' } };
      const grant = { ...kvGrant(['kv:read']), config };
      const id = await host.supervisor.startInstance({ module: core, capabilities: [grant] });
      await using remote = await connectSupervisor(host.url);
      const [shown] = await remote.listCapabilities(id);
      expect(shown?.config).to.deep.equal({ buckets: { tokens: '[redacted]' } });
      const again = await failureOf(remote.assignCapability(id, shown ?? grant));
      expect([again.code, again.details['field']]).to.deep.equal([
        'INVALID_REQUEST',
        'config.buckets.tokens',
      ]);
      const started = remote.startInstance({ module: core, capabilities: [shown ?? grant] });
      expect((await failureOf(started)).details['field']).to.equal(
        'capabilities[0].config.buckets.tokens',
      );
      await remote.assignCapability(id, grant);
    }));

  it('R3 · to stop what is busy does not wait behind the calls that it is busy with', () =>
    withHost(async (host) => {
      await using remote = await connectSupervisor(host.url, { connections: 1 });
      const id = await remote.startInstance({ module: core, limits: { callTimeoutMs: 600_000 } });
      const call = codeOf(remote.invoke(id, 'spin', []));
      while ((await host.supervisor.stats()).calls.begun === 0) await pause(5);
      await remote.stopInstance(id, { graceMs: 0 });
      expect(await call).to.equal('CRASH_DETECTED');
    }));

  it('R9 · a long list of facts comes whole', () =>
    withHost(async (host) => {
      for (let count = 0; count < 400; count += 1) {
        const id = await host.supervisor.startInstance({
          module: core,
          residency: 'on-demand',
          name: 'x'.repeat(200),
        });
        await host.supervisor.stopInstance(id);
      }
      await using remote = await connectSupervisor(host.url);
      const there = await remote.executionEvents();
      const here = await host.supervisor.executionEvents();
      expect(there).to.deep.equal([...here]);
      expect(here).to.have.length.above(800);
    }));

  it('P18 · something that only looks like a host is told so', async () => {
    const server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { readonly port: number };
    const failure = await failureOf(connectSupervisor(`http://127.0.0.1:${port}`));
    expect([failure.code, failure.details['field']]).to.deep.equal(['INVALID_REQUEST', 'url']);
    server.closeAllConnections();
    server.close();
  });
});

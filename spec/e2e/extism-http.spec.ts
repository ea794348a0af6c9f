import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { withSupervisor } from './fixtures.ts';

const plugin = guestBytes('extism-plugin');

async function fetched(supervisor: Supervisor, id: string, request: string): Promise<string> {
  const answer = await supervisor.invoke(id, 'fetch', [request]);
  return Buffer.from(answer as Uint8Array).toString();
}

describe('http requests of Extism plug-ins', () => {
  let server: Server;
  let requests = 0;

  beforeEach(async () => {
    requests = 0;
    server = createServer((request, response) => {
      requests += 1;
      if (request.url === '/moved') {
        response.writeHead(307, { location: '/here' }).end();
        return;
      }
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const { method, url, headers } = request;
        const tag = String(headers['x-tag']);
        response.statusCode = 202;
        response.end(`${method} ${url} ${tag} ${Buffer.concat(pieces).toString()}`);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const described = (path: string): string =>
    JSON.stringify({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
      method: 'POST',
      headers: { 'X-Tag': 'tagged' },
    });

  it('R5 · send requests by the http provider, and follow redirects', () =>
    withSupervisor(async (supervisor) => {
      const permissions = ['http:request', 'http:private'];
      const capabilities = [{ capabilityId: 'web', providerType: 'http', permissions }];
      const id = await supervisor.startInstance({ module: plugin, capabilities });
      for (const path of ['/here', '/moved']) {
        expect(await fetched(supervisor, id, described(path))).to.equal(
          '202 POST /here tagged posted',
        );
      }
      expect(requests).to.equal(3);
    }));

  it('P4 · send nothing without a grant that covers it, and see the status 0', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({ module: plugin });
      for (const permissions of [
        [],
        ['http:request'],
        ['http:request', 'http:private', 'http:domain:example.com'],
        ['http:request', 'http:private', 'http:method:GET'],
      ]) {
        const capability = { capabilityId: 'web', providerType: 'http', permissions };
        await supervisor.assignCapability(id, capability);
        expect(await fetched(supervisor, id, described('/here'))).to.equal('0 ');
      }
      expect(requests).to.equal(0);
      const { output, restarts } = await supervisor.queryInstance(id);
      expect(output?.stderr.match(/^\[error] http_request: PERMISSION_DENIED/gm)).to.have.length(4);
      expect(restarts).to.equal(0);
    }));
});

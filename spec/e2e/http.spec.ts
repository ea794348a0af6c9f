import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { failureOf, THREAD_RUNS, withSupervisor } from './fixtures.ts';

const fetcher = guestBytes('fetch-c');

const grant = (permissions: readonly string[]): CapabilityAssignment => ({
  capabilityId: 'web',
  providerType: 'http',
  permissions,
});

/** Answers by path; counts what has reached it. */
class Origin {
  readonly server: Server;
  requests = 0;
  open = 0;

  constructor() {
    const respond: RequestListener = (request, response) => {
      this.requests += 1;
      this.open += 1;
      response.on('close', () => (this.open -= 1));
      if (request.url === '/echo') request.pipe(response);
      else if (request.url === '/never') request.resume();
      else response.end(`${request.method ?? ''} ${request.url ?? ''}`);
    };
    this.server = createServer(respond);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

describe('http requests of real guests', function () {
  this.timeout(60_000 + THREAD_RUNS * 500);
  let origin: Origin;

  beforeEach(async () => {
    origin = new Origin();
    origin.server.listen(0, '127.0.0.1');
    await once(origin.server, 'listening');
  });

  afterEach(async () => {
    origin.server.closeAllConnections();
    origin.server.close();
    await once(origin.server, 'close');
  });

  const fetching = (supervisor: Supervisor, id: string, url: string, method = 'GET') =>
    supervisor.invoke(id, 'fetch', [method, url, [], undefined]);

  it('R5 · go out through the provider that is there without being asked for', () =>
    withSupervisor(async (supervisor) => {
      const capabilities = [grant(['http:request', 'http:private'])];
      const id = await supervisor.startInstance({ module: fetcher, capabilities });
      const body = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
      const answer = await supervisor.invoke(id, 'fetch', ['POST', `${origin.url}/echo`, [], body]);
      expect(answer).to.deep.include({ status: 200, body });
      const providers = await supervisor.listProviders();
      expect(providers.map(({ providerId }) => providerId)).to.deep.equal([
        'default-kv',
        'default-http',
      ]);
    }));

  it('P4 · are made exactly when the grant covers host, method and network', () =>
    withSupervisor(async (supervisor) => {
      const { port } = new URL(origin.url);
      const id = await supervisor.startInstance({ module: fetcher });
      const permission = fc.constantFrom(
        'http:request',
        'http:private',
        'http:domain:127.0.0.1',
        `http:domain:127.0.0.1:${port}`,
        'http:domain:127.0.0.1:1',
        'http:domain:*.example.com',
        'http:method:GET',
        'http:method:post',
      );
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(permission, { maxLength: 6 }),
          fc.constantFrom('GET', 'POST', 'DELETE'),
          async (permissions, method) => {
            await supervisor.assignCapability(id, grant(permissions));
            const before = origin.requests;
            const domains = permissions.filter((each) => each.startsWith('http:domain:'));
            const methods = permissions.filter((each) => each.startsWith('http:method:'));
            const isAllowed =
              permissions.includes('http:request') &&
              permissions.includes('http:private') &&
              (domains.length === 0 ||
                domains.some((each) => each.endsWith('127.0.0.1') || each.endsWith(`:${port}`))) &&
              (methods.length === 0 ||
                methods.some((each) => each.toLowerCase().endsWith(method.toLowerCase())));
            const answer = await fetching(supervisor, id, `${origin.url}/x`, method).then(
              () => 'served',
              (error: { readonly details: Record<string, unknown> }) => error.details['payload'],
            );
            expect(answer === 'served', String(answer)).to.equal(isAllowed);
            expect(origin.requests - before).to.equal(isAllowed ? 1 : 0);
            if (!isAllowed) expect(answer).to.include('HTTP-request-denied');
          },
        ),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
    }));

  it('W1 · are broken off by a revocation, and nothing of them stays open', () =>
    withSupervisor(async (supervisor) => {
      const capabilities = [grant(['http:request', 'http:private'])];
      const id = await supervisor.startInstance({ module: fetcher, capabilities });
      const waiting = failureOf(fetching(supervisor, id, `${origin.url}/never`));
      while (origin.open === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      await supervisor.revokeCapability(id, 'web');
      expect((await waiting).code).to.equal('WASM_RUNTIME_ERROR');
      while (origin.open > 0) await new Promise((resolve) => setTimeout(resolve, 2));
      expect((await failureOf(fetching(supervisor, id, origin.url))).details['payload']).to.include(
        'HTTP-request-denied',
      );
    }));

  it('W5 · of a guest that is killed are given back', () =>
    withSupervisor(async (supervisor) => {
      const capabilities = [grant(['http:request', 'http:private'])];
      const id = await supervisor.startInstance({ module: fetcher, capabilities });
      const lost = failureOf(fetching(supervisor, id, `${origin.url}/never`));
      while (origin.open === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      await supervisor.stopInstance(id, { graceMs: 0 });
      expect((await lost).code).to.equal('CRASH_DETECTED');
      while (origin.open > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }));
});

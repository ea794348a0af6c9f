import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { ALL_KV, AT_ONCE, kvGrant, pause } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { activeResources } from './active-resources.ts';

const counter = guestBytes('counter-c');
const fetcher = guestBytes('fetch-c');
const messenger = guestBytes('messenger-c');
const FAULTY = new URL('../e2e/faulty-provider.js', import.meta.url);
const quiet = (promise: Promise<unknown>): void => void promise.catch(() => undefined);

/** Brings providers into the middle of everything that they can be in the middle of. */
async function busyProviders(folder: string, url: string): Promise<Supervisor> {
  const supervisor = await createSupervisor();
  const store = {
    providerType: 'kv',
    providerId: 'store',
    config: { backend: 'lmdb', path: folder },
  };
  await supervisor.startProvider(store);
  await supervisor.startProvider({
    providerType: 'kv',
    providerId: 'faulty',
    module: FAULTY,
    restartPolicy: AT_ONCE,
  });
  const kv = (providerId: string) => [{ ...kvGrant(ALL_KV), providerId }];
  const bus = {
    capabilityId: 'bus',
    providerType: 'messaging',
    permissions: ['msg:publish', 'msg:subscribe'],
    config: { subscriptions: ['>'] },
  };
  const web = {
    capabilityId: 'web',
    providerType: 'http',
    permissions: ['http:request', 'http:private'],
  };
  const start = (module: Uint8Array, capabilities: readonly object[]): Promise<string> =>
    supervisor.startInstance({ module, capabilities: capabilities as never });
  const [writing, hanging, losing, fetching, messaging] = await Promise.all([
    start(counter, kv('store')),
    start(counter, kv('faulty')),
    start(counter, kv('faulty')),
    start(fetcher, [web]),
    start(messenger, [bus]),
  ]);
  quiet(supervisor.invoke(writing, 'bump-many', ['n', 1_000_000]));
  quiet(supervisor.invoke(hanging, 'read', ['hang']));
  quiet(supervisor.invoke(losing, 'read', ['exit']));
  quiet(supervisor.invoke(fetching, 'fetch', ['GET', url, [], undefined]));
  quiet(supervisor.invoke(messaging, 'publish', ['slow.200', new Uint8Array(1)]));
  quiet(supervisor.invoke(messaging, 'request', ['never', new Uint8Array(1), 5_000]));
  quiet(supervisor.updateProvider('default-kv', { providerType: 'kv' }));
  quiet(supervisor.updateProvider('store', store));
  quiet(supervisor.startProvider({ providerType: 'kv', providerId: 'late' }));
  quiet(supervisor.revokeCapability(hanging, 'kv'));
  return supervisor;
}

describe('W5 · nothing of providers remains', function () {
  this.timeout(60_000);
  let server: Server;
  let folder: string;

  before(async () => {
    server = createServer((request) => request.resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wasmatrix-leaks-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  after(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  for (const waitMs of [0, 5, 50, 300]) {
    for (const verb of ['close', 'destroy'] as const) {
      it(`after ${verb}() ${waitMs} ms into the middle of everything`, async () => {
        const before = activeResources();
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
        const supervisor = await busyProviders(folder, url);
        await pause(waitMs);
        if (verb === 'close') await supervisor.close({ graceMs: 10 });
        else await supervisor.destroy();
        expect((await supervisor.stats()).threads.total).to.equal(0);
        server.closeAllConnections();
        for (let look = 0; look < 50; look += 1) {
          if (JSON.stringify(activeResources()) === JSON.stringify(before)) break;
          await pause(10);
        }
        expect(activeResources()).to.deep.equal(before);
      });
    }
  }
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CapabilityAssignment, Supervisor } from 'wasmatrix';
import { chapter, decoded, encoded, failure, guest, say } from './telling.ts';

/** A provider is replaced, again and again, within one call of a guest that uses it. */
export async function updateWhileInUse(supervisor: Supervisor): Promise<void> {
  chapter('A provider is replaced while a guest is using it');
  const increments = 10_000;
  const id = await supervisor.startInstance({
    module: guest('counter-c'),
    instanceId: 'busy',
    capabilities: [
      { capabilityId: 'kv', providerType: 'kv', permissions: ['kv:read', 'kv:write'] },
    ],
  });
  let isOver = false;
  const busy = supervisor
    .invoke(id, 'bump-many', ['n', increments], { timeoutMs: 20_000 })
    .finally(() => (isOver = true));
  let updates = 0;
  for (; updates < 3; updates += 1) {
    if (isOver) break;
    await supervisor.updateProvider('default-kv', { providerType: 'kv' });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const counted = await busy;
  say(`${increments} increments by one call, ${updates} updates meanwhile: the sum is ${counted}`);
  assert.equal(counted, BigInt(increments));
}

/** Two guests of two standards exchange messages. */
export async function exchangeMessages(supervisor: Supervisor): Promise<void> {
  chapter('Two guests exchange messages: wasmcloud:messaging asks, wasi:messaging answers');
  const bus = (permissions: string[], subscriptions: string[] = []): CapabilityAssignment => ({
    capabilityId: 'bus',
    providerType: 'messaging',
    permissions,
    config: { subscriptions },
  });
  const answering = await supervisor.startInstance({
    module: guest('messenger-draft'),
    instanceId: 'answering',
    capabilities: [bus(['msg:subscribe:orders.>'], ['orders.>'])],
  });
  const asking = await supervisor.startInstance({
    module: guest('messenger-c'),
    instanceId: 'asking',
    capabilities: [bus(['msg:publish:orders.>'])],
  });
  await supervisor.invoke(asking, 'publish', ['orders.new', encoded('two hammers')]);
  const question = ['orders.echo', encoded('still there?'), 2_000];
  const reply = decoded(await supervisor.invoke(asking, 'request', question));
  const heard = (await supervisor.invoke(answering, 'received')) as [string, Uint8Array][];
  say(`heard: ${heard.map(([topic, body]) => `${topic} "${decoded(body)}"`).join(', ')}`);
  say(`replied: "${reply}"`);
  assert.equal(reply, 'still there?');
  assert.equal(heard.length, 2);
  const { payload } = await failure(
    supervisor.invoke(asking, 'publish', ['payments', encoded('x')]),
  );
  say(`a topic that its grant does not cover: ${payload}`);
  assert.match(String(payload), /^permission denied/);
}

/** A guest reaches one host and no other. Left out where the process itself may use no network. */
export async function fetchOverHttp(supervisor: Supervisor): Promise<void> {
  chapter('A guest fetches from one host, and from no other');
  // There is one only where Node was started with --permission.
  const { permission } = process as Partial<NodeJS.Process>;
  if (permission?.has('net') === false) {
    say('left out: this process may use no network');
    return;
  }
  const server = createServer((_request, response) => response.end('fresh news'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await fetchFrom(supervisor, server);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function fetchFrom(supervisor: Supervisor, server: Server): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const id = await supervisor.startInstance({
    module: guest('fetch-c'),
    instanceId: 'fetching',
    capabilities: [
      {
        capabilityId: 'web',
        providerType: 'http',
        permissions: ['http:request', `http:domain:127.0.0.1:${port}`, 'http:private'],
      },
    ],
  });
  const get = (url: string): Promise<unknown> =>
    supervisor.invoke(id, 'fetch', ['GET', url, [], undefined]);
  const answer = (await get(`http://127.0.0.1:${port}/`)) as { status: number; body: Uint8Array };
  say(`the one host answered ${answer.status}: "${decoded(answer.body)}"`);
  assert.equal(answer.status, 200);
  const { payload } = await failure(get('http://example.com/'));
  say(`any other: ${payload}, before its name was even looked up`);
  assert.equal(payload, 'HTTP-request-denied');
}

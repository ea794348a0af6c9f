import { expect } from 'chai';
import * as fc from 'fast-check';
import { type Guest, type HttpCaller, type Reply, textOf } from '../contract/http-caller.ts';
import { eventually, type TestServer } from '../contract/http-servers.ts';
import { HttpStage, urlOf, WITH_PRIVATE } from '../contract/http-stage.ts';
import { RUNS } from '../core/property-runs.ts';
import { rejectionOf, settled } from '../thrown.ts';

const stage = new HttpStage();

afterEach(() => stage.close());

/** Never answers. */
const silent = (): Promise<TestServer> => stage.http(() => undefined);

/** Answers with the path it was asked for. */
const parrot = (): Promise<TestServer> =>
  stage.http((request, response) => response.end(request.url));

describe('a connection', () => {
  it('is used again by the same instance for the same origin', async () => {
    const server = await parrot();
    const caller = await stage.open();
    const guest = caller.guest(WITH_PRIVATE);
    for (const path of ['/a', '/b', '/c']) {
      expect(textOf((await guest.request(urlOf(server, path))).body)).to.equal(path);
    }
    expect(server.connections).to.equal(1);
    expect(caller.metadata['openConnections']).to.equal(1);
  });

  it('P19 · is never used by another instance, nor by another grant of the same', async () => {
    const server = await parrot();
    const caller = await stage.open();
    const guests = [
      caller.guest(WITH_PRIVATE, 'i-1'),
      caller.guest(WITH_PRIVATE, 'i-1'),
      caller.guest(WITH_PRIVATE, 'i-2'),
    ];
    for (const guest of [...guests, ...guests]) await guest.request(urlOf(server));
    const ports = server.requests.map(({ clientPort }) => clientPort);
    expect(new Set(ports).size).to.equal(3);
    expect(ports.slice(3)).to.deep.equal(ports.slice(0, 3));
  });

  it('that its server has left is replaced without the guest noticing', async () => {
    const server = await stage.raw((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
        // The next request meets nobody.
        socket.once('data', () => socket.destroy());
      });
    });
    const guest = (await stage.open()).guest(WITH_PRIVATE);
    expect(await guest.fateOf(urlOf(server))).to.equal('served');
    expect(await guest.fateOf(urlOf(server))).to.equal('served');
    expect(server.connections).to.equal(2);
    // What may have had an effect is not sent twice.
    const again = await guest.fateOf(urlOf(server), { method: 'POST' });
    expect(again).to.equal('connection-terminated');
  });

  it('that was closed by its server takes no place', async () => {
    const server = await stage.saying('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', {
      hangsUp: true,
    });
    const caller = await stage.open();
    expect(await caller.guest(WITH_PRIVATE).fateOf(urlOf(server))).to.equal('served');
    await eventually(() => caller.metadata['openConnections'] === 0);
  });

  it('is closed with a response that is not read to its end', async () => {
    const server = await stage.http((_request, response) => response.write('forever'));
    const caller = await stage.open();
    const guest = caller.guest(WITH_PRIVATE);
    const begun = await guest.begin(urlOf(server));
    await guest.on(begun, 'head', 5_000);
    await guest.on(begun, 'drop');
    await eventually(() => server.sockets.size === 0);
    expect(caller.metadata).to.include({ openConnections: 0, openTransfers: 0, failures: 0 });
  });
});

describe('the end of a grant', () => {
  it('ends everything that was begun by it, whatever that is waiting for', async () => {
    const server = await silent();
    const caller = await stage.open();
    const guest = caller.guest(WITH_PRIVATE);
    const begun = await guest.begin(urlOf(server), { method: 'POST', hasBody: true });
    await guest.on(begun, 'write', new Uint8Array(1));
    const waits = [
      guest.on(begun, 'head', 10_000),
      guest.on(begun, 'read', 1, 10_000),
      guest.request(urlOf(server)),
    ];
    await eventually(() => server.requests.length === 2);
    guest.context.end();
    for (const wait of waits) {
      expect((await rejectionOf(wait)).code).to.equal('PERMISSION_DENIED');
    }
    await eventually(() => server.sockets.size === 0);
    expect(caller.metadata).to.include({ openConnections: 0, openTransfers: 0 });
    expect((await rejectionOf(guest.begin(urlOf(server)))).code).to.equal('PERMISSION_DENIED');
  });

  it('closes the connections that were kept for it, and no others', async () => {
    const server = await parrot();
    const caller = await stage.open();
    const [one, other] = [caller.guest(WITH_PRIVATE, 'i-1'), caller.guest(WITH_PRIVATE, 'i-2')];
    await Promise.all([one.request(urlOf(server)), other.request(urlOf(server))]);
    one.context.end();
    await eventually(() => server.sockets.size === 1);
    expect(await other.fateOf(urlOf(server))).to.equal('served');
    expect(server.connections).to.equal(2);
  });

  it('is heard while a name is looked up or a connection is opened', async () => {
    const resolve = (): Promise<string[]> => new Promise(() => undefined);
    const caller = await stage.open({ resolve });
    const guest = caller.guest(WITH_PRIVATE);
    const beginning = guest.begin('http://silent.test/');
    await settled();
    guest.context.end();
    expect((await rejectionOf(beginning)).code).to.equal('PERMISSION_DENIED');
    expect(caller.metadata['openTransfers']).to.equal(0);
  });

  it('that came before the first call lets nothing begin', async () => {
    const server = await parrot();
    const caller = await stage.open();
    const guest = caller.guest(WITH_PRIVATE);
    const operation = caller.definition.operations['begin'];
    const args = [null, { method: 'GET', url: urlOf(server) }];
    const context = { ...guest.context, onEnd: endedAlready };
    const refusal = Promise.resolve(operation?.run(args, context, caller.state));
    expect((await rejectionOf(refusal)).code).to.equal('PERMISSION_DENIED');
    expect(server.connections).to.equal(0);
  });
});

/** As a context whose grant has ended tells it: at once. */
function endedAlready(listener: () => void): () => void {
  listener();
  return () => undefined;
}

describe('closing the provider', () => {
  it('leaves no socket, timer or connection, whatever was under way', async () => {
    const [quiet, talking] = [await silent(), await parrot()];
    const before = process.getActiveResourcesInfo().length;
    const caller = await stage.open();
    const guest = caller.guest(WITH_PRIVATE);
    await guest.request(urlOf(talking));
    const begun = await guest.begin(urlOf(quiet), { method: 'PUT', hasBody: true });
    await guest.on(begun, 'write', new Uint8Array(1));
    await eventually(() => quiet.requests.length === 1);
    const waiting = guest.on(begun, 'head', 10_000);
    await caller.close();
    expect((await waiting).error).to.equal('connection-terminated');
    await eventually(() => quiet.sockets.size + talking.sockets.size === 0);
    await eventually(() => process.getActiveResourcesInfo().length <= before);
    expect(caller.metadata).to.include({ openConnections: 0, openTransfers: 0 });
  });

  it('is quick while connections are still being opened', async () => {
    const server = await stage.raw((socket) => socket.resume());
    const caller = await stage.open();
    const guest = caller.guest(WITH_PRIVATE);
    const begun = await guest.begin(urlOf(server).replace('http:', 'https:'));
    await eventually(() => server.connections === 1);
    await caller.close();
    expect((await rejectionOf(guest.on(begun, 'head', 0))).code).to.equal('INVALID_REQUEST');
    await eventually(() => server.sockets.size === 0);
  });
});

describe('P19 · two instances of one provider', () => {
  it('have no number in common: what one has begun does not exist for the other', async () => {
    const server = await silent();
    const caller = await stage.open();
    const [one, other] = [caller.guest(WITH_PRIVATE, 'i-1'), caller.guest(WITH_PRIVATE, 'i-2')];
    const begun = await one.begin(urlOf(server), { hasBody: true, method: 'PUT' });
    const calls: readonly (readonly [string, ...(number | Uint8Array)[]])[] = [
      ['head', 0],
      ['read', 1, 0],
      ['write', new Uint8Array(1)],
      ['finish'],
      ['drop'],
    ];
    for (const [name, ...args] of calls) {
      const refusal = await rejectionOf(other.on(begun, name, ...args));
      expect(refusal.details['field'], name).to.equal('transfer');
    }
    const list = [[begun.transfer ?? 0, 'head']] as const;
    expect((await rejectionOf(other.call('wait', 'c-1', list, 0))).code).to.equal(
      'INVALID_REQUEST',
    );
    expect(await one.on(begun, 'drop')).to.equal(true);
  });

  it('get their own answers only, in any order of what they do', async () => {
    const server = await parrot();
    const caller = await stage.open({}, { maxTransfersPerInstance: 4 });
    const step = fc.tuple(fc.nat(1), fc.constantFrom('begin', 'read', 'drop', 'request'));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const pair = [player(caller, server, 'i-1'), player(caller, server, 'i-2')];
        await Promise.all(
          pair.map(async (each, index) => {
            for (const [who, what] of steps) if (who === index) await each.play(what);
          }),
        );
        for (const each of pair) each.guest.context.end();
        expect(caller.metadata['openTransfers']).to.equal(0);
      }),
      RUNS,
    );
  });
});

/** An instance that knows what each of its answers has to be. */
function player(
  caller: HttpCaller,
  server: TestServer,
  instanceId: string,
): { readonly guest: Guest; play(what: string): Promise<void> } {
  const guest = caller.guest(WITH_PRIVATE, instanceId);
  const open: { readonly begun: Reply; readonly path: string }[] = [];
  let count = 0;
  const newPath = (): string => `/${instanceId}/${(count += 1)}`;
  const moves: Readonly<Record<string, () => Promise<void>>> = {
    async begin() {
      const path = newPath();
      if (open.length < 3) open.push({ begun: await guest.begin(urlOf(server, path)), path });
    },
    async read() {
      const first = open[0];
      if (first === undefined) return;
      const { bytes, error } = await guest.readAll(first.begun);
      expect(error).to.equal(undefined);
      // A second reading finds the end alone.
      expect(bytes.toString()).to.be.oneOf([first.path, '']);
    },
    async drop() {
      const last = open.pop();
      if (last !== undefined) await guest.on(last.begun, 'drop');
    },
    async request() {
      const path = newPath();
      expect(textOf((await guest.request(urlOf(server, path))).body)).to.equal(path);
    },
  };
  return { guest, play: async (what) => moves[what]?.() };
}

import { Socket } from 'node:net';
import { expect } from 'chai';
import type { Reply } from '../contract/http-caller.ts';
import { eventually, type TestServer } from '../contract/http-servers.ts';
import { HttpStage, urlOf, WITH_PRIVATE } from '../contract/http-stage.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { settled } from '../thrown.ts';

const stage = new HttpStage();

afterEach(() => stage.close());

describe('a deadline', () => {
  /** A request under way that only its deadlines can end. */
  async function underWay(
    server: TestServer | undefined,
    options: object = {},
  ): Promise<{
    clock: SimulatedClock;
    answer(): Promise<Reply>;
    fateAfter(ms: number): Promise<string | undefined>;
  }> {
    const clock = new SimulatedClock();
    const caller = await stage.open(
      { clock },
      {
        connectTimeoutMs: 10,
        firstByteTimeoutMs: 20,
        betweenBytesTimeoutMs: 30,
        totalTimeoutMs: 100,
      },
    );
    const guest = caller.guest(WITH_PRIVATE);
    const begun = await guest.begin(server === undefined ? 'http://127.0.0.1:1/' : urlOf(server), {
      ...options,
    });
    return {
      clock,
      answer: () => guest.on(begun, 'head', 0),
      fateAfter: async (ms) => {
        clock.advance(ms);
        await settled();
        return (await guest.on(begun, 'read', 100, 0)).error;
      },
    };
  }

  it('passes for a name that nobody answers for', async () => {
    const clock = new SimulatedClock();
    const resolve = (): Promise<string[]> => new Promise(() => undefined);
    const guest = (await stage.open({ clock, resolve }, { connectTimeoutMs: 10 })).guest(
      WITH_PRIVATE,
    );
    const fate = guest.fateOf('http://silent.test/');
    await settled();
    clock.advance(10);
    expect(await fate).to.equal('DNS-timeout');
    // What cannot be called off counts: four of them, and no more are begun.
    for (let index = 0; index < 3; index += 1) void guest.fateOf('http://silent.test/');
    expect(await guest.fateOf('http://silent.test/')).to.equal('DNS-timeout');
    clock.advance(10);
    await settled();
    expect(clock.pending).to.equal(0);
  });

  it('passes for a host that does not answer, each of its addresses having its share', async () => {
    const clock = new SimulatedClock();
    const dialled: string[] = [];
    const sockets: Socket[] = [];
    const caller = await stage.open(
      {
        clock,
        resolve: () => Promise.resolve(['127.0.0.1', '127.0.0.2']),
        dial: (address) => {
          dialled.push(address);
          sockets.push(new Socket());
          return sockets.at(-1)!;
        },
      },
      { connectTimeoutMs: 10 },
    );
    const fate = caller.guest(WITH_PRIVATE).fateOf('http://silent.test/');
    await settled();
    expect(dialled).to.deep.equal(['127.0.0.1']);
    clock.advance(5);
    await settled();
    expect(dialled).to.deep.equal(['127.0.0.1', '127.0.0.2']);
    clock.advance(5);
    expect(await fate).to.equal('connection-timeout');
    for (const socket of sockets) expect(socket.destroyed).to.equal(true);
    expect(clock.pending).to.equal(0);
  });

  it('passes for a handshake that is not answered', async () => {
    const server = await stage.raw((socket) => socket.resume());
    const clock = new SimulatedClock();
    const caller = await stage.open({ clock }, { connectTimeoutMs: 10 });
    const fate = caller.guest(WITH_PRIVATE).fateOf(urlOf(server).replace('http:', 'https:'));
    await eventually(() => server.connections === 1);
    for (let turn = 0; turn < 20; turn += 1) await settled();
    clock.advance(10);
    expect(await fate).to.equal('connection-timeout');
    await eventually(() => server.sockets.size === 0);
  });

  it('passes for an answer that does not come', async () => {
    const server = await stage.http(() => undefined);
    const request = await underWay(server);
    await eventually(() => server.requests.length === 1);
    expect(await request.fateAfter(19)).to.equal(undefined);
    expect(await request.fateAfter(1)).to.equal('HTTP-response-timeout');
    expect(request.clock.pending).to.equal(0);
    await eventually(() => server.sockets.size === 0);
  });

  it('passes for an answer that stands still', async () => {
    const server = await stage.saying('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
    const request = await underWay(server);
    await until(async () => (await request.answer()) !== null);
    expect(await request.fateAfter(29)).to.equal(undefined);
    expect(await request.fateAfter(1)).to.equal('connection-read-timeout');
    await eventually(() => server.sockets.size === 0);
  });

  it('passes for an answer that comes one byte at a time, for ever', async () => {
    let drip: () => void = () => undefined;
    const server = await stage.http((_request, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      drip = () => response.write('x');
      drip();
    });
    const clock = new SimulatedClock();
    const caller = await stage.open({ clock }, { betweenBytesTimeoutMs: 30, totalTimeoutMs: 100 });
    const guest = caller.guest(WITH_PRIVATE);
    const begun = await guest.begin(urlOf(server));
    const got: (string | undefined)[] = [];
    for (let count = 1; count <= 5; count += 1) {
      await eventually(() => Number(caller.metadata['bytesIn']) >= count || count === 5);
      clock.advance(25);
      got.push((await guest.on(begun, 'read', 100, 0)).error);
      drip();
    }
    const late = 'HTTP-response-timeout';
    expect(got).to.deep.equal([undefined, undefined, undefined, late, late]);
  });

  it('does not pass for a guest that takes its time to read', async () => {
    const server = await stage.http((_request, response) => response.end(Buffer.alloc(1_000_000)));
    const clock = new SimulatedClock();
    const caller = await stage.open(
      { clock },
      { betweenBytesTimeoutMs: 30, totalTimeoutMs: 1_000 },
    );
    const guest = caller.guest(WITH_PRIVATE);
    const begun = await guest.begin(urlOf(server));
    await eventually(() => Number(caller.metadata['bytesIn']) >= 65_536);
    clock.advance(500);
    expect((await guest.readAll(begun)).bytes.byteLength).to.equal(1_000_000);
    expect(clock.pending).to.equal(0);
  });

  it('passes for a body that the server does not take', async () => {
    const server = await stage.http(() => undefined);
    const clock = new SimulatedClock();
    const guest = (await stage.open({ clock }, { betweenBytesTimeoutMs: 30 })).guest(WITH_PRIVATE);
    const begun = await guest.begin(urlOf(server), { method: 'POST', hasBody: true });
    let reply: unknown = true;
    while (reply === true) {
      const writing = guest.on(begun, 'write', new Uint8Array(1_048_576));
      for (let turn = 0; turn < 2_000; turn += 1) await settled();
      clock.advance(30);
      reply = await writing;
    }
    expect(reply).to.include({ error: 'connection-write-timeout' });
  });

  it('that the guest sets is never later than the provider’s', async () => {
    const server = await stage.http(() => undefined);
    for (const [firstByteTimeoutMs, early, late] of [
      [5, 4, 1],
      [1e9, 19, 1],
    ] as const) {
      const request = await underWay(server, { firstByteTimeoutMs });
      const seen = server.requests.length;
      await eventually(() => server.requests.length > seen - 1 && server.sockets.size > 0);
      for (let turn = 0; turn < 50; turn += 1) await settled();
      expect(await request.fateAfter(early)).to.equal(undefined);
      expect(await request.fateAfter(late)).to.equal('HTTP-response-timeout');
      await eventually(() => server.sockets.size === 0);
    }
  });
});

/** Asks again until it holds. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await settled();
}

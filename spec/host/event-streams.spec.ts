import { once } from 'node:events';
import { createServer as createHttpServer, get, type IncomingMessage } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { ExecutionEvent, ExecutionEventFilter } from '../../lib/core/execution-event.ts';
import { FactLog } from '../../lib/core/fact-log.ts';
import { systemClock } from '../../lib/core/system-clock.ts';
import { connectSupervisor } from '../../lib/create-supervisor.ts';
import { EventStreams } from '../../lib/host/event-streams.ts';
import type { Host } from '../../lib/host/host.ts';
import { failureOf, pause } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { ask, jsonOf, withHost } from './host-stage.ts';

const core = guestBytes('core');
const SSE = { accept: 'text/event-stream' };

async function stream(host: Host, query = '', headers = {}): Promise<IncomingMessage> {
  const request = get(`${host.url}/v1/events${query}`, {
    agent: false,
    headers: { ...SSE, ...headers },
  });
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

/** Reads until a text is there. */
async function readUntil(response: IncomingMessage, wanted: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of response.iterator({
    destroyOnReturn: false,
  }) as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (wanted.test(text)) return text;
  }
  throw new Error(`ended with ${text.slice(-300)}`);
}

/** Records many facts, each by one start and one stop of an instance on demand. */
async function facts(host: Host, count: number): Promise<void> {
  for (let done = 0; done < count; done += 2) {
    const id = await host.supervisor.startInstance({ module: core, residency: 'on-demand' });
    await host.supervisor.stopInstance(id);
  }
}

describe('event streams', function () {
  this.timeout(60_000);

  it('R9 · number each fact, and go on after the last one that was heard', () =>
    withHost(async (host) => {
      const response = await stream(host, '?types=instance_started,instance_stopped');
      expect(response.headers['content-type']).to.equal('text/event-stream');
      await facts(host, 4);
      const text = await readUntil(response, /id: 5-/);
      expect(text).to.match(/^id: 1-[0-9a-f]{8}\n\n/);
      expect(text.match(/^event: instance_\w+$/gm)).to.have.length(4);
      response.destroy();
      await facts(host, 2);
      const again = await stream(host, '', { 'last-event-id': '3' });
      const rest = await readUntil(again, /id: 7-/);
      expect(rest.match(/^id: \d+(?=-)/gm)).to.deep.equal([
        'id: 3',
        'id: 4',
        'id: 5',
        'id: 6',
        'id: 7',
      ]);
      again.destroy();
      const [, itsOwn = ''] = /^id: 5-(\w+)$/m.exec(rest) ?? [];
      const sameRun = await stream(host, '', { 'last-event-id': `3-${itsOwn}` });
      expect(await readUntil(sameRun, /id: 7-/)).to.include('\nid: 4-');
      sameRun.destroy();
      const otherRun = await stream(host, '', { 'last-event-id': '3-00000000' });
      const anew = await readUntil(otherRun, /id: 7-/);
      expect(anew).to.include('"reason":"restarted"').and.to.include('\nid: 1-');
      otherRun.destroy();
      const list = jsonOf(await ask(`${host.url}/v1/events?sinceSeq=3&limit=2`));
      expect((list['events'] as ExecutionEvent[]).map(({ seq }) => seq)).to.deep.equal([4, 5]);
    }));

  it('R9 · tell a gap: facts that are gone, and numbers of an earlier life', () =>
    withHost(
      async (host) => {
        await facts(host, 40);
        const gap = await readUntil(await stream(host, '', { 'last-event-id': '2' }), /id: 41-/);
        expect(gap).to.include('event: gap\ndata: {"missingFrom":3,"missingTo":31}');
        const first = /^event: instance_\w+$/m.exec(gap);
        expect(gap.indexOf('event: gap')).to.be.below(first?.index ?? -1);
        const other = await readUntil(
          await stream(host, '', { 'last-event-id': '9000' }),
          /id: 41-/,
        );
        expect(other).to.include('"reason":"restarted"');
        await using remote = await connectSupervisor(host.url);
        const missed = remote.events({ sinceSeq: 2 })[Symbol.asyncIterator]();
        const { code, details } = await failureOf(missed.next());
        expect([code, details]).to.deep.equal([
          'RESOURCE_EXHAUSTED',
          { missingFrom: 3, missingTo: 31 },
        ]);
      },
      { supervisorOptions: { maxFacts: 10 } },
    ));

  it('P18 · give signs of life, are bounded in number, and are told when the host closes', () =>
    withHost(
      async (host) => {
        const open = await Promise.all([stream(host), stream(host)]);
        await readUntil(open[0], /\n:\n\n:\n\n/);
        const refused = await ask(`${host.url}/v1/events`, 'GET', undefined, SSE);
        expect([refused.status, jsonOf(refused)['error_code']]).to.deep.equal([
          429,
          'RESOURCE_EXHAUSTED',
        ]);
        open[0].destroy();
        let third = await stream(host);
        while (third.statusCode !== 200) third = await stream(host);
        // One that has closed its half may still read.
        const half = readUntil(open[1], /event: end\n/);
        const closed = host.close();
        expect(await half).to.include('{"reason":"closing"}');
        await readUntil(third, /event: end\n/);
        await closed;
      },
      { limits: { eventStreams: 2, heartbeatMs: 20 } },
    ));

  it('P18 · cut a reader that takes nothing, with a last word, and keep nothing for it', async () => {
    const log = new FactLog({ capacity: 1_000, nodeId: 'n', clock: systemClock });
    const source = {
      events: ({ signal, ...filter }: ExecutionEventFilter & { signal?: AbortSignal } = {}) =>
        log.subscribe(filter, signal),
      executionEvents: async () => log.query({}, 1),
    };
    const limits = { eventStreams: 1, slowReaderMs: 100, heartbeatMs: 10 };
    const streams = new EventStreams(source as unknown as Supervisor, limits, systemClock, 'run');
    let waitingBytes = 0;
    const server = createHttpServer((_request, response) => {
      void streams.serve(response, { filter: {}, resume: undefined });
      response.once('drain', () => undefined);
      setInterval(
        () => (waitingBytes = Math.max(waitingBytes, response.writableLength)),
        5,
      ).unref();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.pause();
    while (streams.size === 0) await pause(5);
    const details = { much: 'x'.repeat(100_000) };
    for (let round = 0; round < 900; round++) log.append('instance_started', { details });
    while (streams.size > 0) await pause(5);
    expect(waitingBytes).to.be.within(100_000, 300_000);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(-500)));
    socket.resume();
    await once(socket, 'close');
    const [, lastSeq] =
      /event: cut\ndata: {"reason":"slow-reader","lastSeq":(\d+)}/.exec(text) ?? [];
    expect(Number(lastSeq)).to.be.within(1, 900);
    server.close();
  });
});

/** Passes connections on, and can cut them. */
class Passage implements Disposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Where they lead; 0: nowhere. */
  port: number;

  constructor(host: Host) {
    this.port = Number(new URL(host.url).port);
    this.#server = createServer((near) => {
      near.on('error', () => undefined);
      if (this.port === 0) {
        near.destroy();
        return;
      }
      const far = connect(this.port, '127.0.0.1');
      far.on('error', () => undefined);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('close', () => {
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far);
      far.pipe(near);
    });
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  [Symbol.dispose](): void {
    this.cut();
    this.#server.close();
  }
}

describe('events of a host elsewhere', function () {
  this.timeout(60_000);

  it('R9 · go on after connections that are lost, each fact once and in order', () =>
    withHost(async (host) => {
      using passage = new Passage(host);
      await using remote = await connectSupervisor(await passage.open());
      const events = remote.events()[Symbol.asyncIterator]();
      const heard: number[] = [];
      for (let round = 0; round < 5; round++) {
        await remote.stats();
        // The first loss comes before anything was heard.
        passage.cut();
        await facts(host, 6);
        while (heard.length < (round + 1) * 6) heard.push((await events.next()).value.seq);
      }
      expect(heard).to.deep.equal(Array.from({ length: 30 }, (_none, index) => index + 2));
    }));

  it('R9 · fail when the host is gone for good, or another is in its place', () =>
    withHost((host) =>
      withHost(async (other) => {
        using passage = new Passage(host);
        const url = await passage.open();
        await using remote = await connectSupervisor(url, { reconnects: 2 });
        const moved = remote.events()[Symbol.asyncIterator]();
        await remote.stats();
        passage.port = Number(new URL(other.url).port);
        passage.cut();
        const restarted = await failureOf(moved.next());
        expect(restarted.code).to.equal('CRASH_DETECTED');
        expect(restarted.details).to.deep.equal({ url, reason: 'restarted' });
        expect((await moved.next()).done).to.equal(true);
        const gone = remote.events()[Symbol.asyncIterator]();
        await remote.stats();
        passage.port = 0;
        passage.cut();
        expect((await failureOf(gone.next())).code).to.equal('CRASH_DETECTED');
        const { code, details } = await failureOf(remote.listInstances());
        expect(code).to.equal('CRASH_DETECTED');
        expect(details).to.deep.include({ url, executed: 'maybe' });
      }),
    ));

  it('R9 · end when the host closes, and a host that is not there is told by its address', async () => {
    const url = await withHost(async (host) => {
      await using remote = await connectSupervisor(host.url);
      const events = remote.events()[Symbol.asyncIterator]();
      const step = events.next();
      await remote.stats();
      await host.close();
      expect((await step).done).to.equal(true);
      return host.url;
    });
    const { code, details } = await failureOf(connectSupervisor(url));
    expect(code).to.equal('CRASH_DETECTED');
    expect(details).to.deep.equal({ url, reason: 'ECONNREFUSED', executed: 'no' });
  });
});

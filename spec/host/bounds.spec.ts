import { once } from 'node:events';
import { expect } from 'chai';
import type { Host } from '../../lib/host/host.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { ask, bareSocket, jsonOf, withHost } from './host-stage.ts';

const core = guestBytes('core');
const TIMES = { headersTimeoutMs: 300, requestTimeoutMs: 600, keepAliveMs: 200 };

/** Everything that comes by a connection that is written to and then left alone. */
async function saying(host: Host, ...pieces: readonly (string | Uint8Array)[]): Promise<string> {
  const { socket, all } = await bareSocket(host.url);
  for (const piece of pieces) socket.write(piece);
  return all;
}

describe('the bounds of the API', function () {
  this.timeout(60_000);

  it('P18 · a slow header, a slow body and an idle connection end by the host', () =>
    withHost(
      async (host) => {
        const slow = await Promise.all([
          saying(host, 'GET /v1/stats HTTP/1.1\r\nHost: loc'),
          saying(host, ''),
          saying(
            host,
            'POST /v1/groups HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
          ),
          saying(host, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'),
        ]);
        expect(slow[0]).to.match(/^HTTP\/1.1 408 .*TIMEOUT/s);
        expect(slow[2]).to.match(/^HTTP\/1.1 408 /);
        expect(slow[3]).to.match(/^HTTP\/1.1 200 /);
        expect((await ask(`${host.url}/readyz`)).status).to.equal(200);
      },
      { limits: TIMES },
    ));

  it('P18 · what is no HTTP, or too much of it, is answered and cut off', () =>
    withHost(
      async (host) => {
        const line = 'GET /healthz HTTP/1.1\r\n';
        const cases: readonly (readonly [RegExp, ...(string | Uint8Array)[]])[] = [
          [/^HTTP\/1.1 400 .*INVALID_REQUEST/s, '\0\x01\x02 nonsense\r\n\r\n'],
          [/^HTTP\/1.1 400 /, `${line}\r\n`],
          [
            /^HTTP\/1.1 400 /,
            `${line}Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
          ],
          [/^HTTP\/1.1 400 /, `${line}Host: localhost\r\nBad Header: 1\r\n\r\n`],
          [
            /^HTTP\/1.1 431 .*INVALID_REQUEST/s,
            `${line}Host: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
          ],
          [
            /^HTTP\/1.1 413 .*RESOURCE_EXHAUSTED/s,
            'POST /v1/groups HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n',
          ],
          [
            /^HTTP\/1.1 413 /,
            `POST /v1/groups HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n${' '.repeat(2_048)}\r\n`,
          ],
          [
            /^HTTP\/1.1 (400|404) .*INVALID_REQUEST/s,
            'GET /v1/instances/%ff%fe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
          ],
          [
            /^HTTP\/1.1 (400|404) .*INVALID_REQUEST/s,
            `GET /v1/instances/${'a'.repeat(5_000)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
          ],
        ];
        for (const [expected, ...pieces] of cases) {
          expect(await saying(host, ...pieces), String(pieces[0]).slice(0, 90)).to.match(expected);
        }
        expect((await ask(`${host.url}/readyz`)).status).to.equal(200);
      },
      { limits: { ...TIMES, bodyBytes: 1_024 } },
    ));

  it('P18 · there are no more connections and no more requests a second than are allowed', async () => {
    await withHost(
      async (host) => {
        const open = await Promise.all([bareSocket(host.url), bareSocket(host.url)]);
        const third = await bareSocket(host.url);
        expect(await third.all).to.equal('');
        for (const { socket } of open) socket.destroy();
      },
      { limits: { connections: 2 } },
    );
    await withHost(
      async (host) => {
        const answers = await Promise.all(
          Array.from({ length: 8 }, () => ask(`${host.url}/v1/stats`)),
        );
        const refused = answers.filter(({ status }) => status === 429);
        expect(refused.length).to.be.at.least(3);
        expect(jsonOf(refused[0]!)).to.deep.include({ error_code: 'RESOURCE_EXHAUSTED' });
        expect(refused[0]!.headers).to.have.property('retry-after');
      },
      { limits: { requestsPerSecond: 5 } },
    );
  });

  it('R3 · a caller that leaves takes its waiting call along', () =>
    withHost(async (host) => {
      const id = await host.supervisor.startInstance({ module: core });
      const running = host.supervisor
        .invoke(id, 'spin', [], { timeoutMs: 600_000 })
        .catch(() => undefined);
      const { socket } = await bareSocket(host.url);
      socket.write(
        `POST /v1/instances/${id}/invoke/next?timeoutMs=600000 HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      );
      const waiting = async (): Promise<number> => (await host.supervisor.stats()).calls.waiting;
      while ((await waiting()) === 0) await new Promise((go) => setTimeout(go, 5));
      socket.destroy();
      await once(socket, 'close');
      while ((await waiting()) > 0) await new Promise((go) => setTimeout(go, 5));
      await host.supervisor.stopInstance(id, { graceMs: 0 });
      await running;
    }));
});

describe('the end of a host', function () {
  this.timeout(60_000);

  it('P6 · says so first, finishes what is under way, and then is gone', () =>
    withHost(async (host) => {
      const id = await host.supervisor.startInstance({ module: guestBytes('serve-c') });
      const url = `${host.url}/v1/instances/${id}/invoke/${encodeURIComponent('wasi:http/incoming-handler@0.2')}`;
      const spinning = ask(`${url}?timeoutMs=1000`, 'POST', '{"args":[{"path":"/spin"}]}');
      while ((await host.supervisor.stats()).calls.begun === 0)
        await new Promise((go) => setTimeout(go, 5));
      const closed = host.close({ deadlineMs: 10_000 });
      const ready = await ask(`${host.url}/readyz`);
      expect([ready.status, ready.text]).to.deep.equal([503, '{"status":"draining"}']);
      const refused = await ask(`${host.url}/v1/stats`);
      expect([refused.status, jsonOf(refused)['error_code']]).to.deep.equal([
        503,
        'RESOURCE_EXHAUSTED',
      ]);
      expect((await spinning).status).to.equal(504);
      await closed;
      expect(
        await ask(`${host.url}/readyz`).catch((error: { code: string }) => error.code),
      ).to.equal('ECONNREFUSED');
      await host.close();
    }));

  it('P6 · keeps answering for as long as a balancer needs to notice', () =>
    withHost(
      async (host) => {
        const closed = host.close({ deadlineMs: 10_000 });
        let isClosed = false;
        void closed.then(() => (isClosed = true));
        let said = 0;
        for (; said < 10; said += 1) {
          expect((await ask(`${host.url}/readyz`)).status).to.equal(503);
          expect(isClosed).to.equal(false);
        }
        await closed;
        expect(await ask(`${host.url}/readyz`).catch(() => 'gone')).to.equal('gone');
      },
      { drainDelayMs: 1_000 },
    ));

  it('P6 · what is not done by the deadline is broken off, and its caller is told', () =>
    withHost(async (host) => {
      const id = await host.supervisor.startInstance({ module: core });
      const spinning = ask(
        `${host.url}/v1/instances/${id}/invoke/spin?timeoutMs=60000`,
        'POST',
      ).then((answer) => [answer.status, jsonOf(answer)['error_code']]);
      while ((await host.supervisor.stats()).calls.begun === 0)
        await new Promise((go) => setTimeout(go, 5));
      await host.close({ deadlineMs: 100 });
      expect(await spinning).to.deep.equal([503, 'CRASH_DETECTED']);
    }));

  it('P6 · a supervisor that was given outlives it, and an address that is taken leaves nothing behind', () =>
    withHost(async (host) => {
      const { supervisor } = host;
      const listen = new URL(host.url).host;
      await withHost(
        async (other) => {
          await other.close();
          expect((await supervisor.stats()).nodeId).to.equal(supervisor.nodeId);
        },
        { supervisor },
      );
      const failed = await withHost(async () => 'served', { supervisor, listen }).catch(
        ({ details }: { details: { field: string } }) => details.field,
      );
      expect(failed).to.equal('listen');
    }));
});

import { expect } from 'chai';
import type { Host } from '../../lib/host/host.ts';
import { TriggerTable } from '../../lib/host/trigger-table.ts';
import { startHost } from '../../lib/start-host.ts';
import { AT_ONCE, codeOf, until } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { thrownBy } from '../thrown.ts';
import { type Answer, ask, bareSocket, jsonOf, withHost } from './host-stage.ts';

const serve = guestBytes('serve-c');
const OPTIONS = { triggerListen: '127.0.0.1:0' };

async function web(host: Host, instanceId = 'web', limits = {}): Promise<void> {
  await host.supervisor.startInstance({
    module: serve,
    instanceId,
    restartPolicy: AT_ONCE,
    limits,
  });
}

const put = (host: Host, name: string, trigger: object): Promise<Answer> =>
  ask(`${host.url}/v1/triggers/${name}`, 'PUT', JSON.stringify(trigger));

describe('triggers', function () {
  this.timeout(60_000);

  it('lead by the longest path on its borders, by host and by method', () => {
    const table = new TriggerTable(10);
    const add = (name: string, path: string, more: object = {}): unknown =>
      table.put({ name, path, instanceId: name, ...more });
    add('all', '/');
    add('shop', '/shop');
    add('cart', '/shop/cart', { methods: ['GET', 'POST'] });
    add('ours', '/shop', { host: 'our.example' });
    const found = (path: string, method = 'GET', host?: string): unknown => {
      const target = table.find({ path, method, host });
      return target !== undefined && 'name' in target ? target.name : target;
    };
    expect(found('/')).to.equal('all');
    expect(found('/shopping')).to.equal('all');
    expect(found('/shop')).to.equal('shop');
    expect(found('/shop/x')).to.equal('shop');
    expect(found('/shop/cart/1', 'POST')).to.equal('cart');
    expect(found('/shop/cart', 'PUT')).to.equal('shop');
    expect(found('/shop', 'GET', 'our.example')).to.equal('ours');
    table.remove('all');
    table.remove('shop');
    expect(found('/shop/cart', 'PUT')).to.deep.equal(['GET', 'POST']);
    expect(found('/elsewhere')).to.equal(undefined);
    expect(thrownBy(() => add('twin', '/shop/cart', { methods: ['POST'] })).message).to.include(
      'cart',
    );
    for (const path of ['', 'shop', '/shop/', '/a//b', '/a?b', '/a#b', '/ä']) {
      expect(thrownBy(() => add('wrong', path)).details['field'], path).to.equal('path');
    }
  });

  it('R13 · pass on a request with all that is its own, and the answer of the guest', () =>
    withHost(async (host) => {
      await web(host);
      const trigger = { path: '/echo', instanceId: 'web', methods: ['GET', 'POST', 'HEAD'] };
      expect((await put(host, 'echo', trigger)).status).to.equal(204);
      const answer = await ask(`${host.triggerUrl}/echo/there?page=2`, 'POST', 'two of them', {
        'x-customer': '5',
        connection: 'close, x-private',
        'x-private': 'between us',
        host: 'shop.example',
      });
      expect([answer.status, answer.text]).to.deep.equal([200, 'two of them']);
      expect(JSON.stringify(answer.headers))
        .to.include('/echo/there?page=2')
        .and.not.include('between us');
      expect((await ask(`${host.triggerUrl}/echo`, 'HEAD')).text).to.equal('');
      expect((await ask(`${host.triggerUrl}/echo`, 'PUT')).headers['allow']).to.equal(
        'GET, POST, HEAD',
      );
      expect((await ask(`${host.triggerUrl}/v1/stats`)).status).to.equal(404);
      expect((await ask(`${host.url}/echo`)).status).to.equal(404);
      expect(jsonOf(await ask(`${host.url}/v1/triggers/echo`))).to.deep.equal({
        name: 'echo',
        ...trigger,
      });
      expect(jsonOf(await ask(`${host.url}/v1/triggers`))['triggers']).to.have.length(1);
      expect((await ask(`${host.url}/v1/triggers/echo`, 'DELETE')).status).to.equal(204);
      expect((await ask(`${host.url}/v1/triggers/echo`, 'DELETE')).status).to.equal(404);
      expect((await ask(`${host.triggerUrl}/echo`, 'POST', 'x')).status).to.equal(404);
    }, OPTIONS));

  it('R13 · tell by the status what became of a request, and nothing of what is inside', () =>
    withHost(
      async (host) => {
        await web(host, 'web', { callTimeoutMs: 100, payloadBytes: 1_000 });
        await host.supervisor.startInstance({
          module: guestBytes('core'),
          instanceId: 'no-handler',
        });
        await put(host, 'web', { path: '/', instanceId: 'web' });
        await put(host, 'none', { path: '/none', instanceId: 'nobody' });
        await put(host, 'core', { path: '/core', instanceId: 'no-handler' });
        const at = (path: string, body?: string): Promise<Answer> =>
          ask(`${host.triggerUrl}${path}`, body === undefined ? 'GET' : 'POST', body);
        const statuses: readonly (readonly [number, string, string?])[] = [
          [502, '/trap'],
          [502, '/error'],
          [504, '/spin'],
          [503, '/none'],
          [503, '/core'],
          [413, '/echo', 'x'.repeat(1_001)],
          [413, '/echo', 'x'.repeat(5_000)],
          [200, '/echo', 'x'.repeat(1_000)],
        ];
        for (const [status, path, body] of statuses) {
          await until(host.supervisor, 'web', (info) => info.status === 'running');
          const answer = await at(path, body);
          expect(answer.status, `${path} ${answer.text}`).to.equal(status);
          if (status >= 500) expect(answer.text).not.to.match(/web|nobody|no-handler|trap/);
        }
      },
      { ...OPTIONS, limits: { bodyBytes: 4_096 } },
    ));

  it('R13 · are there from the start where the options say so, on an address of their own only', async () => {
    const triggers = [{ name: 'web', path: '/', instanceId: 'web' }];
    expect(await codeOf(startHost({ listen: '127.0.0.1:0', triggers }))).to.equal(
      'INVALID_REQUEST',
    );
    await withHost(
      async (host) => {
        await web(host);
        const { socket, all } = await bareSocket(host.triggerUrl ?? '');
        socket.write(
          'POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
        );
        expect(await all).to.match(/^HTTP\/1.1 200 .*hi$/s);
        const bad = await bareSocket(host.triggerUrl ?? '');
        bad.socket.write('nonsense\r\n\r\n');
        expect(await bad.all).to.match(/^HTTP\/1.1 400 /);
      },
      { ...OPTIONS, triggers },
    );
    await withHost(async (host) => {
      expect((await put(host, 'web', triggers[0]!)).status).to.equal(400);
    });
  });
});

import { createHash, randomInt } from 'node:crypto';
import { expect } from 'chai';
import { AT_ONCE, pause, until } from '../../e2e/fixtures.ts';
import { guestBytes, wat } from '../../guests/guest-file.ts';
import { type Answer, ask, bareSocket, jsonOf } from '../../host/host-stage.ts';
import type { Episode, SupervisedWorld } from './episode.ts';

/** A host that is reached by HTTP. */
export interface HostedWorld extends SupervisedWorld {
  readonly url: string;
  readonly triggerUrl: string;
  /** The path of a trigger that leads to a guest which answers. */
  readonly echoPath: string;
}

const core = guestBytes('core');
const serve = guestBytes('serve-c');
const WASM = { 'content-type': 'application/wasm' };

let lastName = 0;

function freshName(): string {
  lastName += 1;
  return `caller-${lastName}`;
}

/** Asks, and looks at the status. */
async function told(status: number, ...args: Parameters<typeof ask>): Promise<Answer> {
  const answer = await ask(...args);
  expect(answer.status, `${args[1] ?? 'GET'} ${args[0]}: ${answer.text.slice(0, 300)}`).to.equal(
    status,
  );
  return answer;
}

/** What strangers and programs ask of a host, beyond what a supervisor does. */
export const CALLERS: readonly Episode<HostedWorld>[] = [
  {
    name: 'trigger asked',
    async play({ triggerUrl, echoPath }) {
      for (let each = 0; each < 10; each += 1) {
        const { text } = await told(200, `${triggerUrl}${echoPath}`, 'POST', `body ${each}`);
        expect(text).to.equal(`body ${each}`);
      }
    },
  },
  {
    name: 'trigger comes, fails, goes',
    async play({ supervisor, url, triggerUrl }) {
      const name = freshName();
      const host = `${name}.example`;
      const limits = { callTimeoutMs: 300 };
      const instanceId = await supervisor.startInstance({
        module: serve,
        restartPolicy: AT_ONCE,
        limits,
      });
      const trigger = JSON.stringify({ path: '/', host, instanceId });
      await told(204, `${url}/v1/triggers/${name}`, 'PUT', trigger);
      for (const [path, status] of [
        ['/trap', 502],
        ['/spin', 504],
      ] as const) {
        await told(status, `${triggerUrl}${path}`, 'GET', undefined, { host });
        await until(supervisor, instanceId, (info) => info.status === 'running');
      }
      await told(204, `${url}/v1/triggers/${name}`, 'DELETE');
      await told(404, `${triggerUrl}/trap`, 'GET', undefined, { host });
      await supervisor.stopInstance(instanceId, { graceMs: 0 });
    },
  },
  {
    name: 'module uploaded',
    async play({ url }) {
      const number = randomInt(2 ** 31);
      const bytes = wat(`(module (func (export "n") (result i32) (i32.const ${number})))`);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      await told(201, `${url}/v1/modules`, 'POST', bytes, WASM);
      const spec = JSON.stringify({ module: { sha256 } });
      const { instanceId } = jsonOf(await told(201, `${url}/v1/instances`, 'POST', spec));
      const instance = `${url}/v1/instances/${String(instanceId)}`;
      expect(jsonOf(await told(200, `${instance}/invoke/n`, 'POST', '{}'))).to.deep.equal({
        result: number,
      });
      await ask(`${instance}?graceMs=0`, 'DELETE');
      // The others make room for further ones.
      if (number % 2 === 0) await told(204, `${url}/v1/modules/${sha256}`, 'DELETE');
    },
  },
  {
    name: 'upload broken off',
    async play({ url }) {
      const { socket, all } = await bareSocket(url);
      const head = `POST /v1/modules HTTP/1.1\r\nHost: ${new URL(url).host}\r\n`;
      socket.write(`${head}Content-Type: application/wasm\r\nContent-Length: 1000000\r\n\r\n`);
      socket.write(core);
      await pause(20);
      socket.destroy();
      await all;
    },
  },
  {
    name: 'caller goes in the middle',
    async play({ supervisor, url }) {
      const id = await supervisor.startInstance({ module: core, restartPolicy: AT_ONCE });
      const { socket, all } = await bareSocket(url);
      const path = `/v1/instances/${id}/invoke/spin?timeoutMs=200`;
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nContent-Length: 0\r\n\r\n`,
      );
      await pause(50);
      socket.destroy();
      await all;
      await until(supervisor, id, ({ status, restarts }) => status === 'running' && restarts === 1);
      await supervisor.stopInstance(id, { graceMs: 0 });
    },
  },
  {
    name: 'on demand',
    async play({ supervisor }) {
      const id = await supervisor.startInstance({ module: core, residency: 'on-demand' });
      for (let each = 0; each < 5; each += 1) {
        expect(await supervisor.invoke(id, 'add', [each, 2])).to.equal(each + 2);
      }
      await supervisor.stopInstance(id);
    },
  },
  {
    name: 'page loaded',
    async play({ url }) {
      const { text } = await told(200, `${url}/`);
      const parts = [...text.matchAll(/(?:src|href)="([^":#]+)"/g)].map(([, part = '']) => part);
      expect(parts).to.not.deep.equal([]);
      for (const part of parts) await told(200, new URL(part, `${url}/`).href);
      await told(200, `${url}/v1/fleet`);
      await told(200, `${url}/v1/lifecycles/instance`);
    },
  },
  {
    name: 'refused requests',
    async play({ url }) {
      await told(404, `${url}/v1/instances/nobody`);
      await told(404, `${url}/v1/instances/nobody`, 'DELETE');
      await told(404, `${url}/v1/nowhere`);
      await told(400, `${url}/v1/instances`, 'POST', '{"module":');
      await told(405, `${url}/v1/instances`, 'PUT', '{}');
    },
  },
];

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { guestBytes } from '../../guests/guest-file.ts';
import { REPOSITORY_ROOT } from '../../repository-root.ts';

const COMPATIBILITY_DATE = '2026-11-01';
const READY_MS = 10_000;
const ASK_EVERY_MS = 50;

/** Workers that one process of `workerd` serves, each at an address of its own. */
export interface WorkerUrls {
  /** Exports of `core`, by name. */
  readonly invoke: string;
  /** `serve-c`, with an instantiation that is kept. */
  readonly kept: string;
  /** `serve-c`, with an instantiation for each request. */
  readonly fresh: string;
}

/** The file of the server, as its package brings it; undefined where there is none for the platform. */
function executable(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('@cloudflare/workerd-linux-64/bin/workerd');
  } catch {
    return undefined;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const moduleOf = (name: string): string =>
  `(name = "${name}", ${name.endsWith('.wasm') ? 'wasm' : 'esModule'} = embed "${name}")`;

function configuration(
  ports: Readonly<Record<keyof WorkerUrls, number>>,
  jcoFiles: readonly string[],
): string {
  const names = Object.keys(ports) as (keyof WorkerUrls)[];
  const services = names.map((name) => `(name = "${name}", worker = .${name})`);
  const sockets = names.map(
    (name) =>
      `(name = "${name}", address = "127.0.0.1:${ports[name]}", http = (), service = "${name}")`,
  );
  const trigger = ['trigger-worker.mjs', ...jcoFiles].map(moduleOf).join(', ');
  const date = `compatibilityDate = "${COMPATIBILITY_DATE}"`;
  const serving = (fresh: string): string =>
    `(modules = [${trigger}], ${date}, bindings = [(name = "FRESH", text = "${fresh}")])`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [${services.join(', ')}], sockets = [${sockets.join(', ')}]);
const invoke :Workerd.Worker = (modules = [${['invoke-worker.mjs', 'core.wasm'].map(moduleOf).join(', ')}], ${date});
const kept :Workerd.Worker = ${serving('no')};
const fresh :Workerd.Worker = ${serving('yes')};
`;
}

/** Cloudflare's server for JavaScript and Wasm, serving the guests that we serve. */
export class Workerd implements AsyncDisposable {
  readonly urls: WorkerUrls;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(urls: WorkerUrls, folder: string, child: ChildProcess) {
    this.urls = urls;
    this.#folder = folder;
    this.#child = child;
  }

  /**
   * Undefined where there is none for the platform.
   *
   * @throws when it does not answer in time.
   */
  static async open(): Promise<Workerd | undefined> {
    const file = executable();
    if (file === undefined) return undefined;
    const folder = await mkdtemp(join(tmpdir(), 'wasmatrix-workerd-'));
    const { files } = await transpileBytes(guestBytes('serve-c'), {
      name: 'serve',
      instantiation: 'sync',
      emitTypescriptDeclarations: false,
    });
    const jcoFiles = Object.entries(files);
    for (const [name, content] of jcoFiles) await writeFile(join(folder, name), content);
    await writeFile(join(folder, 'core.wasm'), guestBytes('core'));
    for (const name of ['invoke-worker.mjs', 'trigger-worker.mjs']) {
      await writeFile(
        join(folder, name),
        await readFile(join(REPOSITORY_ROOT, 'spec/bench/workerd', name)),
      );
    }
    const ports = { invoke: await freePort(), kept: await freePort(), fresh: await freePort() };
    const names = jcoFiles.map(([name]) => name);
    await writeFile(join(folder, 'config.capnp'), configuration(ports, names));
    const child = spawn(file, ['serve', join(folder, 'config.capnp')], { stdio: 'ignore' });
    const url = (port: number, path: string): string => `http://127.0.0.1:${port}${path}`;
    const workerd = new Workerd(
      {
        invoke: url(ports.invoke, '/add'),
        kept: url(ports.kept, '/count'),
        fresh: url(ports.fresh, '/count'),
      },
      folder,
      child,
    );
    try {
      await workerd.#ready();
      return workerd;
    } catch (error) {
      await workerd[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #ready(): Promise<void> {
    const until = performance.now() + READY_MS;
    for (;;) {
      try {
        const { status } = await fetch(this.urls.kept);
        if (status === 200) return;
        throw new Error(`workerd answers ${status}`);
      } catch (error) {
        if (performance.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.kill('SIGKILL')) {
      await once(this.#child, 'exit');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

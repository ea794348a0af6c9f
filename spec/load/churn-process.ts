import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { within } from '../within.ts';
import type { ChurnGreeting, ChurnOrder } from './churn-messages.ts';
import type { HostSample } from './churn-sample.ts';

const HOST = fileURLToPath(new URL('churn-host.js', import.meta.url));
const STDERR_KEPT = 4_000;
const ANSWER_MS = 30_000;
/** A process that has nothing left to do ends at once. */
const ENDING_MS = 5_000;

/** A host in a process of its own, and where it is reached. */
export class ChurnProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #stderr = '';
  #greeting: ChurnGreeting | undefined;

  private constructor() {
    this.#child = fork(HOST, [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
      env: { ...process.env, MALLOC_ARENA_MAX: '1' },
    });
    this.#closed = once(this.#child, 'close');
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = `${this.#stderr}${text}`.slice(-STDERR_KEPT);
    });
  }

  /** @throws where the host does not come up. */
  static async start(): Promise<ChurnProcess> {
    const host = new ChurnProcess();
    host.#greeting = (await host.#answer('its address')) as ChurnGreeting;
    return host;
  }

  /** What it has said on standard error; the last of it. */
  get stderr(): string {
    return this.#stderr;
  }

  get greeting(): ChurnGreeting {
    return this.#greeting as ChurnGreeting;
  }

  sample(minutes: number): Promise<HostSample> {
    return this.#ask({ order: 'sample', minutes });
  }

  /** Closes the host; its process has nothing to do any more. */
  close(minutes: number): Promise<HostSample> {
    return this.#ask({ order: 'close', minutes });
  }

  /**
   * Waits until the process ends by itself.
   *
   * @throws where it does not, or not with 0.
   */
  async ended(): Promise<void> {
    await within(this.#closed, ENDING_MS, 'the end of the process after close()');
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== 0) throw new Error(`the host ended by ${signalCode ?? `code ${exitCode}`}`);
  }

  async #ask(order: ChurnOrder): Promise<HostSample> {
    const answer = this.#answer(order.order);
    this.#child.send(order, () => undefined);
    return (await answer) as HostSample;
  }

  async #answer(what: string): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const onClose = (): void => reject(new Error(`the host's process is gone: ${this.#stderr}`));
    this.#child.once('message', resolve).once('close', onClose);
    try {
      return await within(promise, ANSWER_MS, what);
    } finally {
      this.#child.off('message', resolve).off('close', onClose);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
    }
    await this.#closed;
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { FuzzAnswer, FuzzOrder } from './fuzz-messages.ts';

const STDERR_KEPT = 2_000;

/** A process that tries mutants, made anew whenever one has ended it. */
export class WatchedProcess implements AsyncDisposable {
  readonly #script: string;
  readonly #deadlineMs: number;
  #child: ChildProcess | undefined;
  #stderr = '';

  /**
   * @param deadlineMs - without an answer for so long it is taken to hang.
   */
  constructor(script: string, deadlineMs: number) {
    this.#script = script;
    this.#deadlineMs = deadlineMs;
  }

  /** What became of the mutants, or how the process came to its end over them. */
  async ask(order: FuzzOrder): Promise<FuzzAnswer | string> {
    const child = (this.#child ??= this.#fork());
    const { promise, resolve } = Promise.withResolvers<FuzzAnswer | string>();
    const onMessage = (answer: unknown): void => resolve(answer as FuzzAnswer);
    const onClose = (code: number | null, signal: string | null): void =>
      resolve(`the process ended by ${signal ?? `code ${code}`}: ${this.#stderr}`);
    const timer = setTimeout(() => resolve(`nothing for ${this.#deadlineMs} ms`), this.#deadlineMs);
    child.once('message', onMessage).once('close', onClose);
    child.send(order, () => undefined);
    const answer = await promise;
    clearTimeout(timer);
    child.off('message', onMessage).off('close', onClose);
    if (typeof answer === 'string') await this[Symbol.asyncDispose]();
    return answer;
  }

  #fork(): ChildProcess {
    this.#stderr = '';
    const child = fork(this.#script, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    child.stderr?.on('data', (text: Buffer) => {
      this.#stderr = `${this.#stderr}${text.toString()}`.slice(0, STDERR_KEPT);
    });
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }
}

import type { ChildProcess } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { within } from '../within.ts';

const PROCESSES = channel('child_process');
/** What is not gone by then is stuck. */
const LONGEST_MS = 20_000;

/**
 * Hears when threads, or child processes, that were made since are gone, whoever made them.
 *
 * A thread is gone when its `Worker` emits `exit`: Node does that once it has joined the thread of the
 * system, whose isolate and memory have been freed before. A process is gone when its `ChildProcess`
 * emits `exit`: the system has ended it and Node has collected it. Nothing that can be asked of a
 * supervisor is told earlier, and nothing polls, which would take time from what is measured.
 */
export class EndsHeard implements Disposable {
  readonly #kind: 'thread' | 'process';
  readonly #ends: Promise<number>[] = [];

  constructor(kind: 'thread' | 'process') {
    this.#kind = kind;
    if (kind === 'thread') process.on('worker', this.#onThread);
    else PROCESSES.subscribe(this.#onProcess);
  }

  readonly #onThread = (worker: Worker): void => this.#add(worker);

  readonly #onProcess = (message: unknown): void => {
    this.#add((message as { readonly process: ChildProcess }).process);
  };

  #add(source: EventEmitter): void {
    this.#ends.push(
      new Promise((resolve) => source.once('exit', () => resolve(performance.now()))),
    );
  }

  /**
   * When each of them ended, by `performance.now()`, earliest first; resolves when all have.
   *
   * @throws when others were made than so many, or are not gone after 20 seconds.
   */
  async times(count: number): Promise<readonly number[]> {
    if (this.#ends.length !== count) {
      throw new Error(`${this.#ends.length} of the kind ${this.#kind} were made, not ${count}`);
    }
    const ends = await within(Promise.all(this.#ends), LONGEST_MS, `the end of a ${this.#kind}`);
    return ends.toSorted((a, b) => a - b);
  }

  [Symbol.dispose](): void {
    process.off('worker', this.#onThread);
    PROCESSES.unsubscribe(this.#onProcess);
  }
}

import { MessageChannel, type MessagePort, type ResourceLimits, Worker } from 'node:worker_threads';
import { DEFAULT_HEAP_MB } from '../../lib/threads/thread-options.ts';

/** The bounds that an instance's thread has. */
const RESOURCE_LIMITS: ResourceLimits = {
  maxOldGenerationSizeMb: DEFAULT_HEAP_MB,
  maxYoungGenerationSizeMb: 2,
};

const ECHO = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', (message) => parentPort.postMessage(message));
parentPort.postMessage('up');
`;

const ASKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { port, answers } = workerData;
parentPort.on('message', (times) => {
  for (let index = 0; index < times; index++) {
    port.postMessage({ op: 'get', key: 'key' });
    Atomics.wait(answers, 0, 0);
    Atomics.store(answers, 0, 0);
  }
  parentPort.postMessage(times);
});
parentPort.postMessage('up');
`;

const ANSWERER = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ port, answers }) => {
  port.on('message', () => {
    Atomics.store(answers, 0, 1);
    Atomics.notify(answers, 0, 1);
  });
  parentPort.postMessage('up');
});
parentPort.postMessage('up');
`;

const HELLO = `require('node:worker_threads').parentPort.postMessage('up');`;

const HOLDER = `
const { parentPort } = require('node:worker_threads');
globalThis.memory = new WebAssembly.Memory({ initial: 1 });
parentPort.on('message', () => undefined);
parentPort.postMessage('up');
`;

/** A thread of a line of source, with the bounds of an instance's thread. */
export function newThread(
  source: string,
  workerData?: unknown,
  ports: readonly MessagePort[] = [],
): Worker {
  return new Worker(source, {
    eval: true,
    env: {},
    resourceLimits: RESOURCE_LIMITS,
    workerData,
    transferList: ports as never,
  });
}

/** The next message of a thread; rejects with its error. */
export function nextMessage(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (message) => {
      worker.off('error', reject);
      resolve(message);
    });
  });
}

/** A bare thread that is asked by messages. */
export class BareThread {
  readonly #worker: Worker;
  #answered: (answer: unknown) => void = () => undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: unknown) => this.#answered(message));
  }

  /** Posts a message and waits for the next one back; one at a time. */
  ask(message: unknown): Promise<unknown> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#worker.postMessage(message);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** A thread that sends back what it gets. */
export async function echoThread(): Promise<BareThread> {
  const worker = newThread(ECHO);
  await nextMessage(worker);
  return new BareThread(worker);
}

/** Threads that ask another thread, and that other thread. */
export interface AskingThreads {
  readonly askers: readonly BareThread[];
  end(): Promise<void>;
}

/**
 * Threads that, told a number, each ask one other thread so many times and block until they are
 * answered, with nothing done in between.
 */
export async function askingThreads(count: number): Promise<AskingThreads> {
  const answerer = newThread(ANSWERER);
  await nextMessage(answerer);
  const askers: BareThread[] = [];
  for (let index = 0; index < count; index += 1) {
    const { port1, port2 } = new MessageChannel();
    const answers = new Int32Array(new SharedArrayBuffer(4));
    answerer.postMessage({ port: port1, answers }, [port1]);
    await nextMessage(answerer);
    const worker = newThread(ASKER, { port: port2, answers }, [port2]);
    await nextMessage(worker);
    askers.push(new BareThread(worker));
  }
  return {
    askers,
    async end() {
      await Promise.all(askers.map((asker) => asker.end()));
      await answerer.terminate();
    },
  };
}

/** Milliseconds from the constructor of a bare thread to its first message. */
export async function timeBareStart(): Promise<number> {
  const begun = performance.now();
  const worker = newThread(HELLO);
  await nextMessage(worker);
  const took = performance.now() - begun;
  await worker.terminate();
  return took;
}

/** A bare thread that holds one page of WebAssembly memory. */
export async function holdingThread(): Promise<BareThread> {
  const worker = newThread(HOLDER);
  await nextMessage(worker);
  return new BareThread(worker);
}
